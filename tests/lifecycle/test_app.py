"""An app as a whole, beyond the life of each kind: moved, renamed, changed, seen late; and what stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fargatectl.resources._revisions import KEPT
from tests.lifecycle.cases.network import made_vpc
from tests.support.apps import ONE, Builder, Deployer
from tests.support.dump import NOTHING, dump, remains
from tests.support.watched import Killed, WatchedAws


def test_what_was_built_and_pushed_once_is_not_again(deployer: Deployer, builder: Builder) -> None:
    deployer.up()
    deployer.up()
    assert (builder.builds, builder.pushes) == (2, 1)  # prepare's build is remembered by the real builder


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


def test_an_image_that_is_gone_from_ecr_is_built_anew_and_deployed(
    deployer: Deployer, moto_aws: WatchedAws, builder: Builder
) -> None:
    """As one that a lifecycle policy has expired: tasks cannot pull the digest that they name."""
    deployer.up()
    (repository,) = moto_aws.items("ecr", "DescribeRepositories", "repositories")
    name = repository["repositoryName"]
    (there,) = moto_aws.items("ecr", "ListImages", "imageIds", repositoryName=name)
    moto_aws.call("ecr", "BatchDeleteImage", repositoryName=name, imageIds=[there])
    builder.noise = "as of another minute"
    deployer.up()
    (again,) = moto_aws.items("ecr", "ListImages", "imageIds", repositoryName=name)
    assert again["imageTag"] == there["imageTag"]
    assert again["imageDigest"] != there["imageDigest"]
    (service,) = moto_aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"]
    shown = moto_aws.call("ecs", "DescribeTaskDefinition", taskDefinition=service["taskDefinition"])
    (container,) = shown["taskDefinition"]["containerDefinitions"]
    assert container["image"].endswith(f"@{again['imageDigest']}")
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
    vpc, [subnet] = made_vpc(moto_aws, subnets=1)
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


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "UpdateService", "TagResource"])
def test_killed_during_a_change_the_next_up_completes_it(deployer: Deployer, operation: str) -> None:
    deployer.up()
    changed = ONE.replace("hello", "good evening")
    aws = deployer.aws()
    aws.die_after("ecs", operation)
    with pytest.raises(Killed):
        deployer.up(changed, aws)
    again = deployer.aws()
    deployer.up(changed, again)
    assert "RegisterTaskDefinition" not in again.writes
    assert deployer.plan(changed).plan.documents() == []


def test_a_role_that_the_list_does_not_show_yet_is_known_by_its_path(deployer: Deployer) -> None:
    """IAM's lists lag behind: a role of ours must not be taken for somebody else's."""
    deployer.up()
    aws = deployer.aws()
    aws.rig("iam", "ListRoles", lambda *_: iter(()))
    assert deployer.plan(aws=aws).plan.documents() == []


def test_a_revision_that_somebody_registered_by_hand_is_replaced_by_ours(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """As the console's "Create new revision" does, without our tags: drift of our own, no stranger."""
    deployer.up()
    theirs = moto_aws.call("ecs", "RegisterTaskDefinition", family="shop-web", containerDefinitions=[
        {"name": "web", "image": "theirs", "memory": 128}])["taskDefinition"]["taskDefinitionArn"]  # fmt: skip # noqa: E501
    moto_aws.call("ecs", "UpdateService", cluster="shop", service="web", taskDefinition=theirs)
    document = deployer.up()
    assert ("update", "ecs.service") in {(one["action"], one["kind"]) for one in document["changes"]}
    assert document["services"][0]["task_definition"] != theirs
    assert deployer.plan().plan.documents() == []
    deployer.down()
    assert remains(moto_aws) == NOTHING
