"""What file systems take: exactly the printed policies do."""

from __future__ import annotations

import pytest

from fargatectl.errors import FargatectlError
from tests.lifecycle import registry
from tests.lifecycle.cases.given_file_system import by_path, by_point
from tests.lifecycle.cases.kms_key import KEYED, aliased
from tests.lifecycle.stored import STORED
from tests.support.apps import Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import WatchedAws

from .enforcing import EnforcingAws, without
from .test_enforced import actions, policy

KINDS = ("efs.file_system", "efs.access_point", "efs.mount_target")
PURPOSES = ("deploy", "read-only", "destroy")
# EFS makes it itself, with the caller's permission (Amazon EFS User Guide, "Using service-linked roles").
BY_AWS = {"iam:CreateServiceLinkedRole"}
# Where the network's zones change, or the spec lets go of what it had: tests/resources/test_mount_target.py.
RARE = {
    "elasticfilesystem:DeleteMountTarget", "ec2:DeleteNetworkInterface",
    "elasticfilesystem:DeleteAccessPoint",
}  # fmt: skip


def test_with_exactly_the_policies_file_systems_are_made_mended_and_removed(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    rules = {purpose: policy(deployer, purpose, STORED) for purpose in PURPOSES}
    asked: dict[str, set[str]] = {purpose: set() for purpose in PURPOSES}

    def aws(purpose: str) -> EnforcingAws:
        return EnforcingAws(moto_aws, rules[purpose], asked[purpose])

    deployer.up(STORED, aws("deploy"))
    for kind in KINDS:
        case = registry.load()[kind]
        for drift in (one for drifts in getattr(case, "drifts", {}).values() for one in drifts):
            drift.meddle(moto_aws)
            assert deployer.up(STORED, aws("deploy"))["changes"]
    assert deployer.plan(STORED, aws("read-only")).plan.changes == ()
    deployer.down(STORED, aws("destroy"))
    assert remains(moto_aws) == NOTHING

    plain = STORED.partition("    mounts")[0]
    for purpose in PURPOSES:
        more = actions(rules[purpose]) - actions(policy(deployer, purpose, plain))
        assert more - asked[purpose] - BY_AWS <= (RARE if purpose == "deploy" else set()), purpose


@pytest.mark.parametrize("way", [by_path, by_point])
def test_one_that_is_there_already_takes_only_what_it_needs(
    deployer: Deployer, moto_aws: WatchedAws, way: object
) -> None:
    assert callable(way)
    text, _ = way(moto_aws)
    before = remains(moto_aws)
    deployer.up(text, EnforcingAws(moto_aws, policy(deployer, "deploy", text)))
    assert deployer.plan(text, EnforcingAws(moto_aws, policy(deployer, "read-only", text))).plan.changes == ()
    deployer.down(text, EnforcingAws(moto_aws, policy(deployer, "destroy", text)))
    assert remains(moto_aws) == before
    made = {"elasticfilesystem:CreateFileSystem", "elasticfilesystem:CreateMountTarget"}
    assert not made & actions(policy(deployer, "deploy", text))


@pytest.mark.parametrize("by", ["alias", "ARN", "id"])
def test_a_key_of_kms_takes_only_what_it_needs(deployer: Deployer, moto_aws: WatchedAws, by: str) -> None:
    arn = aliased(moto_aws)
    name = {"alias": "alias/shop", "ARN": arn, "id": arn.rpartition("/")[2]}[by]
    text = KEYED.replace("alias/shop", name)
    rules = {purpose: policy(deployer, purpose, text) for purpose in PURPOSES}
    asked: set[str] = set()
    for purpose, run in (("deploy", deployer.up), ("read-only", deployer.plan), ("destroy", deployer.down)):
        aws = EnforcingAws(moto_aws, rules[purpose])
        aws.asked = asked
        run(text, aws)
    taken = {action for rule in rules.values() for action in actions(rule) if action.startswith("kms:")}
    assert taken == {"kms:DescribeKey", "kms:CreateGrant", "kms:Encrypt", "kms:RetireGrant"}
    assert taken <= asked
    less = EnforcingAws(moto_aws, without(rules["destroy"], "kms:RetireGrant"))
    deployer.up(text)
    with pytest.raises(FargatectlError, match="not permitted: kms:RetireGrant"):
        deployer.down(text, less)


@pytest.mark.parametrize(
    "action",
    ["elasticfilesystem:CreateFileSystem", "elasticfilesystem:TagResource", "ec2:CreateNetworkInterface"],
)
def test_what_may_not_be_done_is_named(deployer: Deployer, moto_aws: WatchedAws, action: str) -> None:
    rules = without(policy(deployer, "deploy", STORED), action)
    with pytest.raises(FargatectlError, match=f"not permitted: {action}"):
        deployer.up(STORED, EnforcingAws(moto_aws, rules))
