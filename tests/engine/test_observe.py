"""Asking several things at once, and waiting for all."""

from __future__ import annotations

import time

import pytest

from fargatectl.engine import observe


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
