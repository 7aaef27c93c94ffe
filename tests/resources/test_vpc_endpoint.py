"""What AWS calls the services that a VPC endpoint leads to."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.engine.observe import Look
from fargatectl.resources.vpc_endpoint import VpcEndpoint
from tests.support.apps import ONE, Deployer
from tests.support.watched import WatchedAws

# Of `describe-vpc-endpoint-services` in each partition; in China ECR's alone of these have another prefix.
NAMES = {
    "us-east-1": {
        "com.amazonaws.us-east-1.ecr.api",
        "com.amazonaws.us-east-1.ecr.dkr",
        "com.amazonaws.us-east-1.logs",
        "com.amazonaws.us-east-1.s3",
        "com.amazonaws.us-east-1.secretsmanager",
        "com.amazonaws.us-east-1.ssm",
    },
    "cn-northwest-1": {
        "cn.com.amazonaws.cn-northwest-1.ecr.api",
        "cn.com.amazonaws.cn-northwest-1.ecr.dkr",
        "com.amazonaws.cn-northwest-1.logs",
        "com.amazonaws.cn-northwest-1.s3",
        "com.amazonaws.cn-northwest-1.secretsmanager",
        "com.amazonaws.cn-northwest-1.ssm",
    },
}
SPEC = (
    ONE.replace("services:", "network: {create: {private: endpoints}}\nservices:")
    + "    secrets: {A: ssm:/a, B: secretsmanager:b}\n"
)


class Elsewhere(WatchedAws):
    """The AWS of the tests, which takes itself for another region's: what it is asked there."""

    there = ""

    @property
    def region(self) -> str:
        return self.there


@pytest.mark.parametrize("region", NAMES)
def test_the_names_of_services_are_those_of_the_partition(
    deployer: Deployer, moto_aws: WatchedAws, region: str
) -> None:
    aws: Any = Elsewhere(moto_aws)
    aws.there = region
    deployer.up(SPEC, aws)
    assert {one["ServiceName"] for one in aws.of("CreateVpcEndpoint")} == NAMES[region]
    look = Look(aws, deployer.run(deployer.load(SPEC)).scope, [], thorough=True)
    shown = {live.fields["service"] for live in VpcEndpoint.find(look, [])}
    assert shown == {"ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager", "ssm"}
