"""The inside of tasks before MiniStack's IAM: files, secrets and parameters take exactly what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .enforcing import without
from .guarded import Guarded
from .journeys import APP, Journey, Root, Step
from .proved import ASKED, MISSED
from .test_permitted import actions, counted, first_failure, is_all_asked, is_missed, passes, policy

pytestmark = pytest.mark.e2e

INSIDE = """\
    secrets: {API_KEY: "app:API_KEY", GREETING: "ssm:/shop/greeting"}
    read_only: true
    user: "65534:65534"
    mounts: {files: /files, scratch: /scratch}
"""
FILES = "file_systems: {files: {}}\n"
OTHER_FILES = "file_systems: {files: {throughput: bursting, backup: false, infrequent_access_days: 30}}\n"
PLAIN = APP.replace("  web: {build: ., port: 8080, count: 0}\n", "  web:\n    build: .\n    port: 8080\n")
PRODUCTION = PLAIN + INSIDE + FILES
NEXT = PLAIN + "    env: {RELEASE: '2'}\n" + INSIDE + OTHER_FILES

NOT_ASKED = {
    "iam:CreateServiceLinkedRole": "EFS makes its own role, with the caller's permission",
    "elasticfilesystem:DeleteMountTarget": "a zone of the network that is no more",
    "elasticfilesystem:DeleteAccessPoint": "a file system that the spec no longer has",
    "ec2:DeleteNetworkInterface": "goes with its mount target",
}


def ready(root: Root) -> None:
    """What the app reads: a parameter of somebody's, and a secret of its own."""
    root.call("ssm", "PutParameter", Name="/shop/greeting", Value="hello", Type="String")
    name = "/fargatectl/shop/default/secrets/API_KEY"
    root.call("ssm", "PutParameter", Name=name, Value="a secret", Type="SecureString")


def let_others_in(root: Root) -> None:
    """The file system's mount targets are given a security group that is not ours."""
    groups = root.call("ec2", "DescribeSecurityGroups")["SecurityGroups"]
    default = next(one["GroupId"] for one in groups if one["GroupName"] == "default")
    [system] = root.call("efs", "DescribeFileSystems")["FileSystems"]
    for target in root.call("efs", "DescribeMountTargets", FileSystemId=system["FileSystemId"])[
        "MountTargets"
    ]:
        root.call(
            "efs",
            "ModifyMountTargetSecurityGroups",
            MountTargetId=target["MountTargetId"],
            SecurityGroups=[default],
        )


JOURNEY: Journey = (
    Step(PRODUCTION, ("plan",), 0, ready),
    Step(PRODUCTION, ("up",)),
    Step(PRODUCTION, ("up",), 0, let_others_in),
    Step(NEXT, ("up",)),
    Step(NEXT, ("status",)),
)


def secrets(folder: Path) -> Journey:
    """A secret's life."""
    (folder / "value").write_text("a secret")
    given = ("--from-file", str(folder / "value"))
    return (
        Step(PRODUCTION, ("secret", "set", "API_KEY", *given)),
        Step(PRODUCTION, ("secret", "set", "API_KEY", *given)),
        Step(PRODUCTION, ("secret", "list")),
        Step(PRODUCTION, ("secret", "delete", "API_KEY", "--yes")),
    )


def test_the_deploy_policy_of_a_production_app(guarded: Guarded) -> None:
    rules = policy(guarded, "deploy", NEXT)
    asked = {need.action for need in passes(guarded, [JOURNEY], rules)}
    assert asked <= actions(rules)
    inside = actions(rules) - actions(policy(guarded, "deploy", PLAIN))
    assert inside > {"elasticfilesystem:CreateFileSystem"}
    with counted("deploy, the inside of tasks"):
        assert inside - asked <= set(NOT_ASKED)
    ASKED.update(f"production {action}" for action in inside & asked)


def test_the_destroy_policy_of_a_production_app(guarded: Guarded) -> None:
    rules = policy(guarded, "destroy", NEXT)
    guarded.spec(NEXT)
    ready(guarded)
    assert guarded.run("up").code == 0
    down = Step(NEXT, ("down", "--yes", "--delete-data"))
    asked = {need.action for need in passes(guarded, [(down,)], rules)}
    assert asked <= actions(rules)
    assert {"elasticfilesystem:DeleteFileSystem", "ssm:DeleteParameter"} <= asked


def test_the_policy_for_secrets(guarded: Guarded, tmp_path: Path) -> None:
    rules = policy(guarded, "secrets", PRODUCTION)
    is_all_asked("secrets", rules, passes(guarded, [secrets(tmp_path)], rules), set())
    for action in actions(rules):
        guarded.reset()
        is_missed(action, first_failure(guarded, [secrets(tmp_path)], without(rules, action)))
        MISSED.add(f"secrets {action}")
