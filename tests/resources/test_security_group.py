"""A security group that rules of somebody else's group name cannot go: it is said, and not waited for."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.aws.errors import AwsError
from fargatectl.errors import ForeignError
from tests.support.apps import ONE, Deployer
from tests.support.watched import Call, WatchedAws


def named_by(aws: WatchedAws, direction: str, **tags: str) -> str:
    """Another group of the VPC with a rule that names the app's, such as a database's; its id."""
    (ours,) = aws.call(
        "ec2", "DescribeSecurityGroups", Filters=[{"Name": "group-name", "Values": ["shop-web"]}]
    )["SecurityGroups"]
    given = [{"ResourceType": "security-group", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}]
    made = aws.call(
        "ec2", "CreateSecurityGroup", GroupName="database", Description="x", VpcId=ours["VpcId"],
        **({"TagSpecifications": given} if tags else {}),
    )["GroupId"]  # fmt: skip
    permission = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
                  "UserIdGroupPairs": [{"GroupId": ours["GroupId"]}]}  # fmt: skip
    aws.call("ec2", f"AuthorizeSecurityGroup{direction}", GroupId=made, IpPermissions=[permission])
    return str(made)


def refuse(aws: WatchedAws, times: int) -> list[str]:
    """AWS says so many times that something depends on a group; what was asked."""
    asked: list[str] = []

    def how(_: Call, real: Any) -> Any:
        asked.append("DeleteSecurityGroup")
        if len(asked) <= times:
            raise AwsError("DependencyViolation", "has a dependent object", "ec2", "DeleteSecurityGroup")
        return real()

    aws.rig("ec2", "DeleteSecurityGroup", how)
    return asked


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_the_group_that_names_ours_is_told_at_once(
    deployer: Deployer, moto_aws: WatchedAws, direction: str
) -> None:
    deployer.up(ONE)
    other = named_by(moto_aws, direction)
    aws = deployer.aws()
    asked = refuse(aws, 99)
    with pytest.raises(ForeignError, match=rf"not ours name shop-web: database \({other}\)") as caught:
        deployer.down(ONE, aws)
    assert len(asked) == 1
    assert "run the same command" in caught.value.hint


def test_network_interfaces_and_groups_of_the_apps_own_are_waited_for(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(ONE)
    own = {"fargatectl:app": "shop", "fargatectl:env": "default", "fargatectl:id": "old"}
    named_by(moto_aws, "Ingress", **own)
    aws = deployer.aws()
    asked = refuse(aws, 2)
    deployer.down(ONE, aws)
    assert len(asked) >= 3


def test_a_group_that_only_stands_beside_it_is_not_taken_for_one(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """As where the answer is not filtered."""
    deployer.up(ONE)
    aws = deployer.aws()
    asked = refuse(aws, 1)

    def unfiltered(call: Call, real: Any) -> Any:
        filters = call.parameters.get("Filters", [{"Name": ""}])
        if filters[0]["Name"].endswith("ip-permission.group-id"):
            return iter(moto_aws.call("ec2", "DescribeSecurityGroups")["SecurityGroups"])
        return real()

    aws.rig("ec2", "DescribeSecurityGroups", unfiltered)
    deployer.down(ONE, aws)
    assert len(asked) == 2
