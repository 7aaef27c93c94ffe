"""The SNS topic that alarms tell, and the e-mail addresses that it tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError, done_if_gone
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._tags import index, read, upper
from fargatectl.resources.account import Account

_PENDING, _DELETED = "PendingConfirmation", "Deleted"  # in place of an ARN: SNS API reference, Subscription


@dataclass(frozen=True, kw_only=True, eq=False)
class Topic(Resource):
    """An SNS topic and who is subscribed to it by e-mail; each must confirm that once.

    Attributes:
        emails: Addresses. Subscriptions of other kinds are left alone, and so is one that nobody has
            confirmed and nobody wants any more: SNS cannot remove it, and forgets it after two days.
    """

    kind: ClassVar[str] = "sns.topic"
    overridable = _overridable.TOPIC

    account: Account
    emails: tuple[str, ...]

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {"emails": tuple(sorted(self.emails))}

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        return {"arn": "arn:{partition}:sns:{region}:{id}:".format(**account) + self.name}

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        ours = (territory.arn("sns", f"{territory.scope.prefix}-*"),)
        return (
            Right((Operation.SEARCH,), ("sns:ListTopics",)),
            Right((Operation.SEARCH,), ("sns:ListTagsForResource",), ours),
        )

    def rights(self, territory: Territory) -> Sequence[Right]:
        ours = (territory.arn("sns", f"{territory.scope.prefix}-*"),)
        return (
            Right((Operation.FIND,), ("sns:ListTopics",)),
            Right((Operation.FIND,), ("sns:ListTagsForResource", "sns:ListSubscriptionsByTopic"), ours),
            Right((Operation.CREATE,), ("sns:CreateTopic", "sns:TagResource"), ours),
            Right((Operation.CREATE, Operation.UPDATE), ("sns:Subscribe",), ours),
            Right((Operation.UPDATE,), ("sns:Unsubscribe",)),  # AWS has scoped it to no topic
            *(
                (
                    Right((Operation.FIND,), ("sns:GetTopicAttributes",), ours),
                    Right((Operation.UPDATE,), ("sns:SetTopicAttributes",), ours),
                )
                if "Attributes" in self.overrides.fields
                else ()
            ),
            Right((Operation.DELETE, Operation.PRUNE), ("sns:DeleteTopic",), ours),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not (wanted or look.thorough or any(arn.split(":")[2] == "sns" for arn in index(look))):
            return []
        prefix, told = f"{look.scope.prefix}-", {one.name: one for one in wanted}
        arns = [str(one["TopicArn"]) for one in look.aws.items("sns", "ListTopics", "Topics")]
        here = [arn for arn in arns if _name(arn).startswith(prefix)]
        tags = look.gather(*[partial(_tags, look, arn) for arn in here])
        mine = [
            (arn, own)
            for arn, own in zip(here, tags, strict=True)
            if look.scope.owns(own) or _name(arn) in told
        ]
        known = look.gather(*[partial(_emails, look, arn, told.get(_name(arn))) for arn, _ in mine])
        shown = look.gather(*[partial(_attributes, look, arn, told.get(_name(arn))) for arn, _ in mine])
        return [
            Live(
                cls.kind,
                own.get(TAG_ID, ""),
                _name(arn),
                _name(arn),
                look.scope.owns(own),
                {"emails": tuple(sorted(emails))},
                {"arn": arn},
                extra={"subscriptions": emails},
                raw=raw,
            )
            for (arn, own), emails, raw in zip(mine, known, shown, strict=True)
        ]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call("sns", "CreateTopic", Name=self.name, Tags=upper(tools.scope.tags(self.id)))
        # Without subscriptions: they take calls of their own.
        arn = str(answer["TopicArn"])
        return Live(
            self.kind, self.id, self.name, self.address, True, {"emails": ()}, {"arn": arn},
            extra={"subscriptions": {}},
        )  # fmt: skip

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        there: Mapping[str, str] = live.extra["subscriptions"]
        for email in sorted(set(self.emails) - set(there)):
            tools.aws.call("sns", "Subscribe", TopicArn=live.outputs["arn"], Protocol="email", Endpoint=email)
        for email in sorted(set(there) - set(self.emails)):
            with done_if_gone():
                tools.aws.call("sns", "Unsubscribe", SubscriptionArn=there[email])
        if "overrides" in fields:
            self._set_attributes(tools, live)
        return dataclasses.replace(live, fields=self.values(outputs))

    def _set_attributes(self, tools: Tools, live: Live) -> None:
        there: Mapping[str, object] = live.raw.get("Attributes") or {}
        for name, value in self.overrides.fields["Attributes"].items():
            if there.get(name) != value:
                tools.aws.call(
                    "sns", "SetTopicAttributes", TopicArn=live.outputs["arn"], AttributeName=name,
                    AttributeValue=value,
                )  # fmt: skip

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        # Its subscriptions go with it (SNS API reference, DeleteTopic).
        tools.aws.call("sns", "DeleteTopic", TopicArn=live.outputs["arn"])


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]


def _tags(look: Look, arn: str) -> dict[str, str]:
    try:
        return read(look.aws.call("sns", "ListTagsForResource", ResourceArn=arn).get("Tags"))
    except AwsError as error:
        if error.gone:  # between the two calls
            return {}
        raise


def _attributes(look: Look, arn: str, wanted: Topic | None) -> Mapping[str, Any]:
    """What only a call of its own shows, where it is overridden."""
    if wanted is None or "Attributes" not in wanted.overrides.fields:
        return {}
    try:
        return {"Attributes": look.aws.call("sns", "GetTopicAttributes", TopicArn=arn)["Attributes"]}
    except AwsError as error:
        if error.gone:
            return {}
        raise


def _emails(look: Look, arn: str, wanted: Topic | None) -> dict[str, str]:
    """Address -> the subscription's ARN; to remove a topic, nobody asks."""
    if wanted is None:
        return {}
    found: dict[str, str] = {}
    shown: Iterable[Mapping[str, Any]] = look.aws.items(
        "sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=arn
    )
    for one in shown:
        email, subscription = str(one.get("Endpoint")), str(one.get("SubscriptionArn"))
        asked = email in wanted.emails if subscription == _PENDING else subscription != _DELETED
        if one.get("Protocol") == "email" and asked:
            found[email] = subscription
    return found
