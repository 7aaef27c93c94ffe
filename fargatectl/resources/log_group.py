"""The CloudWatch Logs group that an app's containers write to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.errors import UsageError
from fargatectl.resources import _overridable
from fargatectl.resources._tags import indexed, read
from fargatectl.resources.account import Account
from fargatectl.resources.kms_key import KmsKey, allowed_by_key

STANDARD = "STANDARD"


@dataclass(frozen=True, kw_only=True, eq=False)
class LogGroup(Resource):
    """A log group with a retention: without one, logs are kept and paid for without end.

    Names all begin with ``/ecs/<prefix>``, so one list call sees every one that the app can have.

    Attributes:
        kms_key: None: whichever it has.
    """

    kind: ClassVar[str] = "logs.log_group"
    overridable = _overridable.LOG_GROUP

    account: Account
    retention_days: int
    log_class: str = field(default=STANDARD, metadata=FIXED)
    kms_key: KmsKey | None = None

    def values(self, outputs: Outputs) -> dict[str, object]:
        key = {"kms_key": outputs.get(self.kms_key)} if self.kms_key else {}
        return {"retention_days": self.retention_days, "log_class": self.log_class, **key}

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        return {"arn": "arn:{partition}:logs:{region}:{id}:log-group:".format(**account) + self.name}

    def rights(self, territory: Territory) -> Sequence[Right]:
        own = group_arns(self.name, territory)
        namesakes = (territory.arn("logs", f"log-group:{self.name}*"),)
        looks = (Operation.FIND, Operation.SEARCH)
        return (
            Right(looks, ("logs:DescribeLogGroups", "tag:GetResources")),
            Right((Operation.FIND,), ("logs:ListTagsForResource",), own),
            Right((Operation.SEARCH,), ("logs:ListTagsForResource",), namesakes),
            Right((Operation.CREATE,), ("logs:CreateLogGroup", "logs:TagResource"), own),
            Right((Operation.UPDATE,), ("logs:PutRetentionPolicy", *self.overriding("logs")), own),
            *((Right((Operation.UPDATE,), ("logs:AssociateKmsKey",), own),) if self.kms_key else ()),
            Right((Operation.DELETE,), ("logs:DeleteLogGroup",), own),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        groups, tagged = look.gather(
            lambda: list(
                look.aws.items(
                    "logs",
                    "DescribeLogGroups",
                    "logGroups",
                    logGroupNamePrefix=f"/ecs/{look.scope.prefix}",
                )
            ),
            lambda: indexed(look, "logs", ":log-group:"),
        )
        names = {one.name for one in wanted}
        here = [
            group
            for group in groups
            if look.thorough or group["logGroupName"] in names or group["logGroupName"] in tagged
        ]

        def tags_of(group: Mapping[str, Any]) -> dict[str, str]:
            known: dict[str, str] | None = tagged.get(group["logGroupName"])
            if known is not None and group["logGroupName"] in names:  # to remove, the index is no proof
                return known
            arn = group["arn"].removesuffix(":*")
            if not arn.startswith("arn:"):
                return {}  # no answer of AWS's: nobody can say whose that group is
            return read(
                {"Key": key, "Value": value}
                for key, value in look.aws.call("logs", "ListTagsForResource", resourceArn=arn)
                .get("tags", {})
                .items()
            )

        tags = look.gather(*[lambda group=group: tags_of(group) for group in here])
        lives = [_live(look, group, own) for group, own in zip(here, tags, strict=True)]
        for one in wanted:
            _refuse_other_class(one, lives)
        return [live for live in lives if live.owned or live.name in names]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        of_class = {} if self.log_class == STANDARD else {"logGroupClass": self.log_class}
        key = {"kmsKeyId": outputs.need(self.kms_key)} if self.kms_key else {}
        tags = tools.scope.tags(self.id)
        with allowed_by_key(self.kms_key, f"logs.{outputs.get(self.account, 'region')}.amazonaws.com"):
            tools.aws.call("logs", "CreateLogGroup", logGroupName=self.name, tags=tags, **of_class, **key)
        fields = {"log_class": self.log_class, **({"kms_key": key["kmsKeyId"]} if key else {})}
        return Live(self.kind, self.id, self.name, self.address, True, fields, self.predict(outputs))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        name = {"logGroupName": self.name}
        if "retention_days" in fields:
            tools.aws.call("logs", "PutRetentionPolicy", retentionInDays=self.retention_days, **name)
        if "kms_key" in fields and self.kms_key:
            with allowed_by_key(self.kms_key, f"logs.{outputs.get(self.account, 'region')}.amazonaws.com"):
                tools.aws.call("logs", "AssociateKmsKey", kmsKeyId=outputs.need(self.kms_key), **name)
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("logs", "DeleteLogGroup", logGroupName=live.name)


def group_arns(name: str, territory: Territory) -> tuple[str, ...]:
    """What policies call a group: some calls are about the group, some about all in it."""
    return tuple(territory.arn("logs", f"log-group:{name}{rest}") for rest in ("", ":*"))


def _refuse_other_class(wanted: LogGroup, lives: Sequence[Live]) -> None:
    """AWS cannot change a class, and to replace the group would be to lose its lines: not without a word."""
    for live in lives:
        there = live.fields["log_class"]
        if live.name == wanted.name and live.owned and there != wanted.log_class:
            raise UsageError(
                f"the log group {live.name} is of the class {there}, which AWS cannot change "
                f"to {wanted.log_class}",
                hint=f"Set logs.log_class: {str(there).lower()}. Or remove the group with all its lines, and "
                f"run it again: aws logs delete-log-group --log-group-name {live.name}",
                code="logs.class_fixed",
            )


def _live(look: Look, group: Mapping[str, Any], tags: Mapping[str, str]) -> Live:
    name = str(group["logGroupName"])
    return Live(
        LogGroup.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        look.scope.owns(tags),
        {
            "retention_days": group.get("retentionInDays"),
            "log_class": group.get("logGroupClass") or STANDARD,
            "kms_key": group.get("kmsKeyId", ""),
        },
        {"arn": str(group["arn"]).removesuffix(":*")},
        raw=group,
    )
