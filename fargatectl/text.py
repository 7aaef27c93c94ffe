"""Text that others wrote, made harmless; and what people call a kind of resource."""

from __future__ import annotations

import re

# ECMA-48 control sequences, with ESC or in their 8-bit forms: CSI; DCS, SOS, OSC, PM and APC with their
# text, up to their end or the line's; two characters.
_SEQUENCE = re.compile(
    r"""(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?
      | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?
      | \x1b[ -/]*[0-~]?""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, and what reorders text (Unicode's bidirectional formatting) or shows nothing at all.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean(text: object) -> str:
    """One line that is safe to print: no escape sequence, control character or order override is left.

    Everything that AWS, Docker or a container's log said passes through here before it reaches a terminal:
    a log line may hold sequences that set the title, move the cursor or hide what stands before.
    Line breaks and tabs become one space; printable Unicode stays.
    """
    line = str(text)
    if line.isprintable():
        return line
    line = _SEQUENCE.sub("", line)
    line = _SPACE.sub(" ", line)
    line = _HIDDEN.sub("", line)
    return _SURROGATE.sub("\ufffd", line)


def label(kind: str) -> str:
    """What a person calls a kind: ``logs.log_group`` -> ``log group``."""
    return (kind.partition(".")[2] or kind).replace("_", " ")
