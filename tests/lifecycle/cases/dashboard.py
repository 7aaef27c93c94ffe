"""`cloudwatch.dashboard`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.cases.topic import WATCHED
from tests.lifecycle.common import call
from tests.support.watched import WatchedAws

NAME = "shop-us-east-1"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for entry in aws.items("cloudwatch", "ListDashboards", "DashboardEntries"):
        name = entry["DashboardName"]
        body = aws.call("cloudwatch", "GetDashboard", DashboardName=name)["DashboardBody"]
        tags = dict(re.findall(r"(fargatectl:\w+)=([\w-]+)", body))
        # Its mark is in the body: whose it is, and that there is one of each alone.
        given = {"fargatectl:id": "app"} if tags else {}
        yield Thing(name, {"body": body}, {**tags, **given})


def put(aws: WatchedAws, tags: Tags) -> None:
    mark = " ".join(f"{name}={value}" for name, value in tags.items() if name != "fargatectl:id")
    text = {"type": "text", "properties": {"markdown": f"`{mark} us-east-1`"}}
    body = json.dumps({"widgets": [text]})
    aws.call("cloudwatch", "PutDashboard", DashboardName=NAME, DashboardBody=body)


def renamed(aws: WatchedAws) -> None:
    body = aws.call("cloudwatch", "GetDashboard", DashboardName=NAME)["DashboardBody"]
    changed = body.replace("CPU and memory", "Load")
    aws.call("cloudwatch", "PutDashboard", DashboardName=NAME, DashboardBody=changed)


CASE = Case(
    kind="cloudwatch.dashboard",
    id="app",
    spec=WATCHED,
    things=things,
    made_by=("cloudwatch:PutDashboard",),
    removed_by=("cloudwatch:DeleteDashboards",),
    drifts={"body": (Drift("somebody edits it", renamed),)},
    foreign=put,
    removal=Drift("it is deleted", call("cloudwatch", "DeleteDashboards", DashboardNames=[NAME])),
    without=WATCHED.replace("dashboard: true\n", ""),
)
