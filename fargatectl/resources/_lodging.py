"""What AWS's own services put into a VPC by themselves, which keeps it from being removed.

GuardDuty's Runtime Monitoring makes an endpoint, and a security group, in each VPC with Fargate tasks, and
leaves them (GuardDuty User Guide, "Using infrastructure as code with GuardDuty automated security agents").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fargatectl.aws.errors import AwsError
from fargatectl.engine.tools import Tools
from fargatectl.errors import ForeignError


@contextmanager
def named(tools: Tools, vpc: str) -> Iterator[None]:
    """Where the block meets something inside that AWS's own made: say so, rather than wait for it.

    Raises:
        ForeignError: What it is, and how it goes.
    """
    try:
        yield
    except AwsError as error:
        if error.error == "DependencyViolation" and (ids := _endpoints(tools, vpc)):
            raise ForeignError(
                f"GuardDuty has put {', '.join(ids)} into the VPC {vpc}, which is to go",
                hint=f"aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {' '.join(ids)}, remove the security "
                f"group GuardDutyManagedSecurityGroup-{vpc} after that, then run the same command again.",
            ) from error
        raise


def _endpoints(tools: Tools, vpc: str) -> list[str]:
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    found = tools.aws.items("ec2", "DescribeVpcEndpoints", "VpcEndpoints", Filters=inside)
    return sorted(one["VpcEndpointId"] for one in found if "guardduty-data" in one["ServiceName"])
