"""Text that others wrote (logs, AWS's messages) made short, and small numbers in words."""

from __future__ import annotations

from fargatectl.text import clean as safe

MAX_LENGTH = 2000
"""Characters of one text that are kept; a log event may hold up to 1 MiB."""

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
    """As `fargatectl.text.clean`, at most `MAX_LENGTH` characters, without spaces at the end."""
    return safe(text[: 2 * MAX_LENGTH]).rstrip()[:MAX_LENGTH]


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
