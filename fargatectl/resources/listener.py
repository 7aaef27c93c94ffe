"""A port of a load balancer, and what becomes of what arrives there."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import FIXED, IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._balancing import Shown, found_or, tags_of
from fargatectl.resources._tags import upper
from fargatectl.resources.certificate import Certificate
from fargatectl.resources.load_balancer import Found, LoadBalancer, balancer_arn, balancers
from fargatectl.resources.target_group import TargetGroup

NOTHING_HERE, TO_HTTPS = "404", "redirect to https"
"""What a listener does with what none of its rules takes; otherwise it forwards to a target group."""

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"  # TLS 1.2 and 1.3; the API's own default allows 1.0
_TLS = ("HTTPS", "TLS")


@dataclass(frozen=True, kw_only=True, eq=False)
class Listener(Resource):
    """A listener of a load balancer; what its rules do not take ends in a 404, a redirect or a target group.

    Attributes:
        protocol: ``HTTP``, ``HTTPS``, ``TCP``, ``TLS``, ``UDP`` or ``TCP_UDP``.
        certificate: The app's own, with HTTPS and TLS.
        given: ARN of one that is not, in its place.
        action: `NOTHING_HERE` or `TO_HTTPS`; not used with a target group.
    """

    kind: ClassVar[str] = "elbv2.listener"
    overridable = _overridable.LISTENER

    load_balancer: LoadBalancer = field(metadata=FIXED)
    port: int = field(metadata=IDENTITY)
    protocol: str = "HTTP"
    certificate: Certificate | None = None
    given: str = field(default="", metadata=IDENTITY)
    tls_policy: str = ""
    action: str = NOTHING_HERE
    target_group: TargetGroup | None = None

    @property
    def address(self) -> str:
        return f"{self.load_balancer.name}:{self.port}"

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "load_balancer": outputs.get(self.load_balancer),
            "protocol": self.protocol,
            "certificate": outputs.get(self.certificate) if self.certificate else self.given,
            "tls_policy": self.tls_policy,
            "action": "forward" if self.target_group else self.action,
            "target_group": outputs.get(self.target_group) if self.target_group else None,
        }

    def rights(self, territory: Territory) -> Sequence[Right]:
        balancer = (balancer_arn(territory, "loadbalancer", self.load_balancer),)
        own = (balancer_arn(territory, "listener", self.load_balancer, "*/*"),)
        reads = ("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeTags")
        return (
            Right((Operation.FIND, Operation.SEARCH), reads),
            Right((Operation.CREATE,), ("elasticloadbalancing:CreateListener",), balancer),
            Right((Operation.CREATE,), ("elasticloadbalancing:AddTags",), own),
            Right(
                (Operation.UPDATE,),
                ("elasticloadbalancing:ModifyListener", *self.overriding("elasticloadbalancing")),
                own,
            ),
            *(
                (Right((Operation.FIND,), ("elasticloadbalancing:DescribeListenerAttributes",)),)
                if "Attributes" in self.overrides.fields
                else ()
            ),
            Right((Operation.DELETE, Operation.PRUNE), ("elasticloadbalancing:DeleteListener",), own),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        addresses = {one.address for one in wanted}
        lives = [_live(look, *one) for one in listeners(look)]
        asked = {one.address for one in wanted if "Attributes" in one.overrides.fields}
        if asked:
            lives = look.gather(*[partial(_with_attributes, look, one, asked) for one in lives])
        # What somebody else has put into one of ours would go with it: a removal must know of it.
        return [live for live in lives if live.owned or live.address in addresses or look.thorough]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        values = self.values(outputs)
        (answer,) = tools.aws.call(
            "elbv2",
            "CreateListener",
            LoadBalancerArn=outputs.need(self.load_balancer),
            Port=self.port,
            Tags=upper(tools.scope.tags(self.id)),
            **self._request(values),
        )["Listeners"]
        return Live(
            self.kind, self.id, self.name, self.address, True, values, {"arn": str(answer["ListenerArn"])}
        )

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        values = self.values(outputs)
        tools.aws.call("elbv2", "ModifyListener", ListenerArn=live.outputs["arn"], **self._request(values))
        return dataclasses.replace(live, fields=values)

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("elbv2", "DeleteListener", ListenerArn=live.outputs["arn"])

    def _request(self, values: Mapping[str, object]) -> dict[str, Any]:
        """The parameters that say all of it: what is left out would stay as it is."""
        tls = {"SslPolicy": self.tls_policy, "Certificates": [{"CertificateArn": values["certificate"]}]}
        return {
            "Protocol": self.protocol,
            "DefaultActions": [_action(str(values["action"]), values["target_group"])],
            **(tls if self.protocol in _TLS else {}),
        }


def _action(action: str, target_group: object) -> dict[str, Any]:
    if action == TO_HTTPS:
        redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        return {"Type": "redirect", "RedirectConfig": redirect}
    if action == NOTHING_HERE:
        answer = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Nothing here.\n"}
        return {"Type": "fixed-response", "FixedResponseConfig": answer}
    return {"Type": "forward", "TargetGroupArn": target_group}


def target_groups(action: Shown) -> list[str]:
    """The ARNs that an action forwards to."""
    if "ForwardConfig" in action:
        return [str(one["TargetGroupArn"]) for one in action["ForwardConfig"].get("TargetGroups", ())]
    return [str(action["TargetGroupArn"])] if "TargetGroupArn" in action else []


def listeners(look: Look) -> list[tuple[Found, Shown, Mapping[str, str]]]:
    """The listeners of our load balancers: (load balancer, listener, its tags); asked once for all."""
    return look.once("listeners", lambda: _listeners(look))


def _listeners(look: Look) -> list[tuple[Found, Shown, Mapping[str, str]]]:
    ours = [one for one in balancers(look) if one.owned]
    parts = look.gather(*[lambda one=one: _of(look, one) for one in ours])
    tags = tags_of(look, [str(one["ListenerArn"]) for part in parts for one in part])
    return [
        (balancer, one, tags[str(one["ListenerArn"])])
        for balancer, part in zip(ours, parts, strict=True)
        for one in part
    ]


def _of(look: Look, balancer: Found) -> list[Shown]:
    return found_or(
        lambda: list(look.aws.items("elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=balancer.arn))
    )


def _live(look: Look, balancer: Found, shown: Shown, tags: Mapping[str, str]) -> Live:
    address = f"{balancer.name}:{shown['Port']}"
    action: Shown = (shown.get("DefaultActions") or [{}])[0]
    forward = target_groups(action)
    kind = {"redirect": TO_HTTPS, "fixed-response": NOTHING_HERE, "forward": "forward"}
    said = kind.get(str(action.get("Type")))
    # Another answer or another way to redirect is none of ours: told by being different.
    same = said is not None and (said == "forward" or _same(action, _action(said, None)))
    tls = shown.get("Protocol") in _TLS
    certificates = [str(one["CertificateArn"]) for one in shown.get("Certificates", ())] if tls else []
    return Live(
        Listener.kind,
        tags.get(TAG_ID, ""),
        address,
        address,
        look.scope.owns(tags),
        {
            "load_balancer": balancer.arn,
            "protocol": shown.get("Protocol"),
            "certificate": certificates[0] if certificates else "",
            "tls_policy": str(shown.get("SslPolicy") or "") if tls else "",
            "action": said if same else str(action.get("Type")),
            "target_group": forward[0] if len(forward) == 1 else ", ".join(forward) or None,
        },
        {"arn": str(shown["ListenerArn"])},
        extra={"inside": f"the load balancer {balancer.name}"},
        raw=shown,
    )


def _with_attributes(look: Look, live: Live, asked: Container[str]) -> Live:
    """With what only a call of its own shows, where it is overridden."""
    if live.address not in asked:
        return live
    arn = live.outputs["arn"]
    shown = found_or(
        lambda: look.aws.call("elbv2", "DescribeListenerAttributes", ListenerArn=arn)["Attributes"]
    )
    return dataclasses.replace(live, raw={**live.raw, "Attributes": list(shown or ())})


def _same(shown: Shown, wanted: Mapping[str, Any]) -> bool:
    """Whether an action has all that is wanted of it; AWS shows more."""
    return all(
        _same(shown.get(name, {}), value) if isinstance(value, Mapping) else shown.get(name) == value
        for name, value in wanted.items()
    )
