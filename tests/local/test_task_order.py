"""dependsOn, as plain rules."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.local.ministack_patches import task_order


def one(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": f"{name}:1", **more}


def after(name: str, condition: str) -> dict[str, Any]:
    return one("web", dependsOn=[{"containerName": name, "condition": condition}])


@pytest.mark.parametrize(
    ("condition", "record", "met"),
    [
        ("START", {"lastStatus": "PENDING"}, False),
        ("START", {"lastStatus": "RUNNING"}, True),
        ("START", {"lastStatus": "STOPPED", "exitCode": 1}, True),
        ("HEALTHY", {"lastStatus": "RUNNING", "healthStatus": "UNKNOWN"}, False),
        ("HEALTHY", {"lastStatus": "RUNNING", "healthStatus": "HEALTHY"}, True),
        ("COMPLETE", {"lastStatus": "RUNNING"}, False),
        ("COMPLETE", {"lastStatus": "STOPPED", "exitCode": 1}, True),
        ("SUCCESS", {"lastStatus": "STOPPED", "exitCode": 1}, False),
        ("SUCCESS", {"lastStatus": "STOPPED", "exitCode": 0}, True),
    ],
)
def test_conditions(condition: str, record: dict[str, Any], met: bool) -> None:
    found = task_order.waits_for(after("db", condition), {"db": record})
    assert found == (None if met else ("db", condition))


def test_why_one_never_starts() -> None:
    definitions = {"db": one("db", startTimeout=5), "web": after("db", "SUCCESS")}
    running = {"db": {"lastStatus": "RUNNING"}}
    failed = {"db": {"lastStatus": "STOPPED", "exitCode": 2}}

    def why(records: dict[str, Any], **ages: float) -> str:
        return task_order.never(definitions["web"], records, definitions, ages)

    assert why(running, db=1.0) == ""
    assert why(running, db=6.0).endswith("has timed out.")
    assert "Exit: 2] for target [web(web:1)" in why(failed, db=1.0)
    assert why(failed).endswith("because dependency will never start")


def test_the_order_of_the_end() -> None:
    definitions = [one("db"), after("db", "START"), one("agent")]
    assert list(task_order.stops(definitions)) == [["web", "agent"], ["db"]]
