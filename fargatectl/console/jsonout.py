"""JSON for scripts: one document, UTF-8, indented."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, TextIO

# Controls that JSON lets stand, and what reorders or hides text: a terminal obeys them.
_CONTROL = re.compile(r"[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def dump(document: Mapping[str, Any], stream: TextIO, *, indent: int | None = 2) -> None:
    """Write one JSON document and a newline, in UTF-8 whatever the terminal's encoding is.

    Moments are written as ISO 8601 in UTC with whole seconds, such as ``2026-07-29T10:12:44Z``; one without
    a time zone is taken as UTC. What a terminal obeys or hides is escaped, though JSON asks for that only
    below U+0020; nothing of it is lost.

    Args:
        indent: Spaces; None for a document of one line.

    Raises:
        TypeError: A value that has no JSON form.
        ValueError: A number that is not finite.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False, default=_encode)
    text = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"
    # A lone surrogate (a byte that was not UTF-8) becomes "\udc80": JSON's own way to write it.
    data = text.encode("utf-8", "backslashreplace")
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # a StringIO
        stream.write(data.decode("utf-8"))
    else:
        stream.flush()
        buffer.write(data)
    stream.flush()


def moment(value: datetime) -> str:
    """A moment as JSON carries it: ISO 8601, UTC, whole seconds."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _encode(value: object) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
