"""What it takes to shift requests to new tasks: a second target group, a port for tests, a role.

Source: ECS Developer Guide, "Required resources for Amazon ECS blue/green deployments".
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.resources.listener import Listener
from fargatectl.resources.role import Role
from fargatectl.resources.rule import Rule
from fargatectl.spec.deployment import SHIFTING
from fargatectl.topology.names import balancer_name
from fargatectl.topology.roles import role

if TYPE_CHECKING:
    from fargatectl.resources.load_balancer import LoadBalancer
    from fargatectl.topology.basis import Basis

_POLICY = "AmazonECSInfrastructureRolePolicyForLoadBalancers"


@dataclass(frozen=True)
class Shift:
    """What one service has for it.

    Attributes:
        route: What leads to its two target groups; ECS moves the weights.
        test_route: The same for tests; None without a port for them.
    """

    route: Rule
    test_route: Rule | None
    role: Role


@dataclass
class Shifts:
    """What the services behind one load balancer share: listeners for tests, and ECS's role."""

    basis: Basis
    balancer: LoadBalancer
    _listeners: dict[int, Listener] = field(default_factory=dict)

    def __post_init__(self) -> None:
        basis = self.basis
        # AWS's own policy: what ECS calls to shift requests is ECS's to change.
        policies = (f"arn:{{partition}}:iam::aws:policy/{_POLICY}",)
        self._role = role(basis, "infrastructure", policies=policies, trust="ecs.amazonaws.com")

    def of(self, service: str, route: Rule) -> Shift | None:
        """What a service needs; None where its tasks are replaced one by one.

        Args:
            route: What would lead to its only target group.
        """
        how = self.basis.spec.services[service].deployment
        if how.strategy not in SHIFTING:
            return None
        # No service can be called so: two hyphens keep its things and ours apart.
        other = f"{service}--alternate"
        alternate = dataclasses.replace(
            route.target_group, id=other, name=balancer_name(self.basis.scope.prefix, other)
        )
        both = dataclasses.replace(route, alternate=alternate)
        return Shift(both, self._test(service, both, how.test_port), self._role)

    def _test(self, service: str, route: Rule, port: int | None) -> Rule | None:
        if port is None:
            return None
        listener = self._listeners.setdefault(
            port,
            Listener(
                id=f"test-{port}", name=f"{self.balancer.name}:{port}", load_balancer=self.balancer, port=port
            ),
        )
        named = f"{service}--test"
        return dataclasses.replace(route, id=named, name=f"{listener.address}/{named}", listener=listener)


def test_ports(basis: Basis) -> list[int]:
    """The ports at which tests reach new tasks."""
    found = {one.deployment.test_port for one in basis.spec.services.values() if one.load_balancer}
    return sorted(port for port in found if port is not None)
