"""Times of scheduled actions, as they are written and as AWS takes them."""

from __future__ import annotations

import pytest

from fargatectl.spec import when


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0 20 * * ? *", "cron(0 20 * * ? *)"),
        ("cron(0  20 * * ? *)", "cron(0 20 * * ? *)"),
        ("*/5 8-18 ? * mon-fri *", "cron(*/5 8-18 ? * MON-FRI *)"),
        ("0,30 9 L * ? 2027-2030", "cron(0,30 9 L * ? 2027-2030)"),
        ("0 9 ? 1,JUN 2#1 *", "cron(0 9 ? 1,JUN 2#1 *)"),
    ],
)
def test_cron(written: str, kept: str) -> None:
    assert when.cron().read(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"), [("1 hours", "rate(1 hour)"), ("rate(30 Minutes)", "rate(30 minutes)")]
)
def test_rate(written: str, kept: str) -> None:
    assert when.rate().read(written) == kept


@pytest.mark.parametrize("written", ["2027-11-26T08:00:00", "2027-11-26 08:00", "at(2027-11-26T08:00:00)"])
def test_at(written: str) -> None:
    assert when.at().read(written) == "at(2027-11-26T08:00:00)"
