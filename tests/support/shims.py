"""Where moto keeps less than AWS does: the one place that says so; `shims_elbv2` of load balancing.

- ECS CreateService: moto 5.2 drops ``deploymentConfiguration``, ``capacityProviderStrategy``,
  ``healthCheckGracePeriodSeconds`` and ``enableExecuteCommand``, though it keeps them of an UpdateService.
  Here it keeps them.
  It also shows what AWS fills in where nothing is given of how deployments fail.
- ECS UpdateService: moto leaves the deployment as it was. Here it gets the new task definition, as on AWS
  once the rollout is over; a forced one begins as if none had failed before.
- ECS RunTask: moto's tasks run for ever, and keep their network interface. Here they end at once: with the
  code in ``[exit, <code>]``, else well; ``[wait]`` runs until it is stopped. And it needs no memory of each
  container, which moto stumbles over.
- ECS RunTask: moto starts another one where the same token comes again.
- ECS DeleteCluster: moto keeps a cluster's stopped tasks, for the next one of that name.
- ECS ListTasks: moto also lists stopped tasks where none are asked for, and all on one page; AWS a hundred.
- ECS ListServiceDeployments, DescribeServiceDeployments: moto has neither; here there are none, as on the
  local AWS.
- ECS DescribeClusters: moto's ``activeServicesCount`` is always 0.
- Resource Groups Tagging API: moto does not index ECR, and calls log groups ``logs:loggroup``; AWS
  indexes both, as ``ecr:repository`` and ``logs:log-group``.
- ECS ListTaskDefinitions: moto ignores ``sort``.
- Application Auto Scaling: see `tests.support.shims_scaling`.
- ECS ListTaskDefinitionFamilies: moto also lists families of which nothing is left. AWS does not.
- Cloud Map: `tests.support.shims_cloud_map`.
- EC2's networks: `tests.support.shims_network`; ECR: `tests.support.shims_ecr`;
  EFS: `tests.support.shims_efs`; what only overrides set: `tests.support.shims_overrides`.
"""

from __future__ import annotations

import threading
from typing import Any

from tests.support import shims_network

_DROPPED = {
    "deploymentConfiguration": "deployment_configuration",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableExecuteCommand": "enable_execute_command",
}


