"""Asking several things at once, and waiting for all."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from fargatectl.engine import observe
from fargatectl.engine.outputs import Outputs
from fargatectl.resources.registry import load_kinds


def test_a_wait_longer_than_a_turn_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def late() -> str:
        time.sleep(0.1)
        return "late"

    monkeypatch.setattr(observe, "TURN", 0.01)
    assert observe.gather([late, lambda: "soon"]) == ["late", "soon"]


def test_a_time_limit_of_what_was_asked_is_an_answer() -> None:
    def ask() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        observe.gather([ask, lambda: None])


def test_no_kind_waits_for_another_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(observe.AT_A_TIME, timeout=10)

    def kind(number: int) -> Any:
        def find(*_: Any) -> list[Any]:
            meeting.wait()
            return []

        return type(f"Kind{number}", (), {"kind": f"fake.{number}", "find": find})

    monkeypatch.setattr(observe, "KINDS", {str(number): kind(number) for number in range(observe.AT_A_TIME)})
    assert observe.observe(object(), (), Outputs()) == []  # type: ignore[arg-type]
    assert len(load_kinds()) < observe.AT_A_TIME
