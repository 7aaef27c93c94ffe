"""The AWS account and region that a run works in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live, Lookup
from fargatectl.engine.rights import Right, Territory


@dataclass(frozen=True, kw_only=True, eq=False)
class Account(Lookup):
    """Whose account it is.

    A default subnet cannot be shared between accounts, so its owner is the account that asks: where the
    network is looked up anyway, STS need not be asked (EC2 DescribeSubnets, ``OwnerId``).

    Outputs: ``id`` (12 digits), ``region``, ``partition``.
    """

    kind: ClassVar[str] = "sts.account"

    def rights(self, territory: Territory) -> Sequence[Right]:
        return ()  # sts:GetCallerIdentity needs none (STS API reference)

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        if not wanted:
            return []
        account = account_of(look)
        outputs = {"id": account, "region": look.aws.region, "partition": look.aws.partition}
        return [Live(cls.kind, one.id, account, one.address, True, outputs=outputs) for one in wanted]


def account_of(look: Look) -> str:
    """The 12 digits of the account, asked once for all who need them."""
    return look.once("account", lambda: _account(look))


def _account(look: Look) -> str:
    return _owner(look) or str(look.aws.call("sts", "GetCallerIdentity")["Account"])


def _owner(look: Look) -> str:
    """Of the default subnets, where they are looked at anyway; else empty."""
    if not look.wants("ec2.network"):
        return ""
    # Only then: with all that networks are made of it takes a fortieth of what `status` does.
    from fargatectl.resources.network import Network, locate

    default = [network for network in look.wanted(Network) if network.is_default]
    return locate(look, default[0]).owner if default else ""
