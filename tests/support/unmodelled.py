"""What AWS refuses though its model allows it: the rules of services, quotas and Fargate.

Sources: the API references of ECS (RegisterTaskDefinition, CreateService, UpdateService, HealthCheck), the
page "Amazon ECS task definition differences for Fargate", the quotas pages of ECS and IAM,
PutRetentionPolicy of CloudWatch Logs, DnsRecord and CreateService of Cloud Map. Names and tags:
`tests.support.patterns`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Parameters = Mapping[str, Any]

MEMORY = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
    32768: {61440, 122880, 249856},
}
"""CPU units -> MiB, of Fargate tasks."""

_LARGEST_WINDOWS = 4096
_PLATFORMS = {"LATEST", "1.4.0", "1.3.0"}
_NOT_OF_TASKS = ("ipcMode", "placementConstraints", "inferenceAccelerators")
_NOT_OF_CONTAINERS = (
    "privileged", "links", "extraHosts", "dnsServers", "dnsSearchDomains", "dockerSecurityOptions",
    "hostname",
    "disableNetworking",
)  # fmt: skip
_NOT_OF_LINUX = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
_LOG_DRIVERS = {"awslogs", "splunk", "awsfirelens"}
_RETENTIONS = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}  # fmt: skip
_HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
_MOST_AT_ONCE = {
    ("DescribeServices", "services"): 10,
    ("DescribeTasks", "tasks"): 100,
    ("DescribeClusters", "clusters"): 100,
    ("DeleteTaskDefinitions", "taskDefinitions"): 10,
}
_MOST_TRUST, _MOST_INLINE = 2048, 10240  # characters of a role's documents, white space excepted


def faults(operation: str, parameters: Parameters) -> Iterator[str]:
    """Everything about a request that AWS refuses though its model allows it."""
    yield from _empty_arns(parameters, operation)
    for (name, member), most in _MOST_AT_ONCE.items():
        if operation == name and not 1 <= len(parameters.get(member, "?")) <= most:
            yield f"{operation}.{member}: 1 to {most} at once"
    rule = _RULES.get(operation)
    if rule is not None:
        yield from rule(parameters)


def _empty_arns(value: Any, where: str) -> Iterator[str]:
    """AWS answers an empty ARN with anything but what is wrong."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if inner == "" and str(name).lower().endswith(("arn", "role", "id")):
                yield f"{where}.{name} is empty"
            yield from _empty_arns(inner, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _empty_arns(inner, where)


def _strangers(given: Parameters) -> bool:
    """Whether somebody else's: tests make such too, for EC2 and without what we always send."""
    return not any(tag["key"] == "fargatectl:app" for tag in given.get("tags", ()))


def _task_definition(given: Parameters) -> Iterator[str]:
    if _strangers(given) and "requiresCompatibilities" not in given:
        return
    containers = given.get("containerDefinitions", ())
    names = [one.get("name") for one in containers]
    if len(set(names)) != len(names):
        yield f"two containers of one name: {names}"
    if not any(one.get("essential", True) for one in containers):
        yield "no container is essential"
    if given.get("networkMode") != "awsvpc":
        yield "networkMode is awsvpc on Fargate"
    if "FARGATE" not in given.get("requiresCompatibilities", ()):
        yield "requiresCompatibilities lacks FARGATE"
    yield from _size(given)
    storage = given.get("ephemeralStorage", {}).get("sizeInGiB", 21)
    if not 21 <= storage <= 200:
        yield f"ephemeralStorage {storage} is not 21 to 200"
    yield from (f"{name} is not for Fargate" for name in _NOT_OF_TASKS if name in given)
    if given.get("pidMode") == "host":
        yield "pidMode host is not for Fargate"
    for one in containers:
        yield from (f"container {one.get('name')}: {text}" for text in _container(one, given))


def _size(given: Parameters) -> Iterator[str]:
    cpu, memory = str(given.get("cpu", "")), str(given.get("memory", ""))
    if not cpu.isdigit() or not memory.isdigit() or int(memory) not in MEMORY.get(int(cpu), ()):
        yield f"Fargate has no size of cpu {cpu!r} and memory {memory!r}"
    elif given.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX").startswith(
        "WINDOWS"
    ) and not (1024 <= int(cpu) <= _LARGEST_WINDOWS):
        yield f"Windows on Fargate has no cpu {cpu}"


