"""The life of an app on AWS (moto): made, found unchanged, mended, changed, removed; and what stays untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from fargatectl.errors import ExitCode, ForeignError
from fargatectl.resources._revisions import KEPT
from tests.support.apps import ONE, Builder, Deployer
from tests.support.dump import dump, remains
from tests.support.watched import WatchedAws

NOTHING = {
    "roles": [], "repositories": [], "log groups": [], "clusters": [], "services": [], "task definitions": [],
    "security groups": [],
}  # fmt: skip

Meddle = Callable[[WatchedAws], object]


def changed(documents: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [(one["action"], one["kind"], [change["field"] for change in one["fields"]]) for one in documents]


def test_made_once_it_is_found_unchanged(deployer: Deployer, builder: Builder, moto_aws: WatchedAws) -> None:
    document = deployer.up()
    assert {one["action"] for one in document["changes"]} == {"create"}
    before = dump(moto_aws)

    aws = deployer.aws()
    again = deployer.up(aws=aws)
    assert again["changes"] == []
    assert aws.writes == []
    assert dump(moto_aws) == before
    assert (builder.builds, builder.pushes) == (2, 1)  # prepare's build is remembered by the real builder


@dataclass(frozen=True)
class Drift:
    """A change behind our back, and what the next plan says of it."""

    name: str
    meddle: Meddle
    expected: tuple[str, str, list[str]]


def _service(**parameters: Any) -> Meddle:
    return lambda aws: aws.call("ecs", "UpdateService", cluster="shop", service="web", **parameters)


def _deployment(**given: Any) -> Meddle:
    usual = {
        "minimumHealthyPercent": 100, "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    }  # fmt: skip
    return _service(deploymentConfiguration={**usual, **given})


def _group(aws: WatchedAws) -> str:
    found = aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups",
                      Filters=[{"Name": "group-name", "Values": ["shop-web"]}])  # fmt: skip
    return str(next(found)["GroupId"])


def _rule(operation: str, port: int) -> Meddle:
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return lambda aws: aws.call("ec2", operation, GroupId=_group(aws), IpPermissions=[rule])


def _no_way_out(aws: WatchedAws) -> None:
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.call("ec2", "RevokeSecurityGroupEgress", GroupId=_group(aws), IpPermissions=[rule])


def _network(**changes: Any) -> Meddle:
    def meddle(aws: WatchedAws) -> None:
        service = aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"][0]
        vpc = {**service["networkConfiguration"]["awsvpcConfiguration"]}
        for name, change in changes.items():
            vpc[name] = change(vpc[name]) if callable(change) else change
        _service(networkConfiguration={"awsvpcConfiguration": vpc})(aws)

    return meddle


def _another_group(aws: WatchedAws) -> None:
    vpc = next(aws.items("ec2", "DescribeVpcs", "Vpcs"))["VpcId"]
    made = aws.call("ec2", "CreateSecurityGroup", GroupName="theirs", Description="theirs", VpcId=vpc)[
        "GroupId"
    ]
    _network(securityGroups=lambda ids: [*ids, made])(aws)


ROLE = "shop-execution-us-east-1"
OPEN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ANYBODY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)

DRIFTS = [
    Drift("retention is taken away",
          lambda aws: aws.call("logs", "DeleteRetentionPolicy", logGroupName="/ecs/shop"),
          ("update", "logs.log_group", ["retention_days"])),
    Drift("retention is shortened",
          lambda aws: aws.call("logs", "PutRetentionPolicy", logGroupName="/ecs/shop", retentionInDays=1),
          ("update", "logs.log_group", ["retention_days"])),
    Drift("tags become mutable",
          lambda aws: aws.call("ecr", "PutImageTagMutability", repositoryName="shop", imageTagMutability="MUTABLE"),
          ("update", "ecr.repository", ["tag_mutability"])),
    Drift("scanning is switched off",
          lambda aws: aws.call("ecr", "PutImageScanningConfiguration", repositoryName="shop",
                               imageScanningConfiguration={"scanOnPush": False}),
          ("update", "ecr.repository", ["scan_on_push"])),
    Drift("the lifecycle policy is removed",
          lambda aws: aws.call("ecr", "DeleteLifecyclePolicy", repositoryName="shop"),
          ("update", "ecr.repository", ["lifecycle"])),
    Drift("anybody's tasks may assume the role",
          lambda aws: aws.call("iam", "UpdateAssumeRolePolicy", RoleName=ROLE, PolicyDocument=ANYBODY),
          ("update", "iam.role", ["trust"])),
    Drift("the role may do everything",
          lambda aws: aws.call("iam", "PutRolePolicy", RoleName=ROLE, PolicyName="fargatectl", PolicyDocument=OPEN),
          ("update", "iam.role", ["statements"])),
    Drift("the role may do nothing",
          lambda aws: aws.call("iam", "DeleteRolePolicy", RoleName=ROLE, PolicyName="fargatectl"),
          ("update", "iam.role", ["statements"])),
    Drift("the cluster loses Spot",
          lambda aws: aws.call("ecs", "PutClusterCapacityProviders", cluster="shop", capacityProviders=["FARGATE"],
                               defaultCapacityProviderStrategy=[]),
          ("update", "ecs.cluster", ["capacity_providers"])),
    Drift("another port is opened", _rule("AuthorizeSecurityGroupIngress", 22),
          ("update", "ec2.security_group", ["ingress"])),
    Drift("our port is closed", _rule("RevokeSecurityGroupIngress", 8080),
          ("update", "ec2.security_group", ["ingress"])),
    Drift("the way out is closed", _no_way_out, ("update", "ec2.security_group", ["egress"])),
    Drift("the service is scaled", _service(desiredCount=5), ("update", "ecs.service", ["count"])),
    Drift("the service moves to Spot",
          _service(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
          ("update", "ecs.service", ["spot"])),
    Drift("the breaker is switched off",
          _deployment(deploymentCircuitBreaker={"enable": False, "rollback": False}),
          ("update", "ecs.service", ["circuit_breaker"])),
    Drift("the breaker no longer rolls back",
          _deployment(deploymentCircuitBreaker={"enable": True, "rollback": False}),
          ("update", "ecs.service", ["circuit_breaker"])),
    Drift("too few may be healthy", _deployment(minimumHealthyPercent=0),
          ("update", "ecs.service", ["minimum_healthy_percent"])),
    Drift("more may start at once", _deployment(maximumPercent=300),
          ("update", "ecs.service", ["maximum_percent"])),
    Drift("a grace period is set", _service(healthCheckGracePeriodSeconds=60),
          ("update", "ecs.service", ["grace_period"])),
    Drift("public addresses are switched off", _network(assignPublicIp="DISABLED"),
          ("update", "ecs.service", ["public_ip"])),
    Drift("a subnet is taken away", _network(subnets=lambda ids: ids[:1]), ("update", "ecs.service", ["network"])),
    Drift("a security group is added", _another_group, ("update", "ecs.service", ["security_groups"])),
    Drift("the tag of the revision is overwritten",
          lambda aws: aws.call("ecs", "TagResource",
                               resourceArn="arn:aws:ecs:us-east-1:123456789012:service/shop/web",
                               tags=[{"key": "fargatectl:task-definition", "value": "9:x:1"}]),
          ("update", "ecs.service", ["tags"])),
]  # fmt: skip


@pytest.mark.parametrize("drift", DRIFTS, ids=[drift.name for drift in DRIFTS])
def test_what_was_changed_behind_our_back_is_seen_and_mended(
    deployer: Deployer, moto_aws: WatchedAws, drift: Drift
) -> None:
    deployer.up()
    drift.meddle(moto_aws)
    document = deployer.up()
    assert changed(document["changes"]) == [drift.expected]
    assert deployer.plan().plan.documents() == []


GONE: dict[str, Meddle] = {
    "logs.log_group": lambda aws: aws.call("logs", "DeleteLogGroup", logGroupName="/ecs/shop"),
    "ecs.service": lambda aws: aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True),
    "iam.role": lambda aws: (
        aws.call("iam", "DeleteRolePolicy", RoleName=ROLE, PolicyName="fargatectl"),
        aws.call("iam", "DeleteRole", RoleName=ROLE),
    ),
}


@pytest.mark.parametrize("kind", GONE)
def test_what_was_removed_behind_our_back_is_made_again(
    deployer: Deployer, moto_aws: WatchedAws, kind: str
) -> None:
    deployer.up()
    GONE[kind](moto_aws)
    assert changed(deployer.up()["changes"]) == [("create", kind, [])]
    assert deployer.plan().plan.documents() == []


def _vpc(aws: WatchedAws) -> str:
    return str(next(aws.items("ec2", "DescribeVpcs", "Vpcs"))["VpcId"])


THEIR_CONTAINERS = [{"name": "x", "image": "x", "memory": 128}]


def _their_service(aws: WatchedAws) -> None:
    """In a cluster of ours, as whoever works in a hurry does."""
    aws.call("ecs", "RegisterTaskDefinition", family="theirs", containerDefinitions=THEIR_CONTAINERS)
    aws.call("ecs", "CreateCluster", clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"], tags=[
        {"key": "fargatectl:app", "value": "shop"}, {"key": "fargatectl:env", "value": "default"},
        {"key": "fargatectl:id", "value": "app"},
    ])  # fmt: skip
    aws.call(
        "ecs", "CreateService", cluster="shop", serviceName="web", taskDefinition="theirs", desiredCount=1
    )


FOREIGN: dict[str, tuple[Meddle, str]] = {
    "log group": (lambda aws: aws.call("logs", "CreateLogGroup", logGroupName="/ecs/shop"), "log group /ecs/shop"),
    "repository": (lambda aws: aws.call("ecr", "CreateRepository", repositoryName="shop"), "repository shop"),
    "repository of another environment": (
        lambda aws: aws.call("ecr", "CreateRepository", repositoryName="shop", tags=[
            {"Key": "fargatectl:app", "Value": "shop"}, {"Key": "fargatectl:env", "Value": "prod"}]),
        "repository shop",
    ),
    "role": (
        lambda aws: aws.call("iam", "CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=ANYBODY),
        f"role {ROLE}",
    ),
    "cluster": (lambda aws: aws.call("ecs", "CreateCluster", clusterName="shop"), "cluster shop"),
    "security group": (
        lambda aws: aws.call("ec2", "CreateSecurityGroup", GroupName="shop-web", Description="theirs", VpcId=_vpc(aws)),
        "security group shop-web",
    ),
    "task definition": (
        lambda aws: aws.call("ecs", "RegisterTaskDefinition", family="shop-web",
                             containerDefinitions=THEIR_CONTAINERS),
        "task definition shop-web",
    ),
    "service": (_their_service, "service shop/web"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_somebody_elses_of_our_name_stops_everything(
    deployer: Deployer, moto_aws: WatchedAws, name: str
) -> None:
    make, said = FOREIGN[name]
    make(moto_aws)
    before = dump(moto_aws)
    aws = deployer.aws()
    with pytest.raises(ForeignError) as caught:
        deployer.up(aws=aws)
    assert said in str(caught.value)
    assert caught.value.exit_code == ExitCode.FOREIGN
    assert caught.value.hint
    assert aws.writes == []
    assert dump(moto_aws) == before


@pytest.mark.parametrize("name", [name for name in FOREIGN if name != "service"])
def test_down_leaves_somebody_elses_alone(deployer: Deployer, moto_aws: WatchedAws, name: str) -> None:
    FOREIGN[name][0](moto_aws)
    before = dump(moto_aws)
    assert deployer.down()["deleted"] == []
    assert dump(moto_aws) == before


def test_down_removes_everything_and_a_second_one_finds_nothing(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up()
    document = deployer.down()
    assert remains(moto_aws) == NOTHING
    assert {one["kind"] for one in document["deleted"]} == {
        "ecs.service", "ecs.task_definition", "ecs.cluster", "ec2.security_group", "ecr.repository",
        "logs.log_group", "iam.role",
    }  # fmt: skip
    aws = deployer.aws()
    assert deployer.down(aws=aws)["deleted"] == []
    assert aws.writes == []


def test_up_down_up(deployer: Deployer) -> None:
    deployer.up()
    deployer.down()
    assert {one["action"] for one in deployer.up()["changes"]} == {"create"}


BEYOND = """\
app: shop
cluster: elsewhere
repository: other
services:
  api:
    build: .
    port: 9000
