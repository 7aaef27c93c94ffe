"""How values that are lists or maps are read, and their shorter forms; single values are in `fields`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from fargatectl.spec.fields import Reader, as_text, describe, fault

_COMMAND_SCHEMA: Mapping[str, object] = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
    ]
}


def argv() -> Reader:
    """A command: a list of words, or one text that is split as a shell would."""

    def read(value: object) -> object:
        if isinstance(value, list | tuple):
            words: Sequence[object] = value
        else:
            written = as_text(value)
            try:
                words = shlex.split(written)
            except ValueError as error:
                raise fault(
                    f"cannot be split into words ({str(error).lower()}): write it as a list"
                ) from None
        if not words:
            raise fault("is empty: give at least one word, or leave the key out")
        return words

    return Reader(read, _COMMAND_SCHEMA)


def commands() -> Reader:
    """A list of commands; each is read by `argv`."""

    def read(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise fault(f"must be a list of commands, such as [[python, migrate.py]], not {describe(value)}")
        if value and all(isinstance(one, str) and " " not in one.strip() for one in value) and len(value) > 1:
            words = ", ".join(map(str, value))
            raise fault(f"is one command, not a list of commands: write [[{words}]]")
        return value

    return Reader(read, {"type": "array", "items": dict(_COMMAND_SCHEMA)})


def health_command() -> Reader:
    """A health check's command as ECS takes it: a text becomes CMD-SHELL, a list CMD unless it says which."""

    def read(value: object) -> object:
        given = [*value] if isinstance(value, list | tuple) else ["CMD-SHELL", as_text(value)]
        command = given if given and given[0] in ("CMD", "CMD-SHELL") else ["CMD", *given]
        if not any(command[1:]):
            raise fault("is empty: give a command to run")
        return command

    return Reader(read, _COMMAND_SCHEMA)


def or_false() -> Reader:
    """A map, or `false` for none."""

    def read(value: object) -> object:
        off = value is False or (isinstance(value, str) and value.lower() in ("false", "no", "off"))
        return None if off else value

    return Reader(read, {"type": "boolean", "const": False}, extends=True)


def text_as(key: str) -> Reader:
    """A map that may also be given as one text, which then stands for its `key`."""

    def read(value: object) -> object:
        return {key: value} if isinstance(value, str) else value

    return Reader(read, {"type": "string"}, extends=True)


def distinct(low: int, high: int) -> Reader:
    """A list of `low` to `high` items, none twice."""

    def read(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise fault(f"must be a list, not {describe(value)}")
        if not low <= len(value) <= high:
            raise fault(
                f"must have {low} to {high} items, not {len(value)}"
                if low
                else f"must have at most {high} items, not {len(value)}"
            )
        for position, item in enumerate(value):
            if item in value[:position]:
                raise fault(f"{describe(item)} is in the list twice", position)
        return value

    return Reader(read, {"minItems": low, "maxItems": high, "uniqueItems": True}, extends=True)


def one_or_more() -> Reader:
    """A list of texts, none twice, or one text alone."""
    inner = distinct(1, 5)

    def read(value: object) -> object:
        return inner.read(value if isinstance(value, list | tuple) else [value])

    return Reader(read, {"type": "string"}, extends=True)


def not_empty(what: str) -> Reader:
    """A map with at least one entry."""

    def read(value: object) -> object:
        if value is None or (isinstance(value, Mapping) and not value):
            raise fault(f"is empty: add at least one {what}")
        return value

    return Reader(read, {"minProperties": 1}, extends=True)


def number_as(*keys: str) -> Reader:
    """A map that may also be given as one number, which then stands for each of its `keys`."""

    def read(value: object) -> object:
        return dict.fromkeys(keys, value) if isinstance(value, str | int) else value

    return Reader(read, {"type": "integer"}, extends=True)
