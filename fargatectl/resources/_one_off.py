"""Which one-off tasks of ours there are: those that run, and those that have done what they were for.

ECS shows a stopped task for about an hour (ECS API reference, DescribeTasks). What outlasts it is a tag on
the task definition's revision; and a service that runs a revision was given it after its commands had ended
well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live
from fargatectl.engine.scope import TAG_ID
from fargatectl.resources import _revisions
from fargatectl.resources._services import services
from fargatectl.resources._tags import read
from fargatectl.resources.cluster import clusters
from fargatectl.resources.task_definition import TaskDefinition
from fargatectl.rollout.gather import exit_code

if TYPE_CHECKING:
    from fargatectl.resources.before_deploy import BeforeDeploy

STARTED_BY = "fargatectl"
_BATCH = 100  # ECS API reference, DescribeTasks

Task = Mapping[str, Any]


def tag_of(one: BeforeDeploy) -> str:
    """The tag on a revision that says for which command it is ready."""
    return f"fargatectl:before-deploy.{one.number}"


def find(look: Look, kind: str, wanted: Sequence[BeforeDeploy]) -> list[Live]:
    """Those that run or have ended well for what is wanted; in a removal, all that still run."""
    if not wanted:
        return _left(look, kind) if look.thorough else []
    # Who asks first asks for all (`Look.once`): not only for the services that have such commands.
    addresses = [one.service for one in look.wanted(TaskDefinition)] + [one.service for one in wanted]
    found = {one.address: one for one in services(look, addresses) if one.owned}
    lives: list[Live] = []
    asked = []
    for one in wanted:
        said = _revisions.said(found.get(one.service))
        if said and one.task_definition.is_made(said[1], look):
            lives.append(_done(one, said[0]))
        else:
            asked.append(one)
    if asked:
        revisions = _registered(look, asked)
        answers = look.gather(*[lambda one=one: _of(look, one, revisions) for one in asked])
        lives += [live for live in answers if live is not None]
    return lives


def live(one: BeforeDeploy, task: Task, owned: bool) -> Live:
    """A task, as DescribeTasks shows it, that is for this command."""
    return Live(
        one.kind, one.id, one.name, one.address, owned, {}, {"arn": str(task["taskArn"])},
        settled=False, fingerprint=one.fingerprint, extra={"cluster": one.cluster.name},
    )  # fmt: skip


def _done(one: BeforeDeploy, revision: str) -> Live:
    """It has ended well: what is left to know of it is for which revision."""
    return Live(one.kind, one.id, one.name, one.address, True, {}, {"arn": revision})


def _registered(look: Look, wanted: Iterable[BeforeDeploy]) -> dict[tuple[str, str], Live]:
    """(Family, fingerprint) -> the revision that their tasks would run."""
    definitions = look.wanted(TaskDefinition) or list({one.task_definition for one in wanted})
    return {(one.name, one.fingerprint): one for one in TaskDefinition.find(look, definitions)}


def _of(look: Look, one: BeforeDeploy, revisions: Mapping[tuple[str, str], Live]) -> Live | None:
    revision = revisions.get((one.task_definition.name, one.task_definition.fingerprint))
    if revision is None:
        return None
    arn = revision.outputs["arn"]
    if revision.extra.get("tags", {}).get(tag_of(one)) == one.fingerprint:
        return _done(one, arn)
    running, stopped = look.gather(
        *[
            lambda status=status: _tasks(look, one.cluster.name, status, family=one.task_definition.name)
            for status in ("RUNNING", "STOPPED")
        ]
    )
    own = [
        task
        for task in [*running, *sorted(stopped, key=_moment, reverse=True)]
        if task.get("startedBy") == one.started_by
        and task["taskDefinitionArn"] == arn
        and look.scope.owns(read(task.get("tags")))
    ]
    # One that failed was for nothing: a new one takes its place.
    container = one.task_definition.container
    useful = [task for task in own if task["lastStatus"] != "STOPPED" or exit_code(task, container) == 0]
    return live(one, useful[0], True) if useful else None


def _left(look: Look, kind: str) -> list[Live]:
    """What killed runs have left running: it would keep its cluster from being removed."""
    own = [cluster.name for cluster in clusters(look) if cluster.owned]
    lists = look.gather(*[lambda name=name: _tasks(look, name, "RUNNING") for name in own])
    found = []
    for cluster, tasks in zip(own, lists, strict=True):
        for task in tasks:
            tags = read(task.get("tags"))
            if str(task.get("startedBy", "")).startswith(f"{STARTED_BY}/") and look.scope.owns(tags):
                arn = str(task["taskArn"])
                name = arn.rpartition("/")[2]
                found.append(
                    Live(kind, tags.get(TAG_ID, ""), name, f"{cluster}/{name}", True, {}, {"arn": arn},
                         settled=False, extra={"cluster": cluster})
                )  # fmt: skip
    return found


def _tasks(look: Look, cluster: str, status: str, **only: str) -> list[Task]:
    try:
        arns = list(
            look.aws.items("ecs", "ListTasks", "taskArns", cluster=cluster, desiredStatus=status, **only)
        )
    except AwsError as error:
        if error.gone:
            return []
        raise
    asks: list[Callable[[], list[Task]]] = [
        lambda part=arns[start : start + _BATCH]: look.aws.call(  # type: ignore[misc]
            "ecs", "DescribeTasks", cluster=cluster, tasks=part, include=["TAGS"]
        )["tasks"]
        for start in range(0, len(arns), _BATCH)
    ]
    return [task for part in look.gather(*asks) for task in part]


def _moment(task: Task) -> float:
    moment = task.get("stoppedAt") or task.get("createdAt")
    return moment.timestamp() if isinstance(moment, datetime) else 0.0
