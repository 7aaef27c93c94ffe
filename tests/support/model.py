"""Whether AWS's own published model allows a request: all that botocore ships of it, not only what it checks.

botocore itself checks types, required members and minimum lengths before it sends; enums, patterns, maximum
lengths and ranges stand in the same files and are checked here. In case of doubt it refuses.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

# Unicode's separators (\p{Z}), which Python's `re` has no name for.
_SEPARATORS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_AUTOSCALING_TEXT = r"\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF"

TRANSLATED = {
    r"\p{L}\p{Z}\p{N}_": rf"\w{_SEPARATORS}",  # Python's \w is letters, numbers and the underscore
    r"[\w-_]": r"[\w_-]",
    r"\p{Print}": r"[\x20-\x7e]",
    _AUTOSCALING_TEXT: r"\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff",
}
"""Fragments of the models' patterns (Java's syntax) that Python's `re` cannot compile, and what they mean."""


class Refused(AssertionError):
    """AWS would not take this request."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern for `re`.

    Raises:
        Refused: It is none that `re` knows, and nobody has translated it yet.
    """
    text = pattern
    for java, python in TRANSLATED.items():
        text = text.replace(java, python)
    try:
        # Java's classes are ASCII unless told otherwise; Unicode's need their names, which were translated.
        return re.compile(text, 0 if text != pattern else re.ASCII)
    except re.error as error:
        raise Refused(f"the model's pattern {pattern!r} is not translated: {error}") from error


def faults(shape: Any, value: Any, where: str = "") -> Iterator[str]:
    """Everything about a value that a botocore shape forbids."""
    check = _CHECKS.get(shape.type_name)
    if check is None:
        yield f"{where}: type {shape.type_name} is not known to this check"
    else:
        yield from check(shape, value, where or shape.name)


def _structure(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where}: {value!r} is not a structure"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{where}.{name} is missing"
    if shape.metadata.get("union") and len(value) != 1:
        yield f"{where}: exactly one of {', '.join(shape.members)}"
    for name, inner in value.items():
        if name not in shape.members:
            yield f"{where}.{name} is not known to AWS"
        else:
            yield from faults(shape.members[name], inner, f"{where}.{name}")


def _list(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield f"{where}: {value!r} is not a list"
        return
    yield from _within(shape, len(value), where, "items")
    for number, inner in enumerate(value):
        yield from faults(shape.member, inner, f"{where}[{number}]")


def _map(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where}: {value!r} is not a map"
        return
    yield from _within(shape, len(value), where, "entries")
    for key, inner in value.items():
        yield from faults(shape.key, key, f"{where} key {key!r}")
        yield from faults(shape.value, inner, f"{where}.{key}")


def _string(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where}: {value!r} is not a text"
        return
    yield from _within(shape, len(value), where, "characters")
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"{where}: {value!r} does not match {pattern}"


def _integer(shape: Any, value: Any, where: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield f"{where}: {value!r} is not a whole number"
        return
    bits = 64 if shape.type_name == "long" else 32
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        yield f"{where}: {value} does not fit into {bits} bits"
    yield from _within(shape, value, where, "")


def _float(shape: Any, value: Any, where: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{where}: {value!r} is not a number"
        return
    yield from _within(shape, value, where, "")


def _boolean(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where}: {value!r} is neither true nor false"


def _blob(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, bytes | bytearray | str | io.IOBase):
        yield f"{where}: {value!r} is not bytes"
    elif not isinstance(value, io.IOBase):
        yield from _within(shape, len(value), where, "bytes")


def _timestamp(shape: Any, value: Any, where: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, date | int | float | str):
        yield f"{where}: {value!r} is not a time"


def _within(shape: Any, size: float, where: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{where}: {size} {unit} are under the least, {least}"
    if most is not None and size > most:
        yield f"{where}: {size} {unit} are over the most, {most}"


_CHECKS = {
    "structure": _structure, "list": _list, "map": _map, "string": _string, "character": _string,
    "integer": _integer, "long": _integer, "float": _float, "double": _float, "boolean": _boolean,
    "blob": _blob, "timestamp": _timestamp,
}  # fmt: skip
