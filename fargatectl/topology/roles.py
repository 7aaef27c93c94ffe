"""The roles that are made for an app, with what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fargatectl.resources.role import Role, role_path
from fargatectl.topology.names import ROLE_NAME, shortened

if TYPE_CHECKING:
    from fargatectl.resources.access_point import AccessPoint
    from fargatectl.resources.given_file_system import GivenFileSystem
    from fargatectl.resources.kms_key import KmsKey
    from fargatectl.topology.basis import Basis


def role(
    basis: Basis,
    use: str,
    statements: tuple[Mapping[str, Any], ...] | None = None,
    policies: tuple[str, ...] | None = None,
    *,
    trust: str = Role.trust,
    storage: tuple[AccessPoint | GivenFileSystem, ...] = (),
    kms_key: KmsKey | None = None,
) -> Role:
    """A role of the app; `statements`, `policies`, `trust`, `storage` and `kms_key` are as in `Role`.

    Args:
        use: What it is for: its id, and a part of its name.
    """
    common = basis.spec.roles
    return Role(
        id=use,
        name=shortened(f"{basis.scope.prefix}-{use}-{basis.region}", ROLE_NAME),
        account=basis.account,
        path=(common.path or "/").rstrip("/") + role_path(basis.scope, basis.region),
        statements=statements,
        policies=policies,
        boundary=common.boundary or "",
        trust=trust,
        storage=storage,
        kms_key=kms_key,
    )
