"""Which requests at a listener go to which service."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import DeployError
from fargatectl.resources import _overridable
from fargatectl.resources._balancing import Shown, found_or, tags_of
from fargatectl.resources._tags import upper
from fargatectl.resources.listener import Listener, listeners, target_groups
from fargatectl.resources.load_balancer import balancer_arn
from fargatectl.resources.target_group import TargetGroup


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(Resource):
    """A rule of a listener: requests to these hosts and paths go to the tasks of one service.

    Attributes:
        priority: 1 to 50000; of the rules that fit, the one with the smallest number is taken.
        hosts, paths: ALB's patterns, at most five together; at least one.
        alternate: The service's second target group, where ECS shifts requests between the two: how many go
            to which is ECS's business, and never compared or mended.
    """

    kind: ClassVar[str] = "elbv2.rule"
    overridable = _overridable.RULE

    listener: Listener = field(metadata=FIXED)
    priority: int
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    target_group: TargetGroup
    alternate: TargetGroup | None = field(default=None, metadata=IDENTITY)

    @property
    def address(self) -> str:
        return f"{self.listener.address}/{self.id}"

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "listener": outputs.get(self.listener),
            "priority": self.priority,
            "hosts": tuple(sorted(self.hosts)),
            "paths": tuple(sorted(self.paths)),
            "target_group": self._forwards(outputs),
        }

    def rights(self, territory: Territory) -> Sequence[Right]:
        balancer = self.listener.load_balancer
        listener = (balancer_arn(territory, "listener", balancer, "*/*"),)
        own = (balancer_arn(territory, "listener-rule", balancer, "*/*/*"),)
        reads = ("elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags")
        changes = ("elasticloadbalancing:ModifyRule", "elasticloadbalancing:SetRulePriorities")
        return (
            Right((Operation.FIND, Operation.SEARCH), reads),
            Right((Operation.CREATE,), ("elasticloadbalancing:CreateRule",), listener),
            Right((Operation.CREATE,), ("elasticloadbalancing:AddTags",), own),
            Right((Operation.UPDATE,), changes, own),
            Right((Operation.DELETE, Operation.PRUNE), ("elasticloadbalancing:DeleteRule",), own),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        ours = [
            (f"{balancer.name}:{shown['Port']}", str(shown["ListenerArn"]))
            for balancer, shown, tags in listeners(look)
            if look.scope.owns(tags) and shown.get("Protocol") in ("HTTP", "HTTPS")
        ]
        parts = look.gather(*[lambda arn=arn: _of(look, arn) for _, arn in ours])
        tags = tags_of(look, [str(one["RuleArn"]) for part in parts for one in part])
        lives = [
            _live(look, address, listener, one, tags[str(one["RuleArn"])])
            for (address, listener), part in zip(ours, parts, strict=True)
            for one in part
        ]
        # Somebody else's is in the way where it has a priority that is wanted.
        taken = {(one.listener.address, one.priority): one.address for one in wanted}
        found = []
        for live in lives:
            address = taken.get((live.extra["listener"], live.extra["priority"]))
            if live.owned or (look.thorough and not address):
                found.append(live)
            elif address:
                found.append(dataclasses.replace(live, name=address, address=address))
        return found

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        (answer,) = tools.aws.call(
            "elbv2",
            "CreateRule",
            ListenerArn=outputs.need(self.listener),
            Priority=self.priority,
            Tags=upper(tools.scope.tags(self.id)),
            Actions=[self._keeping({}, outputs)],
            **self._conditions(),
        )["Rules"]
        return Live(
            self.kind, self.id, self.name, self.address, True, values, {"arn": str(answer["RuleArn"])}
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values, arn = self.values(outputs), live.outputs["arn"]
        if "priority" in fields:
            moved = [{"RuleArn": arn, "Priority": self.priority}]
            tools.aws.call("elbv2", "SetRulePriorities", RulePriorities=moved)
        if set(fields) - {"priority"}:
            request = self._conditions()
            if "target_group" in fields:  # left out, it stays as it is: ECS has set the weights
                request["Actions"] = [self._keeping(live.extra.get("weights", {}), outputs)]
            tools.aws.call("elbv2", "ModifyRule", RuleArn=arn, **request)
        return dataclasses.replace(live, fields=values)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("elbv2", "DeleteRule", RuleArn=live.outputs["arn"])

    def _conditions(self) -> dict[str, Any]:
        conditions = [
            {"Field": name, config: {"Values": sorted(patterns)}}
            for name, config, patterns in (
                ("host-header", "HostHeaderConfig", self.hosts),
                ("path-pattern", "PathPatternConfig", self.paths),
            )
            if patterns
        ]
        return {"Conditions": conditions}

    def _forwards(self, outputs: Outputs) -> object:
        groups = [self.target_group, *([self.alternate] if self.alternate else [])]
        arns = [outputs.get(group) for group in groups]
        return arns[0] if len(arns) == 1 else ", ".join(sorted(map(str, arns)))

    def _keeping(self, weights: Mapping[str, int], outputs: Outputs) -> dict[str, Any]:
        """To what is wanted, the requests going where they go now if that is among it."""
        first = outputs.need(self.target_group)
        if self.alternate is None:
            if weights.get(first) == 0:
                raise DeployError(
                    f"the requests of {self.id} go to its second target group: without it they would be lost",
                    hint="Run fargatectl up once more with the strategy that it had, with a change such as "
                    "another env: that moves them to the first. Then choose rolling.",
                )
            return _forward([first])
        second = outputs.need(self.alternate)
        serving = max(weights, key=lambda arn: weights[arn], default="")
        return _forward([second, first] if serving == second else [first, second])


def _forward(arns: Sequence[str]) -> dict[str, Any]:
    """To the first of them; the others are there for ECS to shift requests to."""
    if len(arns) == 1:
        return {"Type": "forward", "TargetGroupArn": arns[0]}
    groups = [{"TargetGroupArn": arn, "Weight": 0 if at else 100} for at, arn in enumerate(arns)]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def _of(look: Look, listener: str) -> list[Shown]:
    """The rules of a listener but for its own, the default one, which cannot be removed."""
    shown = found_or(lambda: list(look.aws.items("elbv2", "DescribeRules", "Rules", ListenerArn=listener)))
    return [one for one in shown if not one.get("IsDefault") and one.get("Priority") != "default"]


def _live(look: Look, address: str, listener: str, shown: Shown, tags: Mapping[str, str]) -> Live:
    priority = int(shown["Priority"])
    own_id = tags.get(TAG_ID, "")
    name = f"{address}/{own_id or priority}"
    conditions: Sequence[Shown] = shown.get("Conditions", ())
    forward = [arn for action in shown.get("Actions", ()) for arn in target_groups(action)]
    return Live(
        Rule.kind,
        own_id,
        name,
        name,
        look.scope.owns(tags),
        {
            "listener": listener,
            "priority": priority,
            "hosts": _patterns(conditions, "host-header", "HostHeaderConfig"),
            "paths": (*_patterns(conditions, "path-pattern", "PathPatternConfig"), *_others(conditions)),
            "target_group": forward[0] if len(forward) == 1 else ", ".join(sorted(forward)) or None,
        },
        {"arn": str(shown["RuleArn"])},
        extra={
            "listener": address,
            "priority": priority,
            "weights": _weights(shown),
            "inside": f"the listener {address}",
        },
        raw=shown,
    )


def _weights(shown: Shown) -> dict[str, int]:
    """Target group -> its share of the requests."""
    return {
        str(one["TargetGroupArn"]): int(one.get("Weight", 1))
        for action in shown.get("Actions", ())
        for one in action.get("ForwardConfig", {}).get("TargetGroups", ())
    }


def _patterns(conditions: Sequence[Shown], field: str, config: str) -> tuple[str, ...]:
    found = [
        str(pattern)
        for one in conditions
        if one.get("Field") == field
        for pattern in one.get(config, {}).get("Values") or one.get("Values") or ()
    ]
    return tuple(sorted(found))


def _others(conditions: Sequence[Shown]) -> list[str]:
    """Conditions that are never ours: they narrow what the rule takes."""
    return sorted(f"and {one.get('Field')}" for one in conditions
                  if one.get("Field") not in ("host-header", "path-pattern"))  # fmt: skip