def _container(one: Parameters, task: Parameters) -> Iterator[str]:
    yield from (f"{name} is not for Fargate" for name in _NOT_OF_CONTAINERS if name in one)
    if not one.get("name") or not one.get("image"):
        yield "name and image are mandatory"
    for requirement in one.get("resourceRequirements", ()):
        yield f"{requirement['type']} is not for Fargate"
    linux = one.get("linuxParameters", {})
    yield from (f"{name} is not for Fargate" for name in _NOT_OF_LINUX if name in linux)
    more = set(linux.get("capabilities", {}).get("add", ())) - {"SYS_PTRACE"}
    if more:
        yield f"capabilities {sorted(more)} are not for Fargate"
    if not 0 <= one.get("stopTimeout", 30) <= 120:
        yield f"stopTimeout {one['stopTimeout']} is over 120"
    for port in one.get("portMappings", ()):
        if not 1 <= port["containerPort"] <= 65535:
            yield f"no port: {port['containerPort']}"
        if port.get("hostPort", port["containerPort"]) != port["containerPort"]:
            yield "hostPort differs from containerPort"
    yield from _variables(one)
    yield from _logging(one.get("logConfiguration"))
    yield from _health(one.get("healthCheck"))
    if (one.get("secrets") or "awslogs" in str(one.get("logConfiguration"))) and not task.get(
        "executionRoleArn"
    ):
        yield "logs and secrets need an executionRoleArn"


def _variables(one: Parameters) -> Iterator[str]:
    names = [entry["name"] for kind in ("environment", "secrets") for entry in one.get(kind, ())]
    if len(set(names)) != len(names) or "" in names:
        yield f"variables twice or without a name: {sorted(names)}"


def _logging(logs: Parameters | None) -> Iterator[str]:
    if logs is None:
        return
    if logs["logDriver"] not in _LOG_DRIVERS:
        yield f"log driver {logs['logDriver']} is not for Fargate"
    if logs["logDriver"] == "awslogs":
        for option in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix"):
            if not logs.get("options", {}).get(option):
                yield f"{option} is mandatory on Fargate"


def _health(check: Parameters | None) -> Iterator[str]:
    if check is None:
        return
    if check["command"][:1] not in (["CMD"], ["CMD-SHELL"], ["NONE"]):
        yield f"health check {check['command']} begins with none of CMD, CMD-SHELL, NONE"
    for name, (least, most) in _HEALTH.items():
        if not least <= check.get(name, least) <= most:
            yield f"health check {name} {check[name]} is not {least} to {most}"


def _create_service(given: Parameters) -> Iterator[str]:
    if not _strangers(given):
        if "networkConfiguration" not in given:
            yield "awsvpc needs a networkConfiguration"
        if not given.get("clientToken"):
            yield "without a clientToken the retry of a lost answer makes a second service"
    if "desiredCount" not in given and given.get("schedulingStrategy", "REPLICA") == "REPLICA":
        yield "desiredCount is mandatory for REPLICA"
    if given.get("schedulingStrategy") == "DAEMON":
        yield "DAEMON is not for Fargate"
    percent = given.get("deploymentConfiguration", {}).get("maximumPercent", 200)
    if percent <= 100 and given.get("availabilityZoneRebalancing", "ENABLED") != "DISABLED":
        yield "availabilityZoneRebalancing needs maximumPercent above 100"
    yield from _service(given)


def _update_service(given: Parameters) -> Iterator[str]:
    if "capacityProviderStrategy" in given and not given.get("forceNewDeployment"):
        yield "a capacityProviderStrategy needs forceNewDeployment"
    yield from _service(given)


def _service(given: Parameters) -> Iterator[str]:
    if "launchType" in given and "capacityProviderStrategy" in given:
        yield "launchType and capacityProviderStrategy exclude each other"
    if given.get("placementConstraints") or given.get("placementStrategy"):
        yield "placement is not for Fargate"
    yield from _capacity(given.get("capacityProviderStrategy"))
    if given.get("platformVersion", "LATEST") not in _PLATFORMS:
        yield f"Fargate has no platform version {given['platformVersion']!r} for Linux"
    registries = given.get("serviceRegistries") or ()
    if len(registries) > 1:
        yield f"at most 1 service registry, not {len(registries)}"
    for one in registries:
        if "port" in one and ("containerName" in one or "containerPort" in one):
            yield "a service registry takes a port, or a container and its port"
    vpc = given.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if vpc is not None:
        if not 1 <= len(vpc.get("subnets", ())) <= 16:
            yield f"1 to 16 subnets, not {len(vpc.get('subnets', ()))}"
        if len(vpc.get("securityGroups", ())) > 5:
            yield f"at most 5 security groups, not {len(vpc['securityGroups'])}"
    rolling = given.get("deploymentConfiguration", {})
    least, most = rolling.get("minimumHealthyPercent", 100), rolling.get("maximumPercent", 200)
    # A count of which an update does not speak is any; only 100/100 deadlocks at every one.
    count = given.get("desiredCount", 100)
    if count and math.ceil(count * least / 100) >= count and math.floor(count * most / 100) <= count:
        yield f"{least}/{most} percent leave no room to replace a task of {count}"


