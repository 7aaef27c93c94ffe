"""`ecs.task_definition`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fargatectl.resources._tags import lower, read
from tests.lifecycle.case import Case, Drift, Tags, Thing
from tests.lifecycle.common import ACCOUNT, TASK, given
from tests.support.apps import ONE
from tests.support.watched import WatchedAws

SPEC = f"""{ONE}    memory: 1024
    working_directory: /app
    read_only: true
    mounts: {{scratch: /tmp, uploads: /uploads}}
    sidecars:
      proxy: {{image: "public.example/proxy:1", essential: false, mounts: {{scratch: /scratch}}}}
    log_router:
      options: {{Name: datadog, Host: logs.example.com}}
      secrets: {{apikey: "ssm:/datadog"}}
file_systems: {{uploads: {{}}}}
"""
FAMILY = "shop-web"
# What of a revision's description RegisterTaskDefinition takes.
TAKEN = (
    "family", "requiresCompatibilities", "networkMode", "cpu", "memory", "runtimePlatform",
    "executionRoleArn", "taskRoleArn", "containerDefinitions", "volumes",
)  # fmt: skip
Edit = Callable[[dict[str, Any], dict[str, Any]], object]
"""Changes a request: the task's, and its container's."""


def things(aws: WatchedAws) -> Iterator[Thing]:
    for status in ("ACTIVE", "INACTIVE"):
        for arn in aws.items("ecs", "ListTaskDefinitions", "taskDefinitionArns", status=status):
            shown = aws.call("ecs", "DescribeTaskDefinition", taskDefinition=arn, include=["TAGS"])
            yield Thing(arn, shown["taskDefinition"], read(shown.get("tags")))


def edited(name: str, edit: Edit, fields: Sequence[str] = ()) -> Drift:
    """Somebody makes a revision by hand, as the console's "Create new revision" does, and deploys it.

    Nothing can change a revision: this is how what runs comes to differ from the spec.
    """

    def meddle(aws: WatchedAws) -> None:
        shown = aws.call("ecs", "DescribeTaskDefinition", taskDefinition=FAMILY)["taskDefinition"]
        request = {name: shown[name] for name in TAKEN}
        edit(request, request["containerDefinitions"][0])
        made = aws.call("ecs", "RegisterTaskDefinition", **request)["taskDefinition"]["taskDefinitionArn"]
        aws.call("ecs", "UpdateService", cluster="shop", service="web", taskDefinition=made)

    return Drift(name, meddle, fields, also=[("update", "ecs.service", ["task_definition"])])


def put(**values: Any) -> Edit:
    return lambda task, container: task.update(values)


def put_in(**values: Any) -> Edit:
    return lambda task, container: container.update(values)


def swap_roles(which: str, other: str) -> Edit:
    return lambda task, container: task.update({which: task[other]})


def foreign(aws: WatchedAws, tags: Tags) -> None:
    aws.call("ecs", "RegisterTaskDefinition", family=FAMILY, **TASK, **given(tags=lower(tags)))


def remove(aws: WatchedAws) -> None:
    aws.call("ecs", "DeleteService", cluster="shop", service="web", force=True)
    for thing in things(aws):
        aws.call("ecs", "DeregisterTaskDefinition", taskDefinition=thing.name)
        aws.call("ecs", "DeleteTaskDefinitions", taskDefinitions=[thing.name])


def store_elsewhere(task: dict[str, Any], _: dict[str, Any]) -> None:
    [volume] = (one for one in task["volumes"] if one["name"] == "uploads")
    volume["efsVolumeConfiguration"]["authorizationConfig"]["accessPointId"] = "fsap-0a1b2c3d4e5f60718"


def log_elsewhere(task: dict[str, Any], _: dict[str, Any]) -> None:
    task["containerDefinitions"][-1]["logConfiguration"]["options"]["awslogs-group"] = "elsewhere"


ARM = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
KEY = "arn:aws:ssm:us-east-1:123456789012:parameter/key"
CHECK = {"command": ["CMD", "true"], "interval": 5, "timeout": 2, "retries": 2, "startPeriod": 0}

CASE = Case(
    kind="ecs.task_definition",
    id="web",
    spec=SPEC,
    things=things,
    made_by=("ecs:RegisterTaskDefinition",),
    removed_by=("ecs:DeregisterTaskDefinition", "ecs:DeleteTaskDefinitions"),
    drifts={
        "cpu": (edited("more of it", put(cpu="512")),),
        "memory": (edited("more of it", put(memory="2048")),),
        "architecture": (
            edited("Arm", put(runtimePlatform=ARM)),
        ),
        "ephemeral_storage": (edited("more of it", put(ephemeralStorage={"sizeInGiB": 100})),),
        "execution_role": (edited("another", swap_roles("executionRoleArn", "taskRoleArn")),),
        "task_role": (edited("another", swap_roles("taskRoleArn", "executionRoleArn")),),
        "container": (edited("renamed", put_in(name="app")),),
        "image": (edited("a public one", put_in(image="public.example/web:1")),),
        "port": (
            edited("another", put_in(portMappings=[{"containerPort": 9000, "protocol": "tcp"}])),
            edited("none", put_in(portMappings=[])),
        ),
        "env": (
            edited("another value", put_in(environment=[{"name": "GREETING", "value": "bye"}]),
                   ["env.GREETING"]),
            edited("none", put_in(environment=[]), ["env.GREETING"]),
            edited("one more", lambda _, one: one["environment"].append({"name": "DEBUG", "value": "1"}),
                   ["env.DEBUG"]),
        ),
        "secrets": (
            edited("one more",
                   put_in(secrets=[{"name": "KEY", "valueFrom": KEY}]),
                   ["secrets.KEY"]),
        ),
        "command": (edited("one is given", put_in(command=["sleep", "60"])),),
        "entrypoint": (edited("one is given", put_in(entryPoint=["sh", "-c"])),),
        "user": (edited("root", put_in(user="0")),),
        "stop_timeout": (edited("one is given", put_in(stopTimeout=5)),),
        "health_check": (
            edited("one is given", put_in(healthCheck=CHECK), [f"health_check.{name}" for name in CHECK]),
        ),
        "options": (
            edited("another folder", put_in(workingDirectory="/"), ["options.workingDirectory"]),
            edited("writable", put_in(readonlyRootFilesystem=False), ["options.readonlyRootFilesystem"]),
            edited("nothing is mounted", put_in(mountPoints=[]), ["options.mountPoints"]),
            edited("a capability more",
                   put_in(linuxParameters={"capabilities": {"add": ["SYS_PTRACE"]}}),
                   ["options.linuxParameters"]),
        ),
        "sidecars": (
            edited("one is gone", lambda task, _: task["containerDefinitions"].pop(1), ["sidecars.proxy"]),
            edited("another image of one",
                   lambda task, _: task["containerDefinitions"][1].update(image="public.example/other:1"),
                   ["sidecars.proxy.image"]),
        ),
        "log_router": (
            edited("another image of it",
                   lambda task, _: task["containerDefinitions"][-1].update(image="public.example/bit:1"),
                   ["log_router.container.image"]),
            edited("another destination",
                   lambda _, one: one["logConfiguration"]["options"].update(Host="elsewhere.example.com"),
                   ["log_router.driver.options.Host"]),
        ),
        "volumes": (
            edited("one more", lambda task, _: task["volumes"].append({"name": "other"})),
        ),
        "storage": (
            edited("another access point", store_elsewhere, ["storage.uploads"]),
        ),
        "port_name": (
            edited("it has a name", put_in(portMappings=[{"containerPort": 8080, "name": "x"}])),
        ),
        "overridden": (
            edited("what another spec had overridden",
                   put(pidMode="task", tags=[{"key": "fargatectl:overridden", "value": "pidMode"}])),
        ),
        "log_group": (
            edited("another", log_elsewhere),
        ),
    },
    fixed={"account": ACCOUNT},
    foreign=foreign,
    removal=Drift("it is deleted, service and all", remove, also=[("create", "ecs.service", [])]),
)  # fmt: skip
