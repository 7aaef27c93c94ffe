"""Starting a task: one network, its containers in the order of their dependsOn, or its end in AWS's words.

In place of MiniStack's own, which starts all containers one after the other as they are listed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.services import ecs

from . import env_files, failures, lifecycle, task_network, task_order
from .patching import replace

Task = dict[str, Any]
Definition = dict[str, Any]
_LOOK = 0.1  # seconds between two looks at those that others wait for


@dataclass
class _Start:
    """One task on its way up."""

    task: Task
    task_definition: Definition
    overrides: list[dict[str, Any]]
    client: Any
    deployment: dict[str, Any] | None
    began: dict[str, float] = field(default_factory=dict)  # time.monotonic() by container

    @property
    def arn(self) -> str:
        return str(self.task["taskArn"])

    @property
    def active(self) -> bool:
        with resource_lock("ecs-task", self.arn):
            return bool(ecs._task_is_active(self.arn, self.task))

    def all(self) -> bool:
        """Start every container as its turn comes; False where the task ended meanwhile."""
        definitions = {one["name"]: one for one in self.task_definition.get("containerDefinitions", [])}
        waiting = list(enumerate(definitions.values()))
        while waiting:
            lifecycle.observe(self.task, self.client)
            if not self.active:
                return False
            records = {one["name"]: one for one in self.task["containers"]}
            ages = {name: time.monotonic() - since for name, since in self.began.items()}
            for index, definition in waiting:
                why = task_order.never(definition, records, definitions, ages)
                if why:
                    if not self._give_up(index, why):
                        return False
                elif task_order.waits_for(definition, records) is not None:
                    continue
                elif not self._one(index, definition):
                    return False
                waiting.remove((index, definition))
                break  # what it has changed may matter to the others
            else:
                time.sleep(_LOOK)
        return True

    def _give_up(self, index: int, why: str) -> bool:
        with resource_lock("ecs-task", self.arn):
            record = self.task["containers"][index]
            record.update(lastStatus="STOPPED", exitCode=task_order.NEVER_RAN, reason=why)
        if not self.task["_container_essentials"][index]:
            return True
        ecs._mark_task_stopped(self.arn, self.task, failures.FAILED_TO_START, "TaskFailedToStart")
        return False

    def _one(self, index: int, definition: Definition) -> bool:
        wanted = self._resolved(index, definition)
        environment = self._environment(definition)
        credentials = ecs._resolve_repository_credentials(definition)
        fallback = definition["image"] if wanted["image"] != definition["image"] else None
        image = failures.pull(self.client, wanted["image"], fallback, credentials)
        task_network.hold(self.task, self.task_definition, self.client, image)
        token = ecs._register_metadata(
            self.arn, self.task["clusterArn"], self.task_definition, definition,
            self.task.get("launchType", "FARGATE"), environment, False, None,
        )  # fmt: skip
        with resource_lock("ecs-task", self.arn):
            self.task.setdefault("_metadata_tokens", []).append(token)
        options = ecs._build_run_kwargs(
            {**wanted, "image": image}, self.task_definition, environment, self._ports(definition), None,
            False, self.arn.rsplit("/", 1)[-1], self.arn, None, self.task["clusterArn"],
        )  # fmt: skip
        if not self.active:
            return False
        container = failures.run_container(self.client, image, options)
        self.began[definition["name"]] = time.monotonic()
        if not ecs._attach_started_container(self.task, container, index, token, None):
            ecs._cleanup_task_resources(self.task, self.client, container)
            return False
        ecs._start_awslogs_forwarder(container, wanted, self.arn.rsplit("/", 1)[-1])
        return True

    def _resolved(self, index: int, definition: Definition) -> Definition:
        """The definition with its image by digest, as its deployment found it, and RunTask's command."""
        deployment = self.deployment or {}
        digest = deployment.get("_image_digests", {}).get(definition["name"])
        if self.deployment is not None and "@" in definition["image"]:
            digest = definition["image"].split("@", 1)[1]
        found = dict(definition)
        if digest:
            found["image"] = f"{ecs._image_repository(definition['image'])}@{digest}"
            with resource_lock("ecs-task", self.arn):
                self.task["containers"][index]["imageDigest"] = digest
        override = ecs._container_override_for(self.overrides, definition["name"])
        return {**found, "command": override["command"]} if "command" in override else found

    def _environment(self, definition: Definition) -> dict[str, str]:
        override = ecs._container_override_for(self.overrides, definition["name"])
        return {
            **env_files.read(definition),
            **{one["name"]: one["value"] for one in definition.get("environment", [])},
            **ecs._resolve_container_secrets(definition),
            **{one["name"]: one["value"] for one in override.get("environment", [])},
        }

    def _ports(self, definition: Definition) -> dict[str, int]:
        if self.task_definition.get("networkMode") == "awsvpc":
            return {}  # see `placement`
        return {
            f"{one['containerPort']}/tcp": one.get("hostPort", one["containerPort"])
            for one in definition.get("portMappings", [])
        }


def start_task_worker(task: Task, task_definition: Definition, overrides: Any, client: Any) -> None:
    """Bring a task up; returns when it runs, or has ended.

    Raises:
        StartError, ecs._SecretResolutionError, ecs._ImagePullError: Its caller makes them its stoppedReason.
    """
    arn = task["taskArn"]
    if not ecs._mark_task_pending(arn, task) or not ecs._mark_task_activating(arn, task):
        return
    deployment = ecs._prepare_service_images(task, task_definition, client)
    start = _Start(task, task_definition, list(overrides or ()), client, deployment)
    if not start.all() or not ecs._mark_task_running(arn, task):
        ecs._cleanup_task_resources(task, client)


def install() -> None:
    """Replace what starts a task's containers."""
    replace(ecs, "_start_task_worker", lambda _original: start_task_worker)
