"""File systems as AWS is asked for them: what tasks mount, what they may do, where they reach it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from fargatectl.console.report import plan_text, up_text
from tests.lifecycle.stored import STORED, ours, points, systems, targets
from tests.support.apps import ONE, Deployer, changed
from tests.support.watched import WatchedAws

TWO = """\
app: shop
file_systems:
  uploads: {user: 7, path: /up}
  archive: {user: "0:0", root_access: true, throughput: 64, backup: false}
services:
  web:
    image: public.example/web:1
    mounts: {uploads: /uploads, scratch: /tmp}
    sidecars: {reader: {image: "public.example/reader:1", mounts: {uploads: {path: /in, read_only: true}}}}
  worker:
    image: public.example/worker:1
    mounts: {uploads: {path: /uploads, read_only: true}, archive: /archive}
    role: {statements: [{actions: ["s3:GetObject"], resources: ["*"]}]}
  plain:
    image: public.example/plain:1
"""


def definition(aws: WatchedAws, family: str) -> dict[str, Any]:
    shown: dict[str, Any] = aws.call("ecs", "DescribeTaskDefinition", taskDefinition=family)["taskDefinition"]
    return shown


def statements(aws: WatchedAws, service: str) -> list[dict[str, Any]]:
    role = f"shop-{service}-task-us-east-1"
    found = aws.call("iam", "GetRolePolicy", RoleName=role, PolicyName="fargatectl")["PolicyDocument"]
    document = json.loads(unquote(found)) if isinstance(found, str) else found
    stated: list[dict[str, Any]] = document["Statement"]
    return stated


def named(aws: WatchedAws, name: str) -> tuple[str, str]:
    """The ids of a file system and its access point."""
    [system] = [one["FileSystemId"] for one in systems(aws) if one["CreationToken"] == f"shop-{name}"]
    [point] = [one["AccessPointId"] for one in points(aws) if one["FileSystemId"] == system]
    return str(system), str(point)


def test_tasks_mount_them_with_tls_and_iam_through_their_access_points(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(TWO)
    system, point = named(moto_aws, "uploads")
    shown = definition(moto_aws, "shop-web")
    volumes = {one["name"]: one for one in shown["volumes"]}
    assert set(volumes) == {"scratch", "uploads"}
    assert volumes["uploads"]["efsVolumeConfiguration"] == {
        "rootDirectory": "/",  # what AWS fills in
        "fileSystemId": system,
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": point, "iam": "ENABLED"},
    }
    assert "efsVolumeConfiguration" not in volumes["scratch"]
    mounts = {one["name"]: one["mountPoints"] for one in shown["containerDefinitions"]}
    assert {"sourceVolume": "uploads", "containerPath": "/uploads", "readOnly": False} in mounts["web"]
    assert mounts["reader"] == [{"sourceVolume": "uploads", "containerPath": "/in", "readOnly": True}]
    assert definition(moto_aws, "shop-plain").get("volumes", []) == []


def test_a_role_permits_what_the_mounts_need_on_that_access_point_alone(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(TWO)
    arn = "arn:aws:elasticfilesystem:us-east-1:123456789012"

    def expected(name: str, *actions: str) -> dict[str, Any]:
        system, point = named(moto_aws, name)
        key = "elasticfilesystem:AccessPointArn"
        return {
            "Effect": "Allow",
            "Action": [f"elasticfilesystem:Client{one}" for one in actions],
            "Resource": [f"{arn}:file-system/{system}"],
            "Condition": {"StringEquals": {key: f"{arn}:access-point/{point}"}},
        }

    assert statements(moto_aws, "web") == [expected("uploads", "Mount", "Write")]
    assert statements(moto_aws, "worker")[1:] == [
        expected("archive", "Mount", "Write", "RootAccess"),
        expected("uploads", "Mount"),
    ]
    assert definition(moto_aws, "shop-plain")["taskRoleArn"].endswith("/shop-task-us-east-1")


def test_they_are_encrypted_and_as_the_spec_says(deployer: Deployer, moto_aws: WatchedAws) -> None:
    aws = deployer.aws()
    deployer.up(TWO, aws)
    made = {one["CreationToken"]: one for one in aws.of("CreateFileSystem")}
    assert all(one["Encrypted"] is True for one in made.values())
    assert made["shop-uploads"]["ThroughputMode"] == "elastic"
    assert made["shop-uploads"]["Backup"] is True
    archive = made["shop-archive"]
    assert (archive["ThroughputMode"], archive["ProvisionedThroughputInMibps"]) == ("provisioned", 64.0)
    assert archive["Backup"] is False
    shown = {one["FileSystemId"]: one for one in points(moto_aws)}
    uploads = shown[named(moto_aws, "uploads")[0]]
    assert uploads["PosixUser"] == {"Uid": 7, "Gid": 7}
    assert uploads["RootDirectory"] == {
        "Path": "/up", "CreationInfo": {"OwnerUid": 7, "OwnerGid": 7, "Permissions": "755"}
    }  # fmt: skip


def test_only_the_services_that_mount_one_reach_it_in_every_zone(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(TWO)
    shown = {
        one["GroupName"]: one for one in moto_aws.items("ec2", "DescribeSecurityGroups", "SecurityGroups")
    }
    [rule] = shown["shop.efs.uploads"]["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == ("tcp", 2049, 2049, [])
    users = {one["GroupId"] for one in rule["UserIdGroupPairs"]}
    assert users == {shown["shop-web"]["GroupId"], shown["shop-worker"]["GroupId"]}
    zones = {one["AvailabilityZone"] for one in moto_aws.items("ec2", "DescribeSubnets", "Subnets")}
    system, _ = named(moto_aws, "uploads")
    here = [one for one in targets(moto_aws) if one["FileSystemId"] == system]
    assert sorted(one["AvailabilityZoneName"] for one in here) == sorted(zones)
    for one in here:
        asked = {"MountTargetId": one["MountTargetId"]}
        groups = moto_aws.call("efs", "DescribeMountTargetSecurityGroups", **asked)["SecurityGroups"]
        assert groups == [shown["shop.efs.uploads"]["GroupId"]]


def test_another_subnet_of_the_zone_serves_it_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """A subnet that is added must move nothing: AWS takes one mount target in a zone."""
    deployer.up(STORED)
    [first, *_] = moto_aws.items("ec2", "DescribeSubnets", "Subnets")
    rest = [one["SubnetId"] for one in moto_aws.items("ec2", "DescribeSubnets", "Subnets")][1:]
    more = moto_aws.call(
        "ec2", "CreateSubnet", VpcId=first["VpcId"], CidrBlock="172.31.240.0/24",
        AvailabilityZone=first["AvailabilityZone"],
    )["Subnet"]["SubnetId"]  # fmt: skip
    named_subnets = STORED + f"network: {{subnets: [{', '.join([more, *rest])}]}}\n"
    moved = deployer.up(named_subnets)["changes"]
    assert "efs.mount_target" not in {one["kind"] for one in moved}
    assert deployer.plan(named_subnets).plan.documents() == []


def test_in_another_vpc_the_same_files_are_reached(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(STORED)
    before = ours(moto_aws)
    other = STORED.replace("services:", "network: {create: true}\nservices:")
    changes = deployer.up(other)["changes"]
    assert ("update", "efs.mount_target", ["subnets", "groups"]) in changed(changes)
    assert "efs.file_system" not in {one["kind"] for one in changes}
    assert ours(moto_aws) == before
    [vpc] = {one["VpcId"] for one in targets(moto_aws)}
    mine = [{"Name": "tag:fargatectl:app", "Values": ["shop"]}]
    assert [one["VpcId"] for one in moto_aws.items("ec2", "DescribeVpcs", "Vpcs", Filters=mine)] == [vpc]
    assert deployer.plan(other).plan.documents() == []


def test_another_folder_is_another_access_point_and_a_new_revision(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(STORED)
    text = STORED.replace("{infrequent", "{path: /elsewhere, infrequent")
    changes = changed(deployer.up(text)["changes"])
    assert ("replace", "efs.access_point", ["path"]) in changes
    assert {kind for _, kind, _ in changes} == {
        "efs.access_point", "iam.role", "ecs.task_definition", "ecs.service"
    }  # fmt: skip
    [point] = points(moto_aws)
    used = definition(moto_aws, "shop-web")["volumes"][0]["efsVolumeConfiguration"]["authorizationConfig"]
    assert used["accessPointId"] == point["AccessPointId"]
    assert deployer.plan(text).plan.documents() == []


def test_what_the_spec_no_longer_has_keeps_its_files_and_comes_back(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.up(STORED)
    system = ours(moto_aws)
    plain = STORED.partition("    mounts")[0]
    deployer.up(plain)
    assert list(targets(moto_aws)) == list(points(moto_aws)) == []
    assert deployer.plan(plain).plan.documents() == []
    deployer.up(STORED)
    assert ours(moto_aws) == system


@pytest.mark.parametrize("text", [TWO, STORED])
def test_a_second_up_finds_nothing_to_do(deployer: Deployer, moto_aws: WatchedAws, text: str) -> None:
    deployer.up(text)
    assert deployer.up(text)["changes"] == []


def test_files_that_the_spec_gives_up_are_kept_and_told_of(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(STORED)
    kept = [
        {
            "kind": "efs.file_system",
            "name": "shop-uploads",
            "why": "files stay until fargatectl down --delete-data",
        }
    ]
    planned = deployer.plan(ONE).document(deployer.run(deployer.load(ONE)))
    assert planned["kept"] == kept
    said = "=  file system  shop-uploads  kept: files stay until fargatectl down --delete-data"
    assert said in plan_text(planned)
    done = deployer.up(ONE)
    assert done["kept"] == kept
    assert said in up_text(done)
    assert len(list(systems(moto_aws))) == 1
    assert "kept" not in deployer.up(STORED)
