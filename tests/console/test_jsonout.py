import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import pytest

from fargatectl.console.jsonout import dump


def dumped(document: dict) -> str:
    out = io.StringIO()
    dump(document, out)
    return out.getvalue()


def test_one_indented_document_with_moments_in_utc() -> None:
    document = {
        "schema": 1,
        "greeting": "Grüße",
        "aware": datetime(2026, 7, 29, 12, 12, 44, 123456, timezone(timedelta(hours=2))),
        "naive": datetime(2026, 7, 29, 10, 0),
        "utc": datetime(2026, 7, 29, 10, 0, tzinfo=UTC),
        "services": [],
    }
    assert dumped(document) == (
        "{\n"
        '  "schema": 1,\n'
        '  "greeting": "Grüße",\n'
        '  "aware": "2026-07-29T10:12:44Z",\n'
        '  "naive": "2026-07-29T10:00:00Z",\n'
        '  "utc": "2026-07-29T10:00:00Z",\n'
        '  "services": []\n'
        "}\n"
    )


def test_utf_8_whatever_the_encoding_of_the_terminal() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    stream.write("before ")
    dump({"greeting": "Grüße"}, stream)
    assert raw.getvalue() == 'before {\n  "greeting": "Grüße"\n}\n'.encode()


def test_values_of_the_program_have_a_form() -> None:
    class Color(Enum):
        RED = "red"

    @dataclass
    class Point:
        x: int

    document = {"path": Path("a/b"), "set": {"b", "a"}, "enum": Color.RED, "data": Point(1)}
    assert json.loads(dumped(document)) == {"path": "a/b", "set": ["a", "b"], "enum": "red", "data": {"x": 1}}


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\x9b31m", "\x7f", "\udcff"])
def test_strange_characters_are_escaped_and_survive(hostile: str) -> None:
    text = dumped({"name": hostile})
    assert all(char == "\n" or char.isprintable() for char in text)
    assert json.loads(text) == {"name": hostile}


@pytest.mark.parametrize(("value", "error"), [(object(), TypeError), (float("nan"), ValueError)])
def test_what_json_cannot_hold_writes_nothing(value: object, error: type[Exception]) -> None:
    out = io.StringIO()
    with pytest.raises(error):
        dump({"value": value}, out)
    assert out.getvalue() == ""
