"""What runs now, as a document: services, their tasks and addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fargatectl.engine.observe import Look
from fargatectl.resources._services import TAG_REVISION, TAG_URL, Found, services
from fargatectl.resources.account import Account
from fargatectl.resources.cluster import Cluster
from fargatectl.rollout.deployments import primary, settled

if TYPE_CHECKING:
    from fargatectl.run import Run

_BATCH = 100  # ECS API reference, DescribeTasks
_FILTER_VALUES = 200  # EC2 User Guide, "Filter your resources": values of one filter


def status(run: Run, services: Sequence[str] = (), *, cluster: str | None = None) -> dict[str, Any]:
    """What runs now; ``status -o json``.

    Args:
        services: The names of those of the spec; without a spec, whatever the app owns is shown.
        cluster: Where they are, if it is not the app's own.
    """
    account = Account(id="account", name="account")
    place = Cluster(id="app", name=cluster or run.scope.prefix, account=account)
    look = Look(run.aws, run.scope, [place] if services else [], thorough=not services)
    addresses = [f"{place.name}/{name}" for name in services]
    lives, shown = look.gather(
        lambda: list(Account.find(look, [account])), lambda: services_document(look, addresses)
    )
    return {**run.head(lives[0].name), "services": shown}


def ask_for_tasks(look: Look, clusters: Iterable[str]) -> None:
    """Ask which tasks run in the clusters, for a `services_document` of the same look to come."""
    look.gather(*[partial(_arns, look, cluster) for cluster in sorted(clusters)])


def services_document(look: Look, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """``services`` of ``status -o json``: the wanted ones in the spec's order, then our others.

    Args:
        addresses: Of those that are wanted, ``<cluster>/<name>``.
    """
    clusters = {address.partition("/")[0] for address in addresses}
    (found, interfaces), early = look.gather(
        lambda: _with_interfaces(look, addresses), lambda: _tasks(look, clusters)
    )
    later = {one.cluster for one in found.values()} - clusters
    tasks = [*early, *(_tasks(look, later) if later else [])]
    addresses_of = _public_ips(look, tasks, interfaces)
    documents = []
    for address in dict.fromkeys([*addresses, *found]):
        one = found.get(address)
        if one is None:
            documents.append(_absent(address.partition("/")[2]))
            continue
        own = [
            task for task in tasks
            if task.get("group") == f"service:{one.name}" and task["clusterArn"].endswith(f"/{one.cluster}")
        ]  # fmt: skip
        documents.append(_document(look, one, [_task(task, addresses_of) for task in own], own))
    return documents


def _document(
    look: Look, one: Found, tasks: list[dict[str, Any]], raw_tasks: list[Mapping[str, Any]]
) -> dict[str, Any]:
    raw = one.raw
    arn = str(raw.get("taskDefinition", ""))
    return {
        "name": one.name,
        "state": _state(raw),
        "desired": raw.get("desiredCount", 0),
        "running": raw.get("runningCount", 0),
        "pending": raw.get("pendingCount", 0),
        "image": _image(raw_tasks, arn),
        "task_definition": arn,
        "url": one.tags.get(TAG_URL) or None if raw.get("loadBalancers") else _own_address(look, one, tasks),
        "tasks": tasks,
    }


def _own_address(look: Look, one: Found, tasks: Iterable[dict[str, Any]]) -> str | None:
    """The address of a task, where nothing stands before them; of a healthy one, if there is any."""
    ready = [task for task in tasks if task["status"] == "RUNNING" and task["public_ip"]]
    ready.sort(key=lambda task: task["health"] == "UNHEALTHY")
    port = _port(look, one) if ready else None
    return f"http://{ready[0]['public_ip']}:{port}" if port else None


def _absent(name: str) -> dict[str, Any]:
    return {
        "name": name, "state": "absent", "desired": 0, "running": 0, "pending": 0, "image": None,
        "task_definition": None, "url": None, "tasks": [],
    }  # fmt: skip


def _state(service: Mapping[str, Any]) -> str:
    if service["status"] != "ACTIVE":
        return "stopped"
    if primary(service).get("rolloutState") == "FAILED":
        return "failed"
    if not settled(service):
        return "deploying"
    return "steady" if service.get("desiredCount") else "stopped"


def _arns(look: Look, cluster: str) -> list[str]:
    from fargatectl.aws.errors import AwsError

    def ask() -> list[str]:
        try:
            return list(look.aws.items("ecs", "ListTasks", "taskArns", cluster=cluster))
        except AwsError as error:
            if error.gone:
                return []
            raise

    return look.once(f"tasks {cluster}", ask)


def _tasks(look: Look, clusters: Iterable[str]) -> list[Mapping[str, Any]]:
    ordered = sorted(clusters)
    lists = look.gather(*[partial(_arns, look, cluster) for cluster in ordered])
    asks = [
        lambda c=cluster, part=arns[start : start + _BATCH]: look.aws.call(
            "ecs", "DescribeTasks", cluster=c, tasks=part
        )["tasks"]
        for cluster, arns in zip(ordered, lists, strict=True)
        for start in range(0, len(arns), _BATCH)
    ]
    return [task for part in look.gather(*asks) for task in part]


def _with_interfaces(
    look: Look, addresses: Sequence[str]
) -> tuple[dict[str, Found], list[Mapping[str, Any]]]:
    """Our services by their addresses, and the network interfaces in the security groups of those that run.

    By their groups they can be asked for while the tasks are; by their ids only afterwards.
    """
    found = {one.address: one for one in services(look, addresses) if one.owned}
    groups = [_groups(one.raw) for one in found.values() if one.raw.get("runningCount")]
    shared = Counter(group for each in groups for group in each)
    # One that others are in too, such as a VPC's default one, may hold a great many interfaces.
    least = [min(each, key=lambda group: (shared[group], group)) for each in groups if each]
    return found, _interfaces(look, "group-id", least)


def _groups(service: Mapping[str, Any]) -> list[str]:
    return list(
        service.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("securityGroups", ())
    )


def _public_ips(
    look: Look, tasks: Iterable[Mapping[str, Any]], known: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Network interface id -> public address (EC2 DescribeNetworkInterfaces, ``association.publicIp``)."""
    shown = {str(one["NetworkInterfaceId"]): one for one in known}
    ids = {interface for task in tasks if (interface := _interface(task).get("networkInterfaceId"))}
    rest = _interfaces(look, "network-interface-id", ids - set(shown))
    shown |= {str(one["NetworkInterfaceId"]): one for one in rest}
    return {
        name: str(one["Association"]["PublicIp"])
        for name, one in shown.items()
        if one.get("Association", {}).get("PublicIp")
    }


