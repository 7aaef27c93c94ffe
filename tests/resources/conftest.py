"""The table of network shapes, printed at the end; see test_way_out.py."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """From the reports alone, which pytest-xdist hands to the process that prints this."""
    rows = [
        str(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in getattr(report, "user_properties", ())
        if name == "shape" and report.when == "call"
    ]
    if rows:
        terminalreporter.section("network shapes before the pre-flight check")
        for row in sorted(rows, reverse=True):
            terminalreporter.write_line(row)
