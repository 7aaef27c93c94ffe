"""The CloudWatch dashboard of an app."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs, Pending
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT, Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources._tags import canonical, index, upper
from fargatectl.resources.load_balancer import LoadBalancer
from fargatectl.resources.target_group import TargetGroup


@dataclass(frozen=True, kw_only=True, eq=False)
class Dashboard(Resource):
    """A dashboard; a mark in its first widget says whose it is.

    ListDashboards shows no tags, and dashboards belong to no region: the mark is in the body, which is read
    anyway to be compared. Its tags are only a hint of where to look, where AWS indexes them.

    Attributes:
        region: Its metrics are there; also the end of its name.
        balancers, target_groups: Whose metrics it shows.
        body: JSON; ``<KIND:ID>`` stands for CloudWatch's name of a load balancer or target group.
    """

    kind: ClassVar[str] = "cloudwatch.dashboard"

    region: str = field(metadata=IDENTITY)
    balancers: tuple[LoadBalancer, ...] = field(default=(), metadata=IDENTITY)
    target_groups: tuple[TargetGroup, ...] = field(default=(), metadata=IDENTITY)
    body: str

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {"body": self._body(outputs)}

    def _body(self, outputs: Outputs) -> Any:
        text = self.body
        for one in (*self.balancers, *self.target_groups):
            arn = outputs.get(one)
            if isinstance(arn, Pending):
                return arn
            text = text.replace(f"<{one.kind}:{one.id}>", dimension(arn))
        return canonical(text)

    def rights(self, territory: Territory) -> Sequence[Right]:
        ours = (territory.global_arn("cloudwatch", f"dashboard/{territory.scope.prefix}-*"),)
        return (
            Right((Operation.FIND, Operation.SEARCH), ("cloudwatch:GetDashboard",), ours),
            Right((Operation.CREATE, Operation.UPDATE), ("cloudwatch:PutDashboard",), ours),
            Right((Operation.CREATE,), ("cloudwatch:TagResource",), ours),
            Right((Operation.DELETE, Operation.PRUNE), ("cloudwatch:DeleteDashboards",), ours),
        )

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        ours = (territory.global_arn("cloudwatch", f"dashboard/{territory.scope.prefix}-*"),)
        return (
            Right((Operation.SEARCH,), ("cloudwatch:ListDashboards",), ("*",)),
            Right((Operation.SEARCH,), ("cloudwatch:GetDashboard",), ours),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        names = {one.name for one in wanted}
        if look.thorough:
            prefix = f"{look.scope.prefix}-"
            entries = look.aws.items(
                "cloudwatch", "ListDashboards", "DashboardEntries", DashboardNamePrefix=prefix
            )
            names |= {str(one["DashboardName"]) for one in entries}
        else:
            names |= {arn.rpartition("/")[2] for arn in index(look) if ":dashboard/" in arn}
        bodies = look.gather(*[partial(_body, look, name) for name in sorted(names)])
        mine = _mark(look.scope, look.aws.region)
        lives = []
        for name, body in zip(sorted(names), bodies, strict=True):
            if body is not None:
                owned = mine in body
                id_ = name if owned else ""
                lives.append(Live(cls.kind, id_, name, name, owned, {"body": canonical(body)}))
        told = {one.name for one in wanted}
        return [live for live in lives if live.owned or live.name in told]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        tags = upper(tools.scope.tags(self.id))
        self._put(tools, outputs, Tags=tags)
        return Live(self.kind, self.id, self.name, self.address, True, self.values(outputs))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        self._put(tools, outputs)
        return dataclasses.replace(live, fields=self.values(outputs))

    def _put(self, tools: Tools, outputs: Outputs, **more: Any) -> None:
        body = self._body(outputs)
        assert isinstance(body, str)
        tools.aws.call("cloudwatch", "PutDashboard", DashboardName=self.name, DashboardBody=body, **more)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("cloudwatch", "DeleteDashboards", DashboardNames=[live.name])


def marked_widget(scope: Scope, region: str) -> dict[str, Any]:
    """The widget that says whose dashboard it is."""
    text = f"**{scope.app}** ({scope.environment}), made by fargatectl from its spec, which `up` sets again."
    markdown = f"{text}\n\n{_mark(scope, region)}"
    return {
        "type": "text",
        "x": 0,
        "y": 0,
        "width": 24,
        "height": 2,
        "properties": {"markdown": markdown},
    }


def dimension(arn: str) -> str:
    """CloudWatch's name of a load balancer or target group (ELB guides, "CloudWatch metrics")."""
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")


def _mark(scope: Scope, region: str) -> str:
    return f"`{TAG_APP}={scope.app} {TAG_ENVIRONMENT}={scope.environment} {region}`"


def _body(look: Look, name: str) -> str | None:
    try:
        return str(look.aws.call("cloudwatch", "GetDashboard", DashboardName=name)["DashboardBody"])
    except AwsError as error:
        if error.gone:
            return None
        raise