def _interfaces(look: Look, filter: str, values: Iterable[str]) -> list[Mapping[str, Any]]:
    ordered = sorted(set(values))

    def ask(some: list[str]) -> list[Mapping[str, Any]]:
        wanted = [{"Name": filter, "Values": some}]
        return list(look.aws.items("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces", Filters=wanted))

    starts = range(0, len(ordered), _FILTER_VALUES)
    parts = look.gather(*[partial(ask, ordered[start : start + _FILTER_VALUES]) for start in starts])
    return [one for part in parts for one in part]


def _interface(task: Mapping[str, Any]) -> dict[str, str]:
    """The details of a task's network interface attachment."""
    for attachment in task.get("attachments", ()):
        if attachment.get("type") == "ElasticNetworkInterface":
            return {str(one["name"]): str(one["value"]) for one in attachment.get("details", ())}
    return {}


def _task(task: Mapping[str, Any], public_ips: Mapping[str, str]) -> dict[str, Any]:
    interface = _interface(task)
    started = task.get("startedAt")
    return {
        "id": str(task["taskArn"]).rpartition("/")[2],
        "status": task.get("lastStatus"),
        "health": task.get("healthStatus", "UNKNOWN"),
        "public_ip": public_ips.get(interface.get("networkInterfaceId", "")),
        "private_ip": interface.get("privateIPv4Address"),
        "started_at": started.astimezone(UTC).isoformat() if isinstance(started, datetime) else None,
    }


def _image(tasks: Iterable[Mapping[str, Any]], arn: str) -> str | None:
    """The image of a task of this revision, with its digest where AWS tells it."""
    for task in tasks:
        if task.get("taskDefinitionArn") == arn and task.get("containers"):
            container = task["containers"][0]
            image, digest = str(container.get("image", "")), container.get("imageDigest")
            return f"{image.partition('@')[0]}@{digest}" if digest and "@" not in image else image or None
    return None


def _port(look: Look, one: Found) -> int | None:
    """The port of the running revision: on the service's tag where that speaks of it, else read."""
    arn = str(one.raw["taskDefinition"])
    revision, _, rest = one.tags.get(TAG_REVISION, "").partition(":")
    if revision == arn.rpartition(":")[2]:
        port = rest.partition(":")[2]
        return int(port) if port.isdigit() else None
    from fargatectl.resources.task_definition import fields_of

    answer = look.aws.call("ecs", "DescribeTaskDefinition", taskDefinition=arn)
    port_read = fields_of(answer["taskDefinition"])["port"]
    return port_read if isinstance(port_read, int) else None
