"""Says at the end how many inputs were tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.tried import TRIED


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tried"] = TRIED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    TRIED.extend(getattr(node, "workeroutput", {}).get("tried", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TRIED:
        terminalreporter.write_line(f"inputs tried {len(TRIED)}")
