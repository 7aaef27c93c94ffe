"""Foreign text made harmless, and numbers as prose has them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fargatectl.rollout.text import MAX_LENGTH, clean, count, duration, in_words, shorten


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[1;31mError\x1b[0m: x", "Error: x"),
        ("\x9b31mError", "Error"),
        ("\x1b]0;a new title\x07text", "text"),
        ("\x1b]8;;https://evil\x1b\\\\link".replace("\\\\", "\\"), "link"),
        ("\x1bP payload \x1b\\".replace("\\\\", "\\") + "after", "after"),
        ("\x1bcafter a reset", "after a reset"),
        ("cut off \x1b[", "cut off"),
        ("overwritten\rby this", "overwritten by this"),
        ("a\tb\nc", "a b c"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell back nul del"),
        ("abc\u202ecba", "abccba"),
        ("zero\u200bwidth", "zerowidth"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("  an indented line  ", "  an indented line"),
        ("grüße, 世界 ✓", "grüße, 世界 ✓"),
    ],
)
def test_clean(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_clean_leaves_nothing_that_acts_on_a_terminal(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= MAX_LENGTH
    assert not [character for character in shown if unicodedata.category(character) in ("Cc", "Cf", "Cs")]
    assert clean(shown) == shown
    shown.encode()


def test_clean_cuts_huge_lines() -> None:
    assert len(clean("x" * 1_000_000)) == MAX_LENGTH


def test_shorten() -> None:
    assert shorten("a  b\n c") == "a b c"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "less than a second"),
        (1, "one second"),
        (4.4, "four seconds"),
        (12, "twelve seconds"),
        (13, "13 seconds"),
        (119, "119 seconds"),
        (120, "two minutes"),
        (600, "ten minutes"),
        (7200, "two hours"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_numbers() -> None:
    assert (in_words(0), in_words(12), in_words(13), in_words(-1)) == ("zero", "twelve", "13", "-1")
    assert (count(1, "task"), count(2, "task"), count(0, "task")) == ("one task", "two tasks", "zero tasks")
