import io
import time

import pytest
from rich.cells import cell_len

from fargatectl.console import text
from fargatectl.text import label

HOSTILE = {
    "\x1b[31mred\x1b[0m": "red",
    "\x1b]0;owned\x07title": "title",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\": "link",
    "\x1bP1$r payload \x1b\\after": "after",
    "\x9b2Jcleared": "cleared",
    "\x9d0;owned\x9cafter": "after",
    "\x1bcreset": "reset",
    "\x1b(0charset": "charset",
    "\x1b\x1b[31m[2Jnested": "[2Jnested",
    "\x1b]0;never ended": "",
    "trailing\x1b": "trailing",
    "50%\r100%": "50% 100%",
    "two\r\nlines\tand tab": "two lines and tab",
    "back\x08space\x00\x7f\x9f": "backspace",
    "user\u202egpj.exe": "usergpj.exe",
    "isolate\u2066d\u2069": "isolated",
    "bad byte \udcff": "bad byte \ufffd",
    "paragraph\u2029separator": "paragraph separator",
}


@pytest.mark.parametrize(("hostile", "harmless"), HOSTILE.items())
def test_clean_removes_what_a_terminal_would_obey(hostile: str, harmless: str) -> None:
    assert text.clean(hostile) == harmless


def test_clean_leaves_no_control_character_at_all() -> None:
    every = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
    for one in every:
        assert not set(text.clean(f"a{one}[31mb{one}\\c")) & set(every), repr(one)


@pytest.mark.parametrize(
    "printable", ["Grüße, 世界", "👩‍💻 works", "naïve\u00a0café", "می\u200cخواهم", "e\u0301"]
)
def test_clean_keeps_printable_unicode(printable: str) -> None:
    assert text.clean(printable) == printable


def test_clean_takes_time_in_proportion_to_the_length() -> None:
    hostile = "\x1b]" * 200_000 + "\x1b[" * 200_000
    began = time.perf_counter()
    assert "\x1b" not in text.clean(hostile)
    assert time.perf_counter() - began < 5


def test_clean_lines_splits_before_it_cleans() -> None:
    assert text.clean_lines("first \x1b[1m\r\nsecond\nthird\n\n") == ["first", "second", "third"]
    assert text.clean_lines("") == [""]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (0.94, "0.9 s"), (3.14, "3.1 s"), (9.96, "10 s"), (41.2, "41 s"), (59.7, "1 min"),
     (65, "1 min 5 s"), (3600, "1 h"), (7385, "2 h 3 min"), (-1, "0.0 s")],
)  # fmt: skip
def test_duration(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_elapsed_counts_whole_seconds_and_never_ahead() -> None:
    assert [text.elapsed(seconds) for seconds in (0.99, 3.9, 59.99, 61)] == [
        "0 s",
        "3 s",
        "59 s",
        "1 min 1 s",
    ]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12 MB"), (9_960_000, "10 MB"),
     (999_700, "1.0 MB"), (1_234_000_000, "1.2 GB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_size(amount: int, shown: str) -> None:
    assert text.size(amount) == shown


def test_amount_says_what_is_known() -> None:
    assert text.amount(12_000_000, 40_000_000, "bytes") == "12 MB of 40 MB"
    assert text.amount(12_000_000, None, "bytes") == "12 MB"
    assert text.amount(3, 7, "steps") == "3 of 7 steps"
    assert text.amount(3, 7, "") == "3 of 7"
    assert text.amount(None, 7, "steps") == ""


def test_columns_align_wide_characters_and_drop_empty_columns() -> None:
    rows = [["世界", "", "one"], ["web", "", "two"], ["only"]]
    assert text.columns(rows, indent="> ") == ["> 世界  one", "> web   two", "> only"]
    assert text.columns([]) == []


@pytest.mark.parametrize("sample", ["web", "世界", "é", "e\u0301", "한글 text", "ｆｕｌｌ", "🚀"])
def test_width_agrees_with_what_the_live_view_measures(sample: str) -> None:
    assert text.width(sample) == cell_len(sample)


def test_shorten_counts_cells() -> None:
    assert text.shorten("deployment", 6) == "deplo…"
    assert text.shorten("世界世界", 6) == "世界…"
    assert text.shorten("fits", 4) == "fits"
    assert text.shorten("no room", 0) == ""


def test_encodable_falls_back_to_ascii_marks() -> None:
    assert text.encodable("  ✓  · … 世", "ascii") == "  *  . ... ?"
    assert text.encodable("  ✓  ·", "utf-8") == "  ✓  ·"
    assert text.encodable("✓", io.StringIO().encoding) == "✓"


def test_marks_and_labels() -> None:
    actions = ["create", "update", "replace", "delete", "settle", "another"]
    assert [text.mark(action) for action in actions] == ["+", "~", "~", "-", "✓", "·"]
    kinds = ["logs.log_group", "ecs.service", "iam.role", "ec2.security_group", "thing"]
    assert [label(kind) for kind in kinds] == ["log group", "service", "role", "security group", "thing"]
