"""When a scheduled action happens: cron, rate and at, as AWS writes them, and time zones.

Source: Application Auto Scaling user guide, "Schedule recurring scaling actions using cron expressions" and
"How scheduled scaling works"; API reference, PutScheduledAction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import available_timezones

from fargatectl.spec.fields import Reader, as_text, describe, fault

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, []),
)
_FORM = "minute hour day-of-month month day-of-week year, such as 0 20 * * ? *"
_RATE = re.compile(r"([1-9]\d{0,5})\s+(minute|hour|day)s?", re.IGNORECASE | re.ASCII)
_AT = "%Y-%m-%dT%H:%M:%S"


def cron() -> Reader:
    """AWS's six fields, of which one of the two days is ``?``; kept as ``cron(...)``."""

    def read(value: object) -> str:
        written = " ".join(as_text(value).split())
        inner = re.fullmatch(r"cron\((.*)\)", written)
        parts = (inner[1] if inner else written).upper().split()
        if len(parts) != len(_FIELDS):
            raise fault(f"{describe(written)} is not a cron expression of AWS: write {_FORM}")
        for part, (name, low, high, names) in zip(parts, _FIELDS, strict=True):
            if not _is_field(part, name, low, high, names):
                raise fault(f"{describe(part)} is no {name}: write {_FORM}")
        if (parts[2] == "?") == (parts[4] == "?"):
            raise fault("one of day of month and day of week must be ?, and only one, such as 0 20 * * ? *")
        return f"cron({' '.join(parts)})"

    return Reader(read, {"type": "string"})


def rate() -> Reader:
    """``30 minutes``, ``1 hour``, ``2 days``; kept as ``rate(...)``."""

    def read(value: object) -> str:
        written = as_text(value).strip()
        inner = re.fullmatch(r"rate\((.*)\)", written)
        match = _RATE.fullmatch(inner[1].strip() if inner else written)
        if match is None:
            raise fault(f"{describe(written)} is not a rate: write 30 minutes, 1 hour or 2 days")
        return f"rate({int(match[1])} {match[2].lower()}{'s' if int(match[1]) > 1 else ''})"

    return Reader(read, {"type": "string"})


def at() -> Reader:
    """One moment in the time zone beside it, such as ``2027-11-26T08:00:00``; kept as ``at(...)``."""

    def read(value: object) -> str:
        written = as_text(value).strip()
        inner = re.fullmatch(r"at\((.*)\)", written)
        text = (inner[1] if inner else written).replace(" ", "T")
        text += ":00" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text, re.ASCII) else ""
        try:
            moment = datetime.strptime(text, _AT)
        except ValueError:
            raise fault(f"{describe(written)} is not a moment: write it as 2027-11-26T08:00:00") from None
        return f"at({moment.strftime(_AT)})"

    return Reader(read, {"type": "string"})


def timezone() -> Reader:
    """A name of the IANA's, such as ``Europe/Berlin``."""

    def read(value: object) -> str:
        written = as_text(value).strip()
        known = available_timezones()  # empty where the system has no list
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]*", written) or (known and written not in known):
            raise fault(f"{describe(written)} is not a time zone: write UTC or a name such as Europe/Berlin")
        return written

    return Reader(read, {"type": "string"})


def _is_field(text: str, name: str, low: int, high: int, names: list[str]) -> bool:
    """Whether it is one field of a cron expression: values, ranges, steps, and the days' own signs."""
    days = {"day of month": r"L|LW|\d{1,2}W", "day of week": r"[1-7]?L|(?:[1-7]|[A-Z]{3})#[1-5]"}
    if name in days and (text == "?" or re.fullmatch(days[name], text)):
        return True

    numbers: Mapping[str, int] = {one: low + place for place, one in enumerate(names)}

    def number(part: str) -> bool:
        found = numbers.get(part, int(part) if re.fullmatch(r"\d{1,4}", part, re.ASCII) else -1)
        return low <= found <= high

    for item in text.split(","):
        span, slash, step = item.partition("/")
        if slash and not re.fullmatch(r"[1-9]\d{0,3}", step, re.ASCII):
            return False
        if span != "*" and not all(number(part) for part in span.split("-", 1)):
            return False
    return True