def _discovery_service(given: Parameters) -> Iterator[str]:
    config = given.get("DnsConfig") or given.get("Service", {}).get("DnsConfig") or {}
    types = sorted(one["Type"] for one in config.get("DnsRecords", ()))
    if types and types not in (["A"], ["AAAA"], ["A", "AAAA"], ["SRV"], ["CNAME"]):
        yield f"records of the types {types} cannot be together"
    if types == ["CNAME"] and config.get("RoutingPolicy") != "WEIGHTED":
        yield "a CNAME record is WEIGHTED"
    if "HealthCheckConfig" in given and "HealthCheckCustomConfig" in given:
        yield "HealthCheckConfig and HealthCheckCustomConfig exclude each other"


def _capacity(strategy: Any) -> Iterator[str]:
    if strategy is None:
        return
    unknown = {one["capacityProvider"] for one in strategy} - {"FARGATE", "FARGATE_SPOT"}
    if unknown:
        yield f"capacity providers {sorted(unknown)} are not Fargate's"
    if not sum(one.get("weight", 0) for one in strategy):
        yield "a capacity provider strategy needs a weight above 0"
    if sum(bool(one.get("base")) for one in strategy) > 1:
        yield "only one capacity provider may have a base"


def _cluster(given: Parameters) -> Iterator[str]:
    strategy = given.get("defaultCapacityProviderStrategy")
    yield from _capacity(strategy or None)
    missing = {one["capacityProvider"] for one in strategy or ()} - set(given.get("capacityProviders", ()))
    if missing:
        yield f"the default strategy names {sorted(missing)}, which are not capacityProviders"


def _document(member: str, most: int, trust: bool) -> Callable[[Parameters], Iterator[str]]:
    def check(given: Parameters) -> Iterator[str]:
        try:
            document = json.loads(given.get(member, ""))
        except ValueError:
            yield f"{member} is not JSON"
            return
        size = len("".join(given[member].split()))
        if size > most:
            yield f"{member} has {size} characters, over {most}"
        if document.get("Version") != "2012-10-17":
            yield f"{member}: Version {document.get('Version')!r}"
        statements = document.get("Statement") or ()
        if not statements:
            yield f"{member} has no statement"
        for one in [statements] if isinstance(statements, dict) else statements:
            wanted = ("Action", "Principal" if trust else "Resource")
            if one.get("Effect") not in ("Allow", "Deny") or not all(one.get(name) for name in wanted):
                yield f"{member}: a statement lacks Effect, {' or '.join(wanted)}"

    return check


def _retention(given: Parameters) -> Iterator[str]:
    if given["retentionInDays"] not in _RETENTIONS:
        yield f"retentionInDays {given['retentionInDays']} is none that CloudWatch Logs has"


def _rules_of_group(given: Parameters) -> Iterator[str]:
    for one in given.get("IpPermissions", ()):
        low, high = one.get("FromPort", 0), one.get("ToPort", 65535)
        if one["IpProtocol"] in ("tcp", "udp") and not 0 <= low <= high <= 65535:
            yield f"no ports: {low} to {high}"
        sources = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
        if not any(one.get(name) for name in sources):
            yield "a rule without a source"


_RULES: dict[str, Callable[[Parameters], Iterator[str]]] = {
    "RegisterTaskDefinition": _task_definition,
    "CreateService": _create_service,
    "UpdateService": _update_service,
    "servicediscovery CreateService": _discovery_service,
    "servicediscovery UpdateService": _discovery_service,
    "CreateCluster": _cluster,
    "PutClusterCapacityProviders": _cluster,
    "CreateRole": _document("AssumeRolePolicyDocument", _MOST_TRUST, True),
    "UpdateAssumeRolePolicy": _document("PolicyDocument", _MOST_TRUST, True),
    "PutRolePolicy": _document("PolicyDocument", _MOST_INLINE, False),
    "PutRetentionPolicy": _retention,
    "AuthorizeSecurityGroupIngress": _rules_of_group,
    "AuthorizeSecurityGroupEgress": _rules_of_group,
    "RevokeSecurityGroupIngress": _rules_of_group,
    "RevokeSecurityGroupEgress": _rules_of_group,
}