def _one_at_a_time(monkeypatch: Any) -> None:
    """moto goes over its dictionaries while other threads change them, which AWS's callers never hear of."""
    from moto.core.responses import BaseResponse

    turn, answer = threading.RLock(), BaseResponse.call_action

    def call_action(self: Any) -> Any:
        with turn:
            return answer(self)

    monkeypatch.setattr(BaseResponse, "call_action", call_action)


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    # 1300 machine images a test, none of which Fargate has any use for: two thirds of its time.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    _one_at_a_time(monkeypatch)

    shims_network.install(monkeypatch)
    from tests.support import shims_cloud_map, shims_ecr, shims_iam, shims_observing, shims_scaling

    shims_observing.install(monkeypatch)
    shims_ecr.install(monkeypatch)

    shims_iam.install(monkeypatch)
    shims_scaling.install(monkeypatch)

    from moto.core.resource_tagging import TaggedResource, make_tag_matcher
    from moto.core.responses import ActionResult
    from moto.ecr.models import ecr_backends
    from moto.ecs.models import Cluster, EC2ContainerServiceBackend, ecs_backends
    from moto.ecs.responses import EC2ContainerServiceResponse
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    from tests.support import shims_dns, shims_efs, shims_elbv2, shims_overrides

    shims_elbv2.install(monkeypatch)
    shims_dns.install(monkeypatch)
    shims_efs.install(monkeypatch)
    shims_overrides.install(monkeypatch)
    create = EC2ContainerServiceResponse.create_service
    update = EC2ContainerServiceBackend.update_service
    families = EC2ContainerServiceBackend.list_task_definition_families

    def create_service(self: Any) -> Any:
        result = create(self)
        service = result.result["service"]
        for parameter, attribute in _DROPPED.items():
            value = self._get_param(parameter)
            if value is not None:
                setattr(service, attribute, value)
        fill(service)
        connect(self, service)
        return result

    again = EC2ContainerServiceResponse.update_service

    def update_and_connect(self: Any) -> Any:
        result = again(self)
        connect(self, result.result["service"])
        return result

    def connect(self: Any, service: Any) -> None:
        """moto drops serviceConnectConfiguration; AWS shows it of the deployment."""
        if value := self._get_param("serviceConnectConfiguration"):
            for deployment in service.deployments:
                deployment.pop("serviceConnectConfiguration", None)
                if value["enabled"]:
                    deployment["serviceConnectConfiguration"] = value

    monkeypatch.setattr(EC2ContainerServiceResponse, "update_service", update_and_connect)

    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        forced = properties.get("force_new_deployment")
        service = update(self, properties)
        fill(service)
        for deployment in service.deployments:
            deployment["taskDefinition"] = service.task_definition
            if forced:
                deployment["rolloutState"] = "COMPLETED"
        return service

    def list_families(self: Any, family_prefix: str | None = None) -> Any:
        for family in families(self, family_prefix):
            if self.task_definitions[family]:
                yield family

    definitions = EC2ContainerServiceResponse.list_task_definitions

    def list_definitions(self: Any) -> Any:
        result = definitions(self)
        result.result["taskDefinitionArns"] = sorted(
            result.result["taskDefinitionArns"],
            key=lambda arn: int(arn.rpartition(":")[2]),
            reverse=self._get_param("sort") == "DESC",
        )
        return result

    run = EC2ContainerServiceBackend.run_task
    run_again = EC2ContainerServiceResponse.run_task

    def run_once(self: Any) -> Any:
        token, backend = self._get_param("clientToken"), self.ecs_backend
        known: dict[str, Any] = backend.__dict__.setdefault("_by_token", {})
        if token not in known:
            known[token] = run_again(self)
        return known[token]

    def run_task(self: Any, cluster: Any, definition: Any, count: Any, overrides: Any, *rest: Any) -> Any:
        tasks = run(self, cluster, definition, count, overrides, *rest)
        for task in tasks:
            name, *words = (*(overrides or {}).get("containerOverrides", [{}])[0].get("command", ()), "")
            if name != "wait":
                end_task(task, int(words[0]) if name == "exit" else 0)
        return tasks

    stop = EC2ContainerServiceBackend.stop_task

    def stop_task(self: Any, *given: Any) -> Any:
        task = stop(self, *given)
        end_task(task, 143)
        return task

    delete = EC2ContainerServiceBackend.delete_cluster

    def delete_cluster(self: Any, *given: Any, **more: Any) -> Any:
        cluster = delete(self, *given, **more)
        self.tasks.pop(cluster.name, None)
        return cluster

    tasks_of = EC2ContainerServiceBackend.list_tasks

    def list_tasks(self: Any, *given: Any) -> Any:
        *rest, status = given
        return tasks_of(self, *rest, status or "RUNNING")

    all_tasks = EC2ContainerServiceResponse.list_tasks

    def page_of_tasks(self: Any) -> Any:
        arns = all_tasks(self).result["taskArns"]
        start = int(self._get_param("nextToken") or 0)
        end = start + int(self._get_param("maxResults") or 100)
        more = {"nextToken": str(end)} if end < len(arns) else {}
        return ActionResult({"taskArns": arns[start:end], **more})

    def none(self: Any) -> Any:
        return ActionResult({"serviceDeployments": [], "failures": []})

    index = ResourceGroupsTaggingAPIBackend._get_resources_generator

    def resources(
        self: Any, tag_filters: Any = None, resource_type_filters: Any = None, resource_arn_list: Any = None
    ) -> Any:
        types = [*(resource_type_filters or ())]
        yield from index(self, tag_filters, [*types, *["logs:loggroup"] * ("logs:log-group" in types)],
                         resource_arn_list)  # fmt: skip
        if "ecr:repository" in types:
            backend = ecr_backends[self.account_id][self.region_name]
            for repository in backend.repositories.values():
                tags = backend.tagger.get_tag_dict_for_resource(repository.arn)
                if make_tag_matcher(tag_filters)(tags):
                    yield TaggedResource(repository.arn, tags, "ecr:repository")

        more = (shims_network.indexed, shims_observing.indexed)
        for arn, kind, tags in (one for ask in more for one in ask(self.account_id, self.region_name)):
            if kind in types and make_tag_matcher(tag_filters)(tags):
                yield TaggedResource(arn, tags, kind)

    def active_services(self: Any) -> int:
        account = self.arn.split(":")[4]
        services = ecs_backends[account][self.region_name].services.values()
        return sum(one.cluster_name == self.name and one.status == "ACTIVE" for one in services)

    monkeypatch.setattr(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", resources)
    monkeypatch.setattr(
        Cluster, "active_services_count", property(active_services, lambda *_: None), raising=False
    )
    monkeypatch.setattr(EC2ContainerServiceResponse, "list_task_definitions", list_definitions)
    monkeypatch.setattr(EC2ContainerServiceResponse, "create_service", create_service)
    monkeypatch.setattr(EC2ContainerServiceBackend, "update_service", update_service)
    monkeypatch.setattr(EC2ContainerServiceBackend, "list_tasks", list_tasks)
    monkeypatch.setattr(EC2ContainerServiceResponse, "list_tasks", page_of_tasks)
    monkeypatch.setattr(EC2ContainerServiceBackend, "delete_cluster", delete_cluster)
    monkeypatch.setattr(EC2ContainerServiceBackend, "run_task", run_task)
    monkeypatch.setattr(EC2ContainerServiceResponse, "run_task", run_once)
    monkeypatch.setattr(
        EC2ContainerServiceBackend,
        "_calculate_task_resource_requirements",
        lambda *_: {"CPU": 0, "MEMORY": 0},
    )
    monkeypatch.setattr(EC2ContainerServiceBackend, "stop_task", stop_task)
    for name in ("list_service_deployments", "describe_service_deployments"):
        monkeypatch.setattr(EC2ContainerServiceResponse, name, none, raising=False)
    monkeypatch.setattr(EC2ContainerServiceBackend, "list_task_definition_families", list_families)
    shims_cloud_map.install(monkeypatch)


def end_task(task: Any, code: int) -> None:
    """A task of moto's has ended with an exit code, and given its network interface back."""
    from moto.ec2.models import ec2_backends

    task.last_status = task.desired_status = "STOPPED"
    task.stop_code = "EssentialContainerExited"
    for container in task.containers:
        container.last_status, container.exitCode = "STOPPED", code
    backend = ec2_backends[task._account_id][task.region_name]
    for attachment in task.attachments:
        for detail in attachment["details"]:
            if detail["name"] == "networkInterfaceId" and detail["value"] in backend.enis:
                backend.delete_network_interface(detail["value"])


def fill(service: Any) -> None:
    """AWS's defaults (ECS API reference, DeploymentCircuitBreaker and ThresholdConfiguration)."""
    how = getattr(service, "deployment_configuration", None)  # moto: none where the call had none
    if how:
        breaker = how.setdefault("deploymentCircuitBreaker", {"enable": False, "rollback": False})
        breaker.setdefault("resetOnHealthyTask", True)
        breaker.setdefault("thresholdConfiguration", {"type": "BOUNDED_PERCENT", "value": 50})
        how.setdefault("alarms", {"alarmNames": [], "enable": False, "rollback": False})
        how.setdefault("strategy", "ROLLING")
