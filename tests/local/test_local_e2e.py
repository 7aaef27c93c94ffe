"""The local AWS with real containers, driven through boto3 as AWS is.

Every expectation is AWS's behaviour; what the patches do for it is not looked at.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fargatectl.local import stack

pytestmark = pytest.mark.e2e

Clients = Callable[[str], Any]
SERVE = 'echo "$GREETING" > /www/index.html; exec httpd -f -p 8080 -h /www'
ROLE = "arn:aws:iam::000000000000:role/execution"


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer; the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode().strip()
        return text


@pytest.fixture(scope="module")
def image(client: Clients, engine: Any, busybox: str) -> str:
    """busybox in the local ECR, by digest."""
    uri = client("ecr").create_repository(repositoryName="team/web")["repository"]["repositoryUri"]
    token = client("ecr").get_authorization_token()["authorizationData"][0]
    assert token["proxyEndpoint"].removeprefix("http://") == uri.split("/")[0]
    engine.images.get(busybox).tag(uri, tag="v1")
    digest = ""
    credentials = {"username": "AWS", "password": "any"}
    for line in engine.images.push(uri, tag="v1", auth_config=credentials, stream=True, decode=True):
        assert "error" not in line, line
        digest = line.get("aux", {}).get("Digest", digest)
    engine.images.remove(f"{uri}:v1")
    detail = client("ecr").describe_images(repositoryName="team/web")["imageDetails"][0]
    assert detail["imageDigest"] == digest
    assert detail["imageSizeInBytes"] > 100_000
    return f"{uri}@{digest}"


class App:
    """One cluster, one log group and one security group, and services in them."""

    def __init__(self, client: Clients, name: str, image: str) -> None:
        self.client, self.name, self.image = client, name, image
        self.ecs, self.ec2 = client("ecs"), client("ec2")
        self.ecs.create_cluster(clusterName=name)
        client("logs").create_log_group(logGroupName=f"/ecs/{name}", tags={"app": name})
        self.subnets = [subnet["SubnetId"] for subnet in self.ec2.describe_subnets()["Subnets"]]
        self.group = self.ec2.create_security_group(GroupName=name, Description=name)["GroupId"]

    def register(self, **container: Any) -> str:
        definition = {
            "name": "web",
            "image": self.image,
            "entryPoint": ["/bin/sh", "-c"],
            "command": [SERVE],
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": "GREETING", "value": "hello"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/ecs/{self.name}",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "web",
                },
            },
            **container,
        }
        answer = self.ecs.register_task_definition(
            family=f"{self.name}-web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=ROLE,
            containerDefinitions=[definition],
            tags=[{"key": "app", "value": self.name}],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def network(self) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {
                "subnets": self.subnets[:2],
                "securityGroups": [self.group],
                "assignPublicIp": "ENABLED",
            }
        }

    def create(self, definition: str, service: str = "web", **more: Any) -> dict[str, Any]:
        answer = self.ecs.create_service(
            cluster=self.name,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            tags=[{"key": "app", "value": self.name}],
            **more,
        )
        created: dict[str, Any] = answer["service"]
        return created

    def service(self, service: str = "web") -> dict[str, Any]:
        found = self.ecs.describe_services(cluster=self.name, services=[service], include=["TAGS"])
        described: dict[str, Any] = found["services"][0]
        return described

    def primary(self, service: str = "web") -> dict[str, Any]:
        deployments = self.service(service)["deployments"]
        return next(one for one in deployments if one["status"] == "PRIMARY")

    def rolled_out(self, service: str = "web") -> bool:
        return bool(self.primary(service)["rolloutState"] == "COMPLETED")

    def tasks(self, status: str = "RUNNING", **filters: Any) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=self.name, desiredStatus=status, **filters)["taskArns"]
        if not arns:
            return []
        described: list[dict[str, Any]] = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]
        return described

    def stopped(self, deployment: str) -> dict[str, Any] | None:
        found = self.tasks("STOPPED", startedBy=deployment)
        return found[0] if found else None

    def interface(self, task: dict[str, Any]) -> dict[str, Any]:
        details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
        answer = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
        assert answer["NetworkInterfaces"][0]["PrivateIpAddress"] == details["privateIPv4Address"]
        found: dict[str, Any] = answer["NetworkInterfaces"][0]
        return found

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "group-id", "Values": [self.group]}]
        found: list[dict[str, Any]] = self.ec2.describe_network_interfaces(Filters=filters)[
            "NetworkInterfaces"
        ]
        return found

    def log_lines(self) -> list[str]:
        events = self.client("logs").filter_log_events(logGroupName=f"/ecs/{self.name}")["events"]
        return [event["message"] for event in events]

    def delete(self) -> None:
        services = self.ecs.list_services(cluster=self.name)["serviceArns"]
        for arn in services:
            self.ecs.delete_service(cluster=self.name, service=arn, force=True)


@pytest.fixture
def app(client: Clients, image: str, request: pytest.FixtureRequest) -> Iterator[App]:
    name = request.node.name.replace("test_", "").replace("_", "-")[:24]
    made = App(client, name, image)
    yield made
    made.delete()


def test_service_serves_at_its_public_address_and_leaves_nothing(app: App, engine: Any) -> None:
    service = app.create(app.register())
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"

    assert until(app.rolled_out), app.service()
    (task,) = app.tasks(serviceName="web")
    assert task["startedBy"] == service["deployments"][0]["id"]
    assert task["lastStatus"] == "RUNNING"
    assert task["startedAt"]
    assert task["containers"][0]["imageDigest"] == app.image.split("@")[1]
    interface = app.interface(task)
    assert interface["Groups"][0]["GroupId"] == app.group
    assert interface["SubnetId"] in app.subnets
    address = interface["Association"]["PublicIp"]
    assert address.startswith("127.")
    assert until(lambda: get(f"http://{address}:8080/")) == "hello"

    with pytest.raises(ClientError) as refused:
        app.ec2.delete_security_group(GroupId=app.group)
    assert refused.value.response["Error"]["Code"] == "DependencyViolation"
    with pytest.raises(ClientError) as refused:
        app.ecs.delete_cluster(cluster=app.name)
    assert refused.value.response["Error"]["Code"] == "ClusterContainsServicesException"

    app.ecs.delete_service(cluster=app.name, service="web", force=True)
    assert until(lambda: not app.interfaces(), 40)
    app.ec2.delete_security_group(GroupId=app.group)
    app.ecs.delete_cluster(cluster=app.name)
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    assert engine.containers.list(all=True, filters={"label": label}) == []


def test_new_revision_replaces_the_old_one_and_a_bad_one_rolls_back(app: App) -> None:
    first = app.register()
    app.create(first)
    assert until(app.rolled_out)
    second = app.register(environment=[{"name": "GREETING", "value": "second"}])
    app.ecs.update_service(cluster=app.name, service="web", taskDefinition=second)
    assert until(app.rolled_out)
    (task,) = until(lambda: [one for one in app.tasks() if one["taskDefinitionArn"] == second])
    assert get(f"http://{app.interface(task)['Association']['PublicIp']}:8080/") == "second"

    bad = app.register(command=["echo 'no database' >&2; exit 1"])
    updated = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
    deployment = next(one for one in updated["deployments"] if one["status"] == "PRIMARY")["id"]
    assert until(lambda: app.rolled_out() and app.primary()["taskDefinition"] == second, 40), app.service()
    failed = app.stopped(deployment)
    assert failed
    assert failed["stopCode"] == "EssentialContainerExited"
    assert failed["stoppedReason"] == "Essential container in task exited"
    assert failed["containers"][0]["exitCode"] == 1
    assert "no database" in until(app.log_lines)
    assert [one["taskDefinitionArn"] for one in app.tasks()] == [second]


def test_missing_image_is_cannot_pull(app: App) -> None:
    missing = app.image[:-4] + "0000"
    deployment = app.create(app.register(image=missing))["deployments"][0]["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert task["stoppedReason"].endswith("not found")
    assert task["containers"][0]["reason"].startswith("CannotPullContainerError: ")
    assert until(lambda: app.primary()["rolloutState"] == "FAILED")


def test_missing_secret_and_log_group_and_program(app: App) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:nope-AbCdEf"
    no_group = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/nope",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "web",
        },
    }
    cases: dict[str, tuple[dict[str, Any], str, str]] = {
        "secret": (
            {"secrets": [{"name": "KEY", "valueFrom": arn}]},
            "ResourceInitializationError: unable to pull secrets or registry auth",
            "ResourceNotFoundException",
        ),
        "logs": (
            {"logConfiguration": no_group},
            "ResourceInitializationError: failed to validate logger args",
            "The specified log group does not exist",
        ),
        "program": ({"entryPoint": ["/nope"]}, "CannotStartContainerError: ", "/nope"),
    }
    for name, (container, start, part) in cases.items():
        deployment = app.create(app.register(**container), service=name)["deployments"][0]["id"]
        task = until(lambda deployment=deployment: app.stopped(deployment))
        assert task, name
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith(start), task["stoppedReason"]
        assert part in task["stoppedReason"]


def test_secrets_reach_the_container(app: App) -> None:
    secret = app.client("secretsmanager").create_secret(Name=app.name, SecretString='{"key": "one"}')["ARN"]
    app.client("ssm").put_parameter(Name=f"/{app.name}", Value="two", Type="SecureString")
    parameter = f"arn:aws:ssm:us-east-1:000000000000:parameter/{app.name}"
    sources = [
        {"name": "ONE", "valueFrom": f"{secret}:key::"},
        {"name": "TWO", "valueFrom": parameter},
    ]
    app.create(app.register(secrets=sources, command=['echo "$ONE $TWO"; exec sleep 60']))
    assert "one two" in until(app.log_lines)


def test_health_check_is_run_awaited_and_acted_upon(app: App) -> None:
    check = {"command": ["CMD-SHELL", "test -e /tmp/ok"], "interval": 5, "timeout": 2, "retries": 2}
    good = app.register(command=["sleep 2; touch /tmp/ok; exec sleep 300"], healthCheck=check)
    app.create(good)
    assert until(app.tasks)
    time.sleep(3)
    assert not app.rolled_out(), "the check has not run yet"
    assert until(app.rolled_out)
    assert app.tasks()[0]["healthStatus"] == "HEALTHY"
    assert app.tasks()[0]["containers"][0]["healthStatus"] == "HEALTHY"

    bad = app.register(command=["exec sleep 300"], healthCheck=check)
    updated = app.ecs.update_service(cluster=app.name, service="web", taskDefinition=bad)["service"]
    deployment = next(one for one in updated["deployments"] if one["status"] == "PRIMARY")["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["stoppedReason"] == "Task failed container health checks"
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["healthStatus"] == "UNHEALTHY"
    assert until(lambda: app.tasks(startedBy=deployment)), "it is replaced"


def test_container_options_arrive(app: App, engine: Any) -> None:
    definition = app.register(
        command=[
            'echo "uid $(id -u) at $(pwd)"; touch /no && echo writable || echo read-only; exec sleep 60'
        ],
        user="1234",
        workingDirectory="/www",
        readonlyRootFilesystem=True,
    )
    app.create(definition)
    assert until(lambda: "uid 1234 at /www" in app.log_lines() and "read-only" in app.log_lines())
    (task,) = until(app.tasks)
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    (container,) = engine.containers.list(filters={"label": label})
    limits = container.attrs["HostConfig"]
    assert limits["Memory"] == 512 * 1024 * 1024
    assert limits["NanoCpus"] == 250_000_000


def test_task_over_its_memory_is_killed(app: App) -> None:
    command = ["x=a; while true; do x=$x$x; done"]
    deployment = app.create(app.register(command=command))["deployments"][0]["id"]
    task = until(lambda: app.stopped(deployment))
    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_network_change_starts_a_deployment_and_a_count_does_not(app: App) -> None:
    app.create(app.register())
    assert until(app.rolled_out)
    before = app.primary()["id"]
    app.ecs.update_service(cluster=app.name, service="web", desiredCount=2)
    assert until(lambda: app.service()["runningCount"] == 2)
    assert app.primary()["id"] == before
    network = app.network()
    app.ecs.update_service(cluster=app.name, service="web", networkConfiguration=network)
    assert app.primary()["id"] == before, "nothing changed"
    network["awsvpcConfiguration"]["subnets"] = app.subnets[2:]
    app.ecs.update_service(cluster=app.name, service="web", networkConfiguration=network)
    assert app.primary()["id"] != before


def test_lists_and_tags(app: App) -> None:
    arn = app.register()
    app.register()
    app.ecs.register_task_definition(
        family=f"{app.name}-web-other", containerDefinitions=[{"name": "x", "image": "x"}]
    )
    family = f"{app.name}-web"
    listed = app.ecs.list_task_definitions(familyPrefix=family, sort="DESC")["taskDefinitionArns"]
    assert [one.rsplit("/", 1)[1] for one in listed] == [f"{family}:2", f"{family}:1"]
    families = app.ecs.list_task_definition_families(familyPrefix=family, status="ACTIVE")["families"]
    assert families == [family, f"{family}-other"]

    described = app.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    container = described["taskDefinition"]["containerDefinitions"][0]
    assert container["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert container["mountPoints"] == []
    assert "taskRoleArn" not in described["taskDefinition"]
    assert described["tags"] == [{"key": "app", "value": app.name}]

    refused = app.ecs.delete_task_definitions(taskDefinitions=[arn])["failures"]
    assert [one["arn"] for one in refused] == [arn]
    app.ecs.deregister_task_definition(taskDefinition=arn)
    assert app.ecs.list_task_definitions(familyPrefix=family, status="INACTIVE")["taskDefinitionArns"] == [
        arn
    ]
    assert app.ecs.delete_task_definitions(taskDefinitions=[arn])["failures"] == []
    assert app.ecs.list_task_definitions(familyPrefix=family, status="INACTIVE")["taskDefinitionArns"] == []

    service = app.create(listed[0])["serviceArn"]
    app.ecs.tag_resource(resourceArn=service, tags=[{"key": "more", "value": "1"}])
    tags = {tag["key"]: tag["value"] for tag in app.service()["tags"]}
    assert tags == {"app": app.name, "more": "1"}
    assert app.ecs.list_services(cluster=app.name)["serviceArns"] == [service]
    cluster = app.ecs.describe_clusters(clusters=[app.name])["clusters"][0]
    assert cluster["activeServicesCount"] == 1

    tagging = app.client("resourcegroupstaggingapi")
    filters = [{"Key": "app", "Values": [app.name]}]
    groups = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["logs:log-group"])
    assert [one["ResourceARN"] for one in groups["ResourceTagMappingList"]] == [
        f"arn:aws:logs:us-east-1:000000000000:log-group:/ecs/{app.name}"
    ]
    everything = tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]
    kinds = {one["ResourceARN"].split(":")[2] for one in everything}
    assert kinds == {"ecs", "logs"}


def test_everything_is_born_tagged(app: App) -> None:
    ec2, tags = app.ec2, [{"Key": "app", "Value": app.name}]
    specification = [{"ResourceType": "security-group", "Tags": tags}]
    group = ec2.create_security_group(
        GroupName=f"{app.name}-2", Description="x", TagSpecifications=specification
    )["GroupId"]
    filters = [{"Name": "tag:app", "Values": [app.name]}]
    found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert [(one["GroupId"], one["Tags"]) for one in found] == [(group, tags)]
    by_id = [{"Name": "group-id", "Values": [group]}]
    assert len(ec2.describe_security_groups(Filters=by_id)["SecurityGroups"]) == 1

    iam = app.client("iam")
    iam.create_role(RoleName=app.name, AssumeRolePolicyDocument="{}", Tags=tags)
    assert iam.get_role(RoleName=app.name)["Role"]["Tags"] == tags
    ecr = app.client("ecr")
    arn = ecr.create_repository(repositoryName=app.name, tags=tags)["repository"]["repositoryArn"]
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    logs = app.client("logs")
    group_arn = f"arn:aws:logs:us-east-1:000000000000:log-group:/ecs/{app.name}"
    assert logs.list_tags_for_resource(resourceArn=group_arn)["tags"] == {"app": app.name}
    app.ecs.create_cluster(clusterName=f"{app.name}-2", tags=[{"key": "app", "value": app.name}])
    cluster = app.ecs.describe_clusters(clusters=[f"{app.name}-2"], include=["TAGS"])["clusters"][0]
    assert cluster["tags"] == [{"key": "app", "value": app.name}]


def test_sidecar_shares_the_network_and_a_volume(app: App) -> None:
    common = {"image": app.image, "entryPoint": ["/bin/sh", "-c"]}
    mount = [{"sourceVolume": "shared", "containerPath": "/www"}]
    app.ecs.register_task_definition(
        family="pair",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        volumes=[{"name": "shared"}],
        containerDefinitions=[
            {**common, "name": "web", "command": ["exec httpd -f -p 8080 -h /www"], "mountPoints": mount,
             "portMappings": [{"containerPort": 8080}]},
            {**common, "name": "side", "mountPoints": mount,
             "command": ["echo pair > /www/index.html; wget -qO /www/copy 127.0.0.1:8080; sleep 300"]},
        ],
    )  # fmt: skip
    answer = app.ecs.run_task(
        cluster=app.name, taskDefinition="pair", launchType="FARGATE", networkConfiguration=app.network()
    )
    arn = answer["tasks"][0]["taskArn"]

    def running() -> Any:
        task = app.ecs.describe_tasks(cluster=app.name, tasks=[arn])["tasks"][0]
        return task if task["lastStatus"] == "RUNNING" else None

    address = app.interface(until(running))["Association"]["PublicIp"]
    assert until(lambda: get(f"http://{address}:8080/copy")) == "pair"
    app.ecs.stop_task(cluster=app.name, task=arn, reason="enough")
    task = app.ecs.describe_tasks(cluster=app.name, tasks=[arn])["tasks"][0]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")


def test_reset_empties_it(local_aws: stack.LocalAws, client: Clients, engine: Any) -> None:
    stack.reset(print)
    assert client("ecs").list_clusters()["clusterArns"] == []
    found = stack.status()
    assert found is not None
    assert (found.pid, found.containers, found.outdated) == (local_aws.pid, 0, False)
