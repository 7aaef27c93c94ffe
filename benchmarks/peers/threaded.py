"""A deployment script by hand: boto3, threads along the true dependencies, nothing waited for in vain.

It looks at everything at once, then makes what is missing, each thing as soon as what it needs is there. One
session; each client is made when its first question can be sent, while earlier ones are on their way; the
garbage collector stays off, since nothing here makes garbage; Python is not taken apart at the end. (Each of
the four was tried both ways and is the faster one; clients made up front or in threads were slower.)
"""

from __future__ import annotations

import gc

gc.disable()

import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import Future, ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
import wanted as w  # type: ignore[import-not-found]  # noqa: E402

_GONE = {
    "RepositoryNotFoundException", "LifecyclePolicyNotFoundException", "NoSuchEntity",
    "ClusterNotFoundException", "ServiceNotFoundException",
}  # fmt: skip


def _or_none(call: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any] | None:
    """The answer, or None where it is not there."""
    try:
        return call(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _GONE or "Unable to describe task definition" in str(error):
            return None
        raise


def main() -> None:
    """Look; unless only that is wanted, make what is missing."""
    config = Config(max_pool_connections=16, retries={"mode": "standard"})
    session = boto3.Session(region_name=w.REGION)
    pool = ThreadPoolExecutor(16)

    def ask(call: Any, **parameters: Any) -> Future[Any]:
        return pool.submit(_or_none, call, **parameters)

    ec2 = session.client("ec2", config=config)
    subnets = ask(ec2.describe_subnets, Filters=w.DEFAULT_SUBNETS)
    groups = ask(ec2.describe_security_groups, Filters=[{"Name": "group-name", "Values": [w.GROUP]}])
    ecs = session.client("ecs", config=config)
    clusters = ask(ecs.describe_clusters, clusters=[w.CLUSTER], include=["TAGS"])
    services = ask(ecs.describe_services, cluster=w.CLUSTER, services=["web"], include=["TAGS"])
    definition = ask(ecs.describe_task_definition, taskDefinition=f"{w.NAME}-web")
    iam = session.client("iam", config=config)
    roles = [ask(iam.get_role, RoleName=name) for name in w.ROLES]
    inline = ask(iam.get_role_policy, RoleName=w.ROLES[0], PolicyName=w.POLICY)
    ecr = session.client("ecr", config=config)
    repository = ask(ecr.describe_repositories, repositoryNames=[w.NAME])
    lifecycle = ask(ecr.get_lifecycle_policy, repositoryName=w.NAME)
    logs = session.client("logs", config=config)
    log_groups = ask(logs.describe_log_groups, logGroupNamePrefix=w.LOG_GROUP)

    here = subnets.result()["Subnets"]
    vpc, account = here[0]["VpcId"], here[0]["OwnerId"]
    made: list[Future[Any]] = []

    def make(work: Callable[..., Any], *parameters: Any) -> Future[Any]:
        made.append(pool.submit(work, *parameters))
        return made[-1]

    def make_role(number: int) -> str:
        found = roles[number].result()
        name = w.ROLES[number]
        if found is None:
            found = iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=w.trust(account), Tags=w.UPPER
            )  # fmt: skip
        return str(found["Role"]["Arn"])

    def make_policy(role: Future[str]) -> None:
        if inline.result() is None:
            role.result()
            iam.put_role_policy(
                RoleName=w.ROLES[0], PolicyName=w.POLICY, PolicyDocument=w.policy(account)
            )  # fmt: skip

    def make_repository() -> None:
        if repository.result() is None:
            ecr.create_repository(**w.REPOSITORY)
        if lifecycle.result() is None:
            ecr.put_lifecycle_policy(repositoryName=w.NAME, lifecyclePolicyText=w.LIFECYCLE)

    def make_log_group() -> None:
        found = [one for one in log_groups.result()["logGroups"] if one["logGroupName"] == w.LOG_GROUP]
        if not found:
            logs.create_log_group(logGroupName=w.LOG_GROUP, tags=w.TAGS)
        if not found or found[0].get("retentionInDays") != w.RETENTION:
            logs.put_retention_policy(logGroupName=w.LOG_GROUP, retentionInDays=w.RETENTION)

    def make_cluster() -> None:
        if not [one for one in clusters.result()["clusters"] if one["status"] == "ACTIVE"]:
            ecs.create_cluster(**w.CLUSTER_WANTED)

    group_made: Future[str] = Future()

    def make_group() -> None:
        found = [one for one in groups.result()["SecurityGroups"] if one["VpcId"] == vpc]
        if found:
            group_made.set_result(found[0]["GroupId"])
        else:
            tags = [{"ResourceType": "security-group", "Tags": w.UPPER}]
            group = ec2.create_security_group(
                GroupName=w.GROUP, Description=w.GROUP, VpcId=vpc, TagSpecifications=tags
            )["GroupId"]  # fmt: skip
            group_made.set_result(group)
        if not found or not found[0]["IpPermissions"]:
            ec2.authorize_security_group_ingress(GroupId=group_made.result(), IpPermissions=w.INGRESS)

    def make_definition(execution: Future[str], task: Future[str]) -> str:
        want = w.task_definition(execution.result(), task.result())
        found = definition.result()
        if found is None or not w.is_same(found["taskDefinition"], want):
            found = ecs.register_task_definition(**want)
        return str(found["taskDefinition"]["taskDefinitionArn"])

    def make_service(definition_made: Future[str], cluster_made: Future[Any]) -> str:
        arn, answer = definition_made.result(), services.result() or {"services": []}
        found = [one for one in answer["services"] if one["status"] == "ACTIVE"]
        if not found:
            cluster_made.result()
            chosen = [one["SubnetId"] for one in here]
            ecs.create_service(**w.service(arn, chosen, group_made.result()))
            return "created"
        if found[0]["taskDefinition"] != arn:
            ecs.update_service(cluster=w.CLUSTER, service="web", taskDefinition=arn)
            return "updated"
        return "unchanged"

    if sys.argv[1] == "look":
        for one in (
            groups,
            clusters,
            services,
            definition,
            *roles,
            inline,
            repository,
            lifecycle,
            log_groups,
        ):
            one.result()
        registered = definition.result()["taskDefinition"]
        arns = [one.result()["Role"]["Arn"] for one in roles]
        assert w.is_same(registered, w.task_definition(*arns))
        assert services.result()["services"][0]["taskDefinition"] == registered["taskDefinitionArn"]
        print("unchanged")
        return
    # In the order of the critical path: roles -> task definition -> service.
    execution, task = make(make_role, 0), make(make_role, 1)
    cluster = make(make_cluster)
    make(make_group)
    service = make(make_service, make(make_definition, execution, task), cluster)
    make(make_policy, execution)
    make(make_log_group)
    make(make_repository)
    for one in made:
        one.result()
    print(service.result())


if __name__ == "__main__":
    main()
    w.end()
