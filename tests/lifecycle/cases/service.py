"""`ecs.service`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fargatectl.engine.scope import Scope
from fargatectl.resources._tags import lower, read
from tests.lifecycle.case import Case, Drift, Meddle, Tags, Thing
from tests.lifecycle.common import TASK, call, default_subnet, default_vpc, given
from tests.support.apps import ONE
from tests.support.watched import ACCOUNT, REGION, WatchedAws

HERE = {"cluster": "shop", "service": "web"}
NAMESPACE = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-0a1b"
CONNECTED = {"enabled": True, "namespace": NAMESPACE}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for cluster in aws.items("ecs", "ListClusters", "clusterArns"):
        for name in aws.items("ecs", "ListServices", "serviceArns", cluster=cluster):
            (shown,) = aws.call(
                "ecs", "DescribeServices", cluster=cluster, services=[name], include=["TAGS"]
            )["services"]
            # AWS and moto still show what was deleted for a while, as INACTIVE.
            if shown["status"] != "INACTIVE":
                yield Thing(shown["serviceName"], shown, read(shown.get("tags")))


def update(**parameters: Any) -> Meddle:
    return call("ecs", "UpdateService", **HERE, **parameters)


def deployment(**given: Any) -> Meddle:
    usual = {
        "minimumHealthyPercent": 100, "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True}, "bakeTimeInMinutes": 2,
        "earlySuccessCriteria": {
            "enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "DEFERRED"
        },
    }  # fmt: skip
    return update(deploymentConfiguration={**usual, **given})


def runs_on(*providers: dict[str, Any]) -> Meddle:
    return update(capacityProviderStrategy=[*providers], forceNewDeployment=True)


def breaker(**how: bool) -> Meddle:
    return deployment(deploymentCircuitBreaker={"enable": True, "rollback": True, **how})


def network(**changes: Any) -> Meddle:
    def meddle(aws: WatchedAws) -> None:
        (service,) = aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"]
        vpc = {**service["networkConfiguration"]["awsvpcConfiguration"]}
        for name, change in changes.items():
            vpc[name] = change(vpc[name]) if callable(change) else change
        update(networkConfiguration={"awsvpcConfiguration": vpc})(aws)

    return meddle


def another_group(aws: WatchedAws) -> None:
    made = aws.call(
        "ec2", "CreateSecurityGroup", GroupName="theirs", Description="theirs", VpcId=default_vpc(aws)
    )["GroupId"]
    network(securityGroups=lambda ids: [*ids, made])(aws)


def another_family(aws: WatchedAws) -> None:
    aws.call("ecs", "RegisterTaskDefinition", family="theirs", **TASK)
    update(taskDefinition=f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/theirs:1")(aws)


def it_failed(_: WatchedAws) -> None:
    """ECS's own verdict: no call sets it."""
    from moto.ecs.models import ecs_backends

    service = ecs_backends[ACCOUNT][REGION].services["shop:web"]
    service.deployments[0]["rolloutState"] = "FAILED"


def foreign(aws: WatchedAws, tags: Tags) -> None:
    """In a cluster of ours, as whoever works in a hurry does."""
    aws.call("ecs", "RegisterTaskDefinition", family="theirs", **TASK)
    aws.call(
        "ecs", "CreateCluster", clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"],
        tags=lower(Scope("shop").tags("app")),
    )  # fmt: skip
    aws.call(
        "ecs", "CreateService", cluster="shop", serviceName="web", taskDefinition="theirs", desiredCount=1,
        launchType="FARGATE", clientToken="theirs",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [default_subnet(aws)], "securityGroups": []}
        },
        **given(tags=lower(tags)),
    )  # fmt: skip


def secret_set(aws: WatchedAws) -> None:
    """As by `fargatectl secret set`."""
    aws.call(
        "ssm", "PutParameter", Name="/fargatectl/shop/default/secrets/SESSION_KEY", Value="another",
        Type="SecureString", Overwrite=True,
    )  # fmt: skip


def tagged(name: str, value: str) -> Meddle:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/web"
    return call("ecs", "TagResource", resourceArn=arn, tags=lower({name: value}))


