"""Text that others wrote (logs, AWS's messages) made safe and short, and small numbers in words."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 2000
"""Characters of one text that are kept; a log event may hold up to 1 MiB."""

# ECMA-48: control sequences; control strings (titles, links) up to their end or the line's; other escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = frozenset("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def clean(text: str) -> str:
    """One line that a terminal only prints: without escape sequences, control and invisible characters.

    Whoever writes a log line could otherwise recolour, overwrite or retitle the terminal of whoever reads it.
    Line breaks and tabs become spaces; the text is cut after `MAX_LENGTH` characters.
    """
    shown = []
    for character in _ESCAPES.sub("", text[: 2 * MAX_LENGTH]):
        if character in _SPACES:
            shown.append(" ")
        elif unicodedata.category(character) not in (
            "Cc",
            "Cf",
            "Cs",
        ):  # Cs: lone surrogates cannot be encoded
            shown.append(character)
    return "".join(shown).rstrip()[:MAX_LENGTH]


def shorten(text: str, length: int = 300) -> str:
    """The text in one line of at most `length` characters, ending in an ellipsis where something was cut."""
    line = " ".join(clean(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def in_words(number: int) -> str:
    """A number as prose has it: words up to twelve, digits above."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else str(number)


def count(number: int, noun: str) -> str:
    """A number with its noun, such as ``one second`` or ``15 seconds``."""
    return f"{in_words(number)} {noun}" if number == 1 else f"{in_words(number)} {noun}s"


def duration(seconds: float) -> str:
    """A length of time as a reader wants it, such as ``four seconds`` or ``three minutes``."""
    whole = max(0, round(seconds))
    if whole < 1:
        return "less than a second"
    if whole < 120:
        return count(whole, "second")
    if whole < 7200:
        return count(round(whole / 60), "minute")
    return count(round(whole / 3600), "hour")
