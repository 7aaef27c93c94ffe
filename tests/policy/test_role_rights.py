"""What roles with rights of their own take, beyond the rest."""

from __future__ import annotations

import pytest

from fargatectl.errors import FargatectlError
from tests.lifecycle.balancing import BEHIND
from tests.lifecycle.cases.role import BOUNDARY, CASE, OTHER, READ, ROLE
from tests.lifecycle.cases.scalable_target import SCALED
from tests.support.apps import ONE, Deployer, changed
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy, remove

PLAIN = "app: shop\nservices: {web: {image: public.example/web:1}}\n"
# To take a boundary away takes a right that no policy has: it is there to bound.
UNBOUND = "".join(line for line in CASE.spec.splitlines(keepends=True) if "boundary" not in line)
DRIFTS = [(field, drift) for field, drifts in CASE.drifts.items() for drift in drifts]


def test_each_part_of_a_role_is_made_mended_and_removed_with_exactly_the_policies(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = policy(deployer, "deploy", CASE.spec)
    asked: set[str] = set()

    def aws() -> EnforcingAws:
        return EnforcingAws(moto_aws, rules, asked)

    deployer.up(CASE.spec, aws())
    for _, drift in DRIFTS:
        drift.meddle(moto_aws)
        assert deployer.up(CASE.spec, aws())["changes"]
    more = actions(rules) - actions(policy(deployer, "deploy", PLAIN))
    assert more == {"iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:UpdateRole"}
    assert more <= asked
    remove(deployer, moto_aws, policy(deployer, "destroy", CASE.spec))


@pytest.mark.parametrize("text", [UNBOUND, CASE.spec.replace(BOUNDARY, OTHER)], ids=["none", "another"])
def test_a_boundary_bounds_whoever_deploys_too(deployer: Deployer, moto_aws: WatchedAws, text: str) -> None:
    """With the policy that was printed no role is made, or given rights, that has it not."""
    rules = policy(deployer, "deploy", CASE.spec)
    with pytest.raises(FargatectlError, match="not permitted: iam:CreateRole"):
        deployer.up(text, EnforcingAws(moto_aws, rules))
    deployer.up(UNBOUND)
    moto_aws.call("iam", "DetachRolePolicy", PolicyArn=READ, **ROLE)
    with pytest.raises(FargatectlError, match="not permitted: iam:AttachRolePolicy"):
        deployer.up(UNBOUND, EnforcingAws(moto_aws, rules))
    deployer.up(CASE.spec, EnforcingAws(moto_aws, rules))


def test_a_role_that_the_spec_no_longer_has_is_removed_with_exactly_the_later_policy(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(UNBOUND)
    done = deployer.up(PLAIN, EnforcingAws(moto_aws, policy(deployer, "deploy", PLAIN)))
    assert ("delete", "iam.role", []) in changed(done["changes"])


@pytest.mark.parametrize("earlier", [f"{ONE}cluster: old\n", ONE, BEHIND, SCALED])
def test_what_an_earlier_spec_named_is_removed_with_its_destroy_policy_too(
    deployer: Deployer, moto_aws: WatchedAws, earlier: str
) -> None:
    """Its cluster, its repository, kinds of things of which none is left."""
    deployer.up(earlier)
    both = [policy(deployer, "deploy", PLAIN), policy(deployer, "destroy", earlier)]
    rules = {"Statement": [one for rules in both for one in rules["Statement"]]}
    assert deployer.up(PLAIN, EnforcingAws(moto_aws, rules))["changes"]
    assert deployer.plan(PLAIN).plan.changes == ()


@pytest.mark.parametrize("action", ["iam:AttachRolePolicy", "iam:ListAttachedRolePolicies"])
def test_what_may_not_be_done_is_named(deployer: Deployer, moto_aws: WatchedAws, action: str) -> None:
    rules = without(policy(deployer, "deploy", CASE.spec), action)
    with pytest.raises(FargatectlError, match=f"not permitted: {action}"):
        deployer.up(CASE.spec, EnforcingAws(moto_aws, rules))
