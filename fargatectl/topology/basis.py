"""What all parts of an app stand on: the spec, whose resources they are, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.engine.scope import Scope
from fargatectl.resources.account import Account
from fargatectl.resources.cluster import Cluster
from fargatectl.resources.kms_key import KmsKey
from fargatectl.resources.log_group import LogGroup
from fargatectl.resources.network import Network
from fargatectl.topology import networks

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec, Spec


@dataclass(frozen=True)
class Basis:
    """The shared ground of an app's resources.

    Attributes:
        region: IAM is global: names and paths of roles need it.
        ways_out: What of the app's own network, beside `network`, tasks need before they can start.
    """

    loaded: LoadedSpec
    scope: Scope
    region: str
    account: Account
    network: Network
    ways_out: networks.Ways
    log_group: LogGroup
    cluster: Cluster
    kms_key: KmsKey | None

    @property
    def spec(self) -> Spec:
        """The spec, checked."""
        return self.loaded.spec


def basis(loaded: LoadedSpec, region: str) -> Basis:
    """The shared ground that a spec asks for."""
    spec, scope = loaded.spec, scope_of(loaded)
    account = Account(id="account", name="account")
    key = KmsKey(id="app", name=spec.kms_key) if spec.kms_key else None
    place, ways_out = networks.network(spec, scope.prefix)
    log_group = LogGroup(
        id="app",
        name=f"/ecs/{scope.prefix}",
        account=account,
        retention_days=spec.logs.retention_days,
        kms_key=key,
        log_class=spec.logs.log_class,
    )
    cluster = Cluster(
        id="app",
        name=spec.cluster or scope.prefix,
        account=account,
        container_insights=spec.container_insights or "",
        storage_key=key,
    )
    return Basis(loaded, scope, region, account, place, ways_out, log_group, cluster, key)


def scope_of(loaded: LoadedSpec) -> Scope:
    """Whose resources a spec's are."""
    return Scope(loaded.spec.app, loaded.environment)