def behind_another(aws: WatchedAws) -> None:
    group = aws.call("elbv2", "CreateTargetGroup", Name="theirs", Protocol="HTTP", Port=80, TargetType="ip",
                     VpcId=default_vpc(aws))["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    one = {"targetGroupArn": group, "containerName": "web", "containerPort": 8080}
    update(loadBalancers=[one])(aws)


def found_elsewhere(aws: WatchedAws) -> None:
    aws.call("servicediscovery", "CreateHttpNamespace", Name="theirs")
    (space,) = aws.items("servicediscovery", "ListNamespaces", "Namespaces")
    made = aws.call("servicediscovery", "CreateService", Name="web", NamespaceId=space["Id"])["Service"]
    update(serviceRegistries=[{"registryArn": made["Arn"]}])(aws)


CASE = Case(
    kind="ecs.service",
    id="web",
    spec=f"{ONE}    deployment: {{bake: 2m}}\n" + '    secrets: {SESSION_KEY: "generated:SESSION_KEY"}\n',
    things=things,
    made_by=("ecs:CreateService",),
    removed_by=("ecs:DeleteService",),
    drifts={
        "task_definition": (Drift("another family's", another_family),),
        "count": (
            Drift("it is scaled up", update(desiredCount=5)),
            Drift("it is scaled to nothing", update(desiredCount=0)),
        ),
        "capacity": (
            Drift("it moves to Spot", runs_on({"capacityProvider": "FARGATE_SPOT", "weight": 1})),
            Drift("half of it moves", runs_on({"capacityProvider": "FARGATE", "weight": 1, "base": 2},
                                              {"capacityProvider": "FARGATE_SPOT", "weight": 1})),
        ),
        "platform_version": (Drift("it is pinned", update(platformVersion="1.4.0")),),
        "deployment": (
            Drift("the breaker is switched off", breaker(enable=False, rollback=False),
                  ["deployment.circuit_breaker"]),
            Drift("it no longer rolls back", breaker(rollback=False), ["deployment.circuit_breaker"]),
            Drift("it takes more failures", breaker(thresholdConfiguration={"type": "COUNT", "value": 9}),
                  ["deployment.breaker"]),
            Drift("it counts failures for ever", breaker(resetOnHealthyTask=False),
                  ["deployment.reset_on_healthy_task"]),
            Drift("too few may be healthy", deployment(minimumHealthyPercent=0),
                  ["deployment.minimum_healthy_percent"]),
            Drift("more may start at once", deployment(maximumPercent=300), ["deployment.maximum_percent"]),
            Drift("an alarm calls it off",
                  deployment(alarms={"alarmNames": ["theirs"], "enable": True, "rollback": True}),
                  ["deployment.alarms"]),
            Drift("it waits for the last old task", deployment(earlySuccessCriteria={"enable": False}),
                  ["deployment.early_success"]),
        ),
        "bake": (Drift("it bakes longer", deployment(bakeTimeInMinutes=60)),),
        "connect": (
            Drift("it is connected", update(serviceConnectConfiguration=CONNECTED), ["connect.namespace"]),
        ),
        "discovery": (
            Drift("it is found in DNS", found_elsewhere, ["discovery.registry"]),
        ),
        "grace_period": (Drift("one is set", update(healthCheckGracePeriodSeconds=60)),),
        "public_ip": (Drift("it is switched off", network(assignPublicIp="DISABLED")),),
        "network": (Drift("a subnet is taken away", network(subnets=lambda ids: ids[:1])),),
        "security_groups": (
            Drift("one is added", another_group),
        ),
        "rollout": (Drift("it failed", it_failed),),
        "changed_secrets": (Drift("the generated value is overwritten", secret_set),),
        "tags": (
            Drift("the revision's is overwritten", tagged("fargatectl:task-definition", "9:x:1")),
        ),
        "target_groups": (Drift("a load balancer is put before it", behind_another),),
    },
    fixed={
        "cluster": "ecs:CreateService puts it into a cluster for ever; ecs:UpdateService finds it there.",
        "scaled": "ecs:TagResource tells where to look for scaling: only where there is some (test_scaling).",
        "at_rest": "ecs:UpdateService wakes only one that is scaled: tests/app/test_scaling.py.",
        "url": "ecs:TagResource notes one behind a load balancer only: tests/app/test_load_balancing.py.",
    },
    foreign=foreign,
    lodger=True,
    removal=Drift("it is deleted", call("ecs", "DeleteService", force=True, **HERE)),
)  # fmt: skip
