"""Where moto's Application Auto Scaling and CloudWatch keep less than AWS does; see `tests.support.shims`.

- RegisterScalableTarget: moto drops ``Tags``, has none of the calls about them, and shows a suspended state
  only where one was given. On AWS tags are taken when the target is new, and refused when it is there;
  it also sets the service's count to within the limits, which moto does not; here the tasks run at once.
- DeregisterScalableTarget: moto leaves policies and scheduled actions; AWS removes them, and the alarms that
  it made for target tracking. A target that is not there is AWS's ObjectNotFoundException, not a
  ValidationException; likewise for DeleteScalingPolicy and DeleteScheduledAction.
- PutScalingPolicy of one that is there: moto gives it a new ARN and leaves its old alarms.
- PutScalingPolicy, PutScheduledAction: moto takes them for a target that is not registered.
"""

from __future__ import annotations

import json
from typing import Any

SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.applicationautoscaling import models
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend as Backend
    from moto.applicationautoscaling.models import FakeScalableTarget
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response
    from moto.core.exceptions import JsonRESTError

    def missing(code: str = "ObjectNotFoundException") -> JsonRESTError:
        return JsonRESTError(code, "No scalable target registered, or no such part of it")

    def on(self: Any) -> tuple[str, str]:
        return self._get_param("ResourceId"), self._get_param("ScalableDimension")

    def there(self: Any) -> Any:
        resource, dimension = on(self)
        target = self.applicationautoscaling_backend.targets.get(dimension, {}).get(resource)
        if target is None:
            raise missing()
        return target

    def by_arn(self: Any) -> Any:
        for targets in self.applicationautoscaling_backend.targets.values():
            for target in targets.values():
                if target.arn == self._get_param("ResourceARN"):
                    return target
        raise missing("ResourceNotFoundException")

    register = Response.register_scalable_target
    make = FakeScalableTarget.__init__

    def new(self: Any, *given: Any, **more: Any) -> None:
        make(self, *given, **more)
        self.tags = {}
        self.suspended_state = dict.fromkeys(SUSPENDED, False) | (self.suspended_state or {})

    def register_scalable_target(self: Any) -> str:
        resource, dimension = on(self)
        if self._get_param("Tags") and resource in self.applicationautoscaling_backend.targets.get(
            dimension, {}
        ):
            raise JsonRESTError(
                "ValidationException",
                "The scalable target that you tried to tag already exists. To update tags on an existing "
                "scalable target, use the TagResource API.",
            )
        answer = str(register(self))
        target = there(self)
        target.tags |= self._get_param("Tags") or {}
        _, cluster, service = target.resource_id.split("/")
        found, _ = self.applicationautoscaling_backend.ecs_backend.describe_services(cluster, [service])
        for one in found:
            count = min(max(one.desired_count, target.min_capacity), target.max_capacity)
            if count != one.desired_count:
                one.desired_count = one.running_count = count
        return answer

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": by_arn(self).tags})

    def tag_resource(self: Any) -> str:
        by_arn(self).tags |= self._get_param("Tags")
        return "{}"

    def untag_resource(self: Any) -> str:
        for name in self._get_param("TagKeys"):
            by_arn(self).tags.pop(name, None)
        return "{}"

    def deregister(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        if r_id not in self.targets.get(dimension, {}):
            raise missing()
        for key, policy in list(self.policies.items()):
            if policy.resource_id == r_id:
                policy.delete_alarms(self.account_id, self.region_name)
                del self.policies[key]
        self.scheduled_actions = [one for one in self.scheduled_actions if one.resource_id != r_id]
        del self.targets[dimension][r_id]

    put_policy = Backend.put_scaling_policy

    def put_scaling_policy(self: Any, policy_name: str, service_namespace: str, resource_id: str,
                           scalable_dimension: str, **more: Any) -> Any:  # fmt: skip
        if resource_id not in self.targets.get(scalable_dimension, {}):
            raise missing()
        named = (service_namespace, resource_id, scalable_dimension, policy_name)
        before = self.policies.get(models.FakeApplicationAutoscalingPolicy.formulate_key(*named))
        if before is not None:
            before.delete_alarms(self.account_id, self.region_name)
        policy = put_policy(
            self, policy_name=policy_name, service_namespace=service_namespace, resource_id=resource_id,
            scalable_dimension=scalable_dimension, **more,
        )  # fmt: skip
        if before is not None:
            policy.policy_arn = before.policy_arn
        return policy

    delete_policy = Backend.delete_scaling_policy

    def delete_scaling_policy(self: Any, **named: Any) -> None:
        key = models.FakeApplicationAutoscalingPolicy.formulate_key(
            named["service_namespace"],
            named["resource_id"],
            named["scalable_dimension"],
            named["policy_name"],
        )
        if key not in self.policies:
            raise missing()
        delete_policy(self, **named)

    put_action, delete_action = Response.put_scheduled_action, Response.delete_scheduled_action

    def put_scheduled_action(self: Any) -> str:
        there(self)
        return str(put_action(self))

    def delete_scheduled_action(self: Any) -> str:
        name, resource = self._get_param("ScheduledActionName"), self._get_param("ResourceId")
        known = self.applicationautoscaling_backend.scheduled_actions
        if not any((one.scheduled_action_name, one.resource_id) == (name, resource) for one in known):
            raise missing()
        return str(delete_action(self))

    patches = {
        Response: (
            register_scalable_target, list_tags_for_resource, tag_resource, untag_resource,
            put_scheduled_action, delete_scheduled_action,
        ),
        Backend: (put_scaling_policy, delete_scaling_policy),
    }  # fmt: skip
    for owner, functions in patches.items():
        for function in functions:
            monkeypatch.setattr(owner, function.__name__, function, raising=False)
    monkeypatch.setattr(Backend, "deregister_scalable_target", deregister)
    monkeypatch.setattr(FakeScalableTarget, "__init__", new)
