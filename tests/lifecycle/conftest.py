"""Quick runs, and the figures of every kind's life at the end."""

from __future__ import annotations

import re
from collections import Counter

import pytest

COUNTED = {
    "test_drift": "drifts",
    "test_foreign": "foreigners",
    "test_survival": "kills, refusals and lost answers",
    "test_life": "turns of life",
    "test_looked_up": "look-ups",
}
"""What one test of a module is."""


@pytest.fixture(autouse=True)
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks ask in turn: this AWS computes its answers in this very process, and threads only wait."""
    from fargatectl.engine import observe

    monkeypatch.setattr(observe, "gather", lambda asks: [ask() for ask in list(asks)])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """From the reports alone, which pytest-xdist hands to the process that prints this."""
    done: Counter[str] = Counter()
    kinds: set[str] = set()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = re.match(r"tests/lifecycle/(\w+)\.py", getattr(report, "nodeid", ""))
            if found and (report.when == "call" or outcome == "error"):
                done[found[1]] += 1
                done["failures"] += outcome != "passed"
                kinds.update(re.findall(r"test_every_kind_has_a_case\[([\w.]+)\]", report.nodeid))
    if done:
        what = ", ".join(f"{done[name]} {text}" for name, text in COUNTED.items())
        terminalreporter.write_line(
            f"every kind's life: {len(kinds)} kinds, {what}, {done['failures']} failures"
        )


@pytest.fixture(autouse=True)
def zone(request: pytest.FixtureRequest) -> None:
    """`example.com`, for the cases of domain names."""
    if "moto_aws" in request.fixturenames:
        aws = request.getfixturevalue("moto_aws")
        aws.call("route53", "CreateHostedZone", Name="example.com", CallerReference="example.com")
