"""`elbv2.listener`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lifecycle.balancing import BEHIND, listener, make_listener, tags_of, target_group
from tests.lifecycle.case import Case, Drift, Meddle, Thing
from tests.support.watched import WatchedAws


def things(aws: WatchedAws) -> Iterator[Thing]:
    for balancer in aws.items("elbv2", "DescribeLoadBalancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        for one in aws.items("elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=arn):
            name = f"{balancer['LoadBalancerName']}:{one['Port']}"
            yield Thing(name, one, tags_of(aws, one["ListenerArn"]))


def modify(**given: Any) -> Meddle:
    return lambda aws: aws.call("elbv2", "ModifyListener", **listener(aws), **given)


def answers(text: str) -> Meddle:
    config = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": text}
    return modify(DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": config}])


def forwards(aws: WatchedAws) -> None:
    modify(DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group(aws)}])(aws)


def to_https(aws: WatchedAws) -> None:
    certificate = aws.call("acm", "RequestCertificate", DomainName="theirs.example.com")["CertificateArn"]
    modify(Protocol="HTTPS", Certificates=[{"CertificateArn": certificate}])(aws)


HTTPS = Drift("it speaks TLS", to_https, fields=["protocol", "certificate", "tls_policy"])

CASE = Case(
    kind="elbv2.listener",
    id="http",
    spec=BEHIND,
    things=things,
    made_by=("elbv2:CreateListener",),
    removed_by=("elbv2:DeleteListener",),
    drifts={
        "protocol": (HTTPS,),
        "certificate": (HTTPS,),
        "tls_policy": (HTTPS,),
        "action": (
            Drift("it says something else", answers("Go away.\n")),
            Drift("it sends clients elsewhere", modify(DefaultActions=[
                {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Host": "example.com"}}
            ])),
        ),
        "target_group": (Drift("it forwards", forwards, fields=["action", "target_group"]),),
    },
    fixed={"load_balancer": "elbv2:CreateListener makes it a part of its load balancer for ever."},
    foreign=make_listener,
    lodger=True,
    removal=Drift(
        "it is deleted",
        lambda aws: aws.call("elbv2", "DeleteListener", **listener(aws)),
        also=[("create", "elbv2.rule", [])],
    ),
)  # fmt: skip