"""


def test_down_goes_by_what_is_there_and_not_by_the_spec(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up()
    deployer.down(BEYOND)
    assert remains(moto_aws) == NOTHING


def test_down_does_not_need_the_tag_index(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """It lags behind: right after an `up` it may show nothing."""
    named = ONE.replace("app: shop", "app: shop\ncluster: FargateCluster\nrepository: images")
    deployer.up(named)
    aws = deployer.aws()
    aws.rig("resourcegroupstaggingapi", "GetResources", lambda *_: iter(()))
    deployer.down(aws=aws)
    assert remains(moto_aws) == NOTHING


def test_what_the_index_still_shows_though_it_is_gone_does_no_harm(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up()

    def ghosts(_: Any, real: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        yield from real()
        tags = [{"Key": "fargatectl:app", "Value": "shop"}, {"Key": "fargatectl:env", "Value": "default"}]
        for arn in ("ecr:us-east-1:123456789012:repository/ghost", "ecs:us-east-1:123456789012:cluster/ghost",
                    "logs:us-east-1:123456789012:log-group:/ecs/shop-ghost"):  # fmt: skip
            yield {"ResourceARN": f"arn:aws:{arn}", "Tags": tags}

    for run in (deployer.up, deployer.down):
        aws = deployer.aws()
        aws.rig("resourcegroupstaggingapi", "GetResources", ghosts)
        run(aws=aws)
    assert remains(moto_aws) == NOTHING


def test_a_spec_changed_beyond_recognition_moves_everything(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up()
    deployer.up(BEYOND)
    left = remains(moto_aws)
    assert left["clusters"] == ["elsewhere"]
    assert left["repositories"] == ["other"]
    assert left["services"] == ["api"]
    assert left["security groups"] == ["shop-api"]
    assert [arn.rpartition("/")[2] for arn in left["task definitions"]] == ["shop-api:1"]
    assert deployer.plan(BEYOND).plan.documents() == []


def test_one_environment_never_touches_another(deployer: Deployer, moto_aws: WatchedAws) -> None:
    text = f"{ONE}environments:\n  prod: {{}}\n"
    deployer.up(text)
    before = dump(moto_aws)
    deployer.up(text, environment="prod")
    assert deployer.plan(text).plan.documents() == []
    deployer.down(text, environment="prod")
    assert dump(moto_aws) == before


def test_an_app_whose_name_begins_like_another_does_not_touch_it(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """`shop` and `shop-web`: prefixes of lists match both."""
    other = ONE.replace("app: shop", "app: shop-web")
    deployer.up(other)
    before = dump(moto_aws)
    deployer.up()
    assert deployer.plan(other).plan.documents() == []
    deployer.down()
    assert dump(moto_aws) == before


def test_a_changed_value_changes_the_task_definition_and_the_service_only(
    deployer: Deployer, builder: Builder
) -> None:
    deployer.up()
    builder.builds = builder.pushes = 0
    aws = deployer.aws()
    document = deployer.up(ONE.replace("hello", "good evening"), aws)
    assert [(one["action"], one["kind"]) for one in document["changes"]] == [
        ("update", "ecs.task_definition"), ("update", "ecs.service"),
    ]  # fmt: skip
    assert document["changes"][0]["fields"] == [
        {"field": "env.GREETING", "old": "hello", "new": "good evening"}
    ]
    assert aws.writes == ["RegisterTaskDefinition", "UpdateService", "TagResource"]
    assert (builder.builds, builder.pushes) == (0, 0)
    assert deployer.plan(ONE.replace("hello", "good evening")).plan.documents() == []


def test_changed_files_make_a_new_image_and_roll_it_out(deployer: Deployer, builder: Builder) -> None:
    deployer.up()
    deployer.contents = "the app's files, version 2"
    document = deployer.up()
    assert [(one["action"], one["kind"]) for one in document["changes"]] == [
        ("create", "ecr.image"), ("update", "ecs.task_definition"), ("update", "ecs.service"),
    ]  # fmt: skip
    assert builder.pushes == 2
    assert deployer.plan().plan.documents() == []


def test_what_was_once_deployed_needs_no_new_revision(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """Back to the values of before: where the running revision is another, one is registered anew, once."""
    deployer.up()
    deployer.up(ONE.replace("hello", "good evening"))
    deployer.up()
    assert deployer.plan().plan.documents() == []
    assert len(remains(moto_aws)["task definitions"]) == 3


def test_only_the_last_revisions_are_kept(deployer: Deployer, moto_aws: WatchedAws) -> None:
    for number in range(KEPT + 3):
        deployer.up(ONE.replace("hello", f"hello {number}"))
    revisions = [arn.rpartition(":")[2] for arn in remains(moto_aws)["task definitions"]]
    assert len(revisions) in (KEPT, KEPT + 1)
    assert str(KEPT + 3) in revisions
    deployer.down()
    assert remains(moto_aws) == NOTHING


def test_a_service_that_the_spec_no_longer_has_is_removed_with_all_that_was_only_its_own(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(f"{ONE}  api:\n    build: .\n    port: 9000\n")
    document = deployer.up()
    assert {(one["kind"], one["name"]) for one in document["changes"] if one["action"] == "delete"} == {
        ("ecs.service", "api"), ("ec2.security_group", "shop-api"), ("ecs.task_definition", "shop-api"),
    }  # fmt: skip
    assert {one["cause"] for one in document["changes"] if one["action"] == "delete"} == {
        "no longer in the spec"
    }
    assert remains(moto_aws)["services"].count("api") == 0
    assert deployer.plan().plan.documents() == []


def test_another_vpc_gets_a_group_of_its_own_before_the_old_one_goes(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up()
    vpc = moto_aws.call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = moto_aws.call("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    text = ONE.replace("services:", f"network: {{subnets: [{subnet}]}}\nservices:")
    aws = deployer.aws()
    document = deployer.up(text, aws)
    assert ("replace", "ec2.security_group") in {(one["action"], one["kind"]) for one in document["changes"]}
    writes = aws.writes
    assert (
        writes.index("CreateSecurityGroup")
        < writes.index("UpdateService")
        < writes.index("DeleteSecurityGroup")
    )
    assert deployer.plan(text).plan.documents() == []
    groups = [one for one in moto_aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups")
              if one["GroupName"] == "shop-web"]  # fmt: skip
    assert [one["VpcId"] for one in groups] == [vpc]
