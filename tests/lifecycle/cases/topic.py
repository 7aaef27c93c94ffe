"""`sns.topic`."""

from __future__ import annotations

from collections.abc import Iterator

from fargatectl.resources._tags import read, upper
from tests.lifecycle.case import Case, Drift, Thing
from tests.lifecycle.common import ACCOUNT, call, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

WATCHED = f"{ONE}alarms: true\nnotify: [a@shop.example, b@shop.example]\ndashboard: true\n"
NAME = "shop-alarms"
ARN = f"arn:aws:sns:us-east-1:123456789012:{NAME}"


def things(aws: WatchedAws) -> Iterator[Thing]:
    for topic in aws.items("sns", "ListTopics", "Topics"):
        arn = topic["TopicArn"]
        told = aws.items("sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=arn)
        subscriptions = sorted((one["Protocol"], one["Endpoint"]) for one in told)
        tags = aws.call("sns", "ListTagsForResource", ResourceArn=arn)["Tags"]
        yield Thing(arn.rpartition(":")[2], {"arn": arn, "subscriptions": subscriptions}, read(tags))


def unsubscribe(aws: WatchedAws) -> None:
    for one in aws.items("sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=ARN):
        if one["Endpoint"] == "a@shop.example":
            aws.call("sns", "Unsubscribe", SubscriptionArn=one["SubscriptionArn"])


CASE = Case(
    kind="sns.topic",
    id="alarms",
    spec=WATCHED,
    things=things,
    made_by=("sns:CreateTopic", "sns:Subscribe"),
    removed_by=("sns:DeleteTopic",),
    drifts={
        "emails": (
            Drift("somebody unsubscribes", unsubscribe),
            Drift("somebody else is told",
                  call("sns", "Subscribe", TopicArn=ARN, Protocol="email", Endpoint="c@shop.example")),
        ),
    },
    fixed={"account": ACCOUNT},
    foreign=lambda aws, tags: aws.call("sns", "CreateTopic", Name=NAME, **given(Tags=upper(tags))),
    removal=Drift("it is deleted", call("sns", "DeleteTopic", TopicArn=ARN)),
    without=f"{ONE}alarms: true\n",
)  # fmt: skip
