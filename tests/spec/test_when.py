"""Times of scheduled actions, as they are written and as AWS takes them."""

from __future__ import annotations

from datetime import UTC, datetime

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


@pytest.mark.parametrize(
    ("schedule", "zone", "over"),
    [
        ("at(2027-11-26T08:00:00)", "UTC", True),
        ("at(2027-11-26T08:00:01)", "UTC", False),
        ("at(2027-11-26T09:00:00)", "Europe/Berlin", True),
        ("at(2027-11-26T08:00:00)", "America/New_York", False),
        ("cron(0 20 * * ? *)", "UTC", False),
        ("rate(1 hour)", "UTC", False),
        ("at(when it suits)", "UTC", False),
        ("at(2020-01-01T00:00:00)", "Not/Known", False),
    ],
)
def test_what_happens_no_more(schedule: str, zone: str, over: bool) -> None:
    assert when.is_over(schedule, zone, datetime(2027, 11, 26, 8, tzinfo=UTC)) is over
