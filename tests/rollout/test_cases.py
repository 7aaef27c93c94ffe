"""Every row of the failure table, in AWS's own words: what is said about it, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .evidence import explained, task

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yml"))
    for case in yaml.safe_load(file.read_text("utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_explains(case: dict[str, Any]) -> None:
    given = {key: value for key, value in case.items() if key not in ("name", "expect", "tasks")}
    for key in ("events", "env_names", "subnets", "target_health"):
        given[key] = tuple(tuple(item) if isinstance(item, list) else item for item in given.get(key, ()))
    given["subnets"] = given["subnets"] or ("subnet-1",)
    told = explained(**given, tasks=tuple(task(**facts) for facts in case.get("tasks", ())))

    for key, expected in case["expect"].items():
        if key in ("cause_has", "cause_has_too"):
            assert expected in told.cause
        elif key == "fix_has":
            assert expected in told.fix
        elif key == "log_lines":
            assert list(told.log_lines) == expected
        else:
            assert getattr(told, key) == expected


@pytest.mark.parametrize("case", CASES)
def test_reads_as_sentences(case: dict[str, Any]) -> None:
    given = {
        "events": tuple(case.get("events", ())),
        "tasks": tuple(task(**facts) for facts in case.get("tasks", ())),
    }
    told = explained(**given)
    assert told.cause.startswith("web:9 does not ")
    for text in (told.cause, told.fix):
        assert text.endswith(".")
        assert ".." not in text
        assert "  " not in text
        assert "{" not in text
        assert "None" not in text
