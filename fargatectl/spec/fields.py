"""How each kind of value in a spec is read: from the text that stands in the file to what the program uses.

A spec's scalars arrive as the text the user wrote (YAML's own guessing, `on` -> true, is not used): the field
decides what the text means. Readers also take the Python value itself, so that models can be made in code.
What a reader refuses is a `fault`: plain words, ready to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from fargatectl.dataclass import dataclass
from fargatectl.spec import sizes
from fargatectl.spec.secrets import secret_source

_T = TypeVar("_T")

#: The error type of every fault raised here, by which `explain` knows it.
FAULT = "spec_fault"


IN_BOTH = "is set in env as well: keep it in one of them"
NO_SOURCE = "needs build (a folder with a Dockerfile) or image (one to run as it is)"


def fault(text: str, *at: str | int, up: int = 0) -> PydanticCustomError:
    """A fault in plain words, to be raised by a reader or validator.

    Args:
        text: What is wrong and what is allowed; shown as it stands.
        at: Keys below the validated value, where the fault is really there.
        up: How many levels above the validated value the fault is.
    """
    return PydanticCustomError(FAULT, "{text}", {"text": text, "at": at, "up": up})


def all_of(faults: Iterable[PydanticCustomError]) -> PydanticCustomError | None:
    """One that tells them all, since a validator can raise only one; None where there is none."""
    every = [one.context for one in faults if one.context]
    return PydanticCustomError(FAULT, "{text}", {**every[0], "more": every[1:]}) if every else None


def describe(value: object) -> str:
    """A value in a few words; long ones are cut, so that a message stays one line."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple | set):
        return "a list"
    text = str(value)
    if re.fullmatch(r"-?[0-9.]{1,40}", text, re.ASCII):
        return text
    return repr(text if len(text) <= 60 else text[:57] + "...")


@dataclass(frozen=True)
class Reader:
    """A pydantic annotation: `read` runs before the type's own check.

    Attributes:
        read: Makes the value, or raises a fault.
        schema: What JSON Schema says of the input.
        extends: `schema` adds limits or another form to the type's own schema instead of replacing it.
    """

    read: Callable[[Any], object]
    schema: Mapping[str, object] = field(hash=False)
    extends: bool = False

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if not self.extends:
            return dict(self.schema)
        own = handler(core)
        return {"anyOf": [dict(self.schema), own]} if "type" in self.schema else own | dict(self.schema)


def fresh(make: Callable[[], _T]) -> Callable[[], _T]:
    """`make` as a default_factory: pydantic reads a function's parameters sooner than a type's."""
    return lambda: make()


def as_text(value: object, instead: str = "") -> str:
    """The text of a scalar.

    Args:
        instead: What to write in place of a list or map, where other tools take one.

    Raises:
        PydanticCustomError: It is empty (null), a list or a map.
    """
    if value is None:
        raise fault('has no value: give one, or "" for an empty text')
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise fault(f"must be one value, not {describe(value)}" + (instead and f": {instead}"))
    return str(value)


def text() -> Reader:
    """Any text, as written: `on`, `08` and `1e3` stay what they are."""
    return Reader(as_text, {"type": ["string", "number", "boolean"]})


def matching(pattern: str, what: str, *, longest: int = 0) -> Reader:
    """A text that matches the whole of `pattern`; `what` says in words what is allowed."""

    def read(value: object) -> str:
        written = as_text(value)
        if (longest and len(written) > longest) or not re.fullmatch(pattern, written, re.ASCII):
            raise fault(f"{describe(written)} is not valid: {what}")
        return written

    limits: dict[str, object] = {"maxLength": longest} if longest else {}
    return Reader(read, {"type": "string", "pattern": f"^(?:{pattern})$", **limits})


