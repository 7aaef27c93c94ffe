"""The least IAM policy with which a spec can be deployed, looked at or removed; and who may use it.

Each kind of resource says what its operations need (`Resource.rights`). A few calls belong to no kind, but
to what a command shows: they stand here. Source of what can be scoped to what: AWS Service Authorization
Reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Any

from fargatectl.app import App
from fargatectl.aws.lock import lock_rights
from fargatectl.dataclass import dataclass
from fargatectl.engine.plan import in_order
from fargatectl.engine.resource import Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.resources._service_rights import task_rights
from fargatectl.resources.kms_key import KmsKey
from fargatectl.resources.log_group import group_arns
from fargatectl.resources.registry import load_kinds
from fargatectl.resources.secret import secret_rights
from fargatectl.resources.service import Service

VERSION = "2012-10-17"

PURPOSES: Mapping[str, frozenset[Operation]] = {
    "deploy": frozenset(Operation) - {Operation.SEARCH, Operation.DELETE, Operation.SET},
    "read-only": frozenset({Operation.FIND}),
    "destroy": frozenset({Operation.SEARCH, Operation.DELETE}),
    "secrets": frozenset({Operation.SET}),
}
"""What a policy is for -> the operations that it permits."""

MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted (IAM User Guide, "IAM and AWS STS quotas")."""
MOST_INLINE_CHARACTERS = 10240
"""Of all inline policies of a role together, white space not counted."""
MOST_ATTACHED = 10
"""Managed policies of a role, unless AWS has raised it for the account."""

_GITHUB = "token.actions.githubusercontent.com"

_When = tuple[tuple[str, str, str | tuple[str, ...]], ...]
"""(operator, condition key, values), each."""
_Grants = dict[tuple[str, _When, tuple[tuple[str, str], ...]], "_Grant"]
"""By action, conditions, and (operator, condition key) of those whose values are united."""


@dataclass(frozen=True)
class _Grant:
    """On what an action is permitted, and the values of its conditions that are united."""

    on: set[str] = field(default_factory=set)
    among: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def policy_document(
    app: App, *, operations: str, account: str, region: str, partition: str = "aws"
) -> dict[str, Any]:
    """The policy for one purpose, always the same for the same spec.

    Args:
        operations: A key of `PURPOSES`: ``deploy`` (plan, up, status, logs), ``read-only`` (plan, status,
            logs), ``destroy`` (down) or ``secrets`` (secret set, list and delete).
        account: 12 digits.
    """
    territory = Territory(app.scope, account, region, partition)
    wanted = PURPOSES[operations]
    everything = in_order(app.desired)
    rights = [right for resource in everything for right in resource.rights(territory)]
    # What an earlier spec had is looked for too.
    rights += [right for kind in load_kinds().values() for right in kind.searches(territory)]
    grants: _Grants = {}
    for right in [*rights, *_apart(everything, territory)]:
        if wanted.intersection(right.operations):
            when = tuple((op, key, value) for op, keys in right.when.items() for key, value in keys.items())
            among = {(op, key): values for op, keys in right.among.items() for key, values in keys.items()}
            for action in right.actions:
                grant = grants.setdefault((action, when, tuple(among)), _Grant())
                grant.on.update(right.on)
                for test, values in among.items():
                    grant.among.setdefault(test, set()).update(values)
    return {"Version": VERSION, "Statement": _statements(grants)}


def github_trust(
    repository: str,
    *,
    account: str,
    partition: str = "aws",
    branch: str = "main",
    environment: str | None = None,
) -> dict[str, Any]:
    """Who may assume the deployment's role: GitHub Actions, for one branch or environment of a repository.

    The account needs GitHub's identity provider (IAM, CreateOpenIDConnectProvider). Source: GitHub Docs,
    "Configuring OpenID Connect in Amazon Web Services".

    Args:
        repository: ``OWNER/REPO``.
        environment: Of GitHub's deployments; in place of the branch.
    """
    subject = f"environment:{environment}" if environment else f"ref:refs/heads/{branch}"
    provider = f"arn:{partition}:iam::{account}:oidc-provider/{_GITHUB}"
    audience = {f"{_GITHUB}:aud": "sts.amazonaws.com", f"{_GITHUB}:sub": f"repo:{repository}:{subject}"}
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": audience},
            }
        ],
    }


def characters(document: Mapping[str, Any]) -> int:
    """The size of a policy as IAM counts it."""
    return len(json.dumps(document, separators=(",", ":")))


def parts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The policy in as many as a managed one can hold, its statements in their order.

    A statement that is longer by itself has one of its own, which is too long.
    """
    found: list[dict[str, Any]] = []
    for statement in document["Statement"]:
        longer = {**document, "Statement": [*(found[-1]["Statement"] if found else ()), statement]}
        if found and characters(longer) <= MOST_CHARACTERS:
            found[-1] = longer
        else:
            found.append({**document, "Statement": [statement]})
    return found


def _apart(everything: Iterable[Resource], territory: Territory) -> Iterable[Right]:
    """What belongs to no kind: the lock, and what commands ask beside the resources."""
    yield from lock_rights(territory)
    yield from secret_rights(territory, [one for one in everything if isinstance(one, KmsKey)])
    for resource in everything:
        if isinstance(resource, Service):
            yield from _shown(resource, territory)


def _shown(service: Service, territory: Territory) -> Iterable[Right]:
    """What `status` and `logs` ask beyond the resources themselves."""
    find = (Operation.FIND,)
    yield from task_rights(service.cluster.name, territory, find)
    yield Right(find, ("ec2:DescribeNetworkInterfaces",))
    yield Right(
        find, ("logs:FilterLogEvents",), group_arns(service.task_definition.log_group.name, territory)
    )


def _statements(grants: _Grants) -> list[dict[str, Any]]:
    """One statement for each set of resources and conditions, its actions together."""
    merged: dict[tuple[tuple[str, ...], _When], set[str]] = {}
    for (action, when, _), grant in grants.items():
        united = tuple((op, key, tuple(sorted(values))) for (op, key), values in grant.among.items())
        merged.setdefault((_widest(grant.on), (*when, *united)), set()).add(action)
    statements = []
    for (resources, when), actions in merged.items():
        one: dict[str, Any] = {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
        if len(resources) == 1:  # a managed policy has 6144 characters
            one["Resource"] = resources[0]
        if when:
            one["Condition"] = {}
            for operator, key, value in when:
                shown = list(value) if isinstance(value, tuple) else value
                one["Condition"].setdefault(operator, {})[key] = shown
        statements.append(one)
    return sorted(statements, key=_order)


def _order(statement: Mapping[str, Any]) -> tuple[Any, ...]:
    return statement["Action"], str(statement["Resource"]), str(statement.get("Condition"))


def _widest(resources: Iterable[str]) -> tuple[str, ...]:
    """Those that no other one covers, sorted."""
    known = sorted(set(resources))
    return tuple(
        one
        for one in known
        # Names in ARNs hold none of fnmatch's brackets: its * is the policy's.
        if not any(other != one and fnmatchcase(one, other) for other in known)
    )