def whole(low: int, high: int, *, unit: str = "", instead: str = "") -> Reader:
    """A whole number from `low` to `high`, in decimal digits without a leading zero; see `as_text`."""
    span = f"a whole number from {low} to {high}{unit and ' ' + unit}"

    def read(value: object) -> int:
        written = as_text(value, instead).strip()
        if re.fullmatch(r"0\d+", written, re.ASCII):
            raise fault(
                f"{written} starts with a zero, which YAML reads as octal: write {written.lstrip('0') or 0}"
            )
        if not re.fullmatch(r"-?\d{1,18}", written, re.ASCII) or not low <= int(written) <= high:
            raise fault(f"must be {span}, not {describe(written)}")
        return int(written)

    return Reader(read, {"type": "integer", "minimum": low, "maximum": high})


_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?", re.ASCII)


def seconds(low: int, high: int) -> Reader:
    """A duration in whole seconds: ``5``, ``5s``, ``1m`` or ``1m30s``."""

    def read(value: object) -> int:
        written = as_text(value).strip().replace(" ", "")
        match = _DURATION.fullmatch(written + "s" if written.isdigit() else written)
        if not written or match is None:
            raise fault(f'{describe(value)} is not a duration: write seconds, such as 30, or "1m30s"')
        hours, minutes, secs = (int(part or 0) for part in match.groups())
        total = hours * 3600 + minutes * 60 + secs
        if not low <= total <= high:
            raise fault(f"must be {low} to {high} seconds, not {describe(value)}")
        return total

    words = {"type": "string", "pattern": r"^([0-9]+ ?h)? ?([0-9]+ ?m)? ?([0-9]+ ?s?)?$"}
    return Reader(read, {"anyOf": [{"type": "integer", "minimum": low, "maximum": high}, words]})


def yes_or_no() -> Reader:
    """A boolean in any of YAML's spellings."""
    spellings = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

    def read(value: object) -> bool:
        written = as_text(value)
        if written.lower() not in spellings:
            raise fault(f"must be true or false, not {describe(written)}")
        return spellings[written.lower()]

    return Reader(read, {"type": "boolean"})


def one_of(choices: Mapping[str, str]) -> Reader:
    """One of a few words, any case; aliases map to the word they stand for."""

    def read(value: object) -> str:
        written = as_text(value)
        if written.lower() not in choices:
            raise fault(f"must be {' or '.join(dict.fromkeys(choices.values()))}, not {describe(written)}")
        return choices[written.lower()]

    return Reader(read, {"enum": list(choices)})


def one_number_of(choices: tuple[int, ...]) -> Reader:
    """One of a few numbers."""

    def read(value: object) -> int:
        written = as_text(value).strip()
        if written not in map(str, choices):
            raise fault(
                f"must be {', '.join(map(str, choices[:-1]))} or {choices[-1]}, not {describe(written)}"
            )
        return int(written)

    return Reader(read, {"enum": list(choices)})


def cpu() -> Reader:
    """CPU units; see `sizes.cpu_units`."""

    def read(value: object) -> int:
        return sized(sizes.cpu_units, value)

    numbers = [units / sizes.UNITS_PER_VCPU for units in sizes.SIZES] + list(sizes.SIZES)
    text = r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *([vV][cC][pP][uU][sS]?)? *$"
    return Reader(read, {"anyOf": [{"enum": numbers}, {"type": "string", "pattern": text}]})


def memory() -> Reader:
    """Memory as the schema shows it; the service reads it, because it depends on the CPU."""
    text = r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *([mMgG][iI]?[bB]?)? *$"
    choices = sorted({mib for choices in sizes.SIZES.values() for mib in choices})
    return Reader(lambda value: value, {"anyOf": [{"enum": choices}, {"type": "string", "pattern": text}]})


def sized(read: Callable[[str], int], value: object) -> int:
    """What `read` (of `sizes`) makes of a value; its ValueError becomes a fault."""
    written = as_text(value)
    if len(written) > 40:
        raise fault(f"{describe(written)} is not a size")
    try:
        return read(written)
    except ValueError as error:
        raise fault(str(error)) from None


def secret() -> Reader:
    """Where a secret comes from; see `secrets.secret_source`. The value is never repeated in a message."""

    def read(value: object) -> str:
        written = as_text(value, "write it as a text, such as secretsmanager:NAME")
        try:
            secret_source(written)
        except ValueError as error:
            raise fault(str(error)) from None
        return written

    return Reader(read, {"type": "string"})
