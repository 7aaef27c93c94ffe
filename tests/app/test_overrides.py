"""`overrides`: raw fields of AWS's requests; what they become, what is refused, and that drift is mended."""

from __future__ import annotations

import json

import pytest

from fargatectl.errors import SpecError
from tests.support.apps import ONE, Deployer, changed

EXEC = f"{ONE}overrides: {{ecs.service: {{web: {{enableExecuteCommand: true}}}}}}\n"


def overrides(kind: str, fields: str, id_: str = "web") -> str:
    return f"{ONE}overrides: {{{kind}: {{'{id_}': {fields}}}}}\n"


def test_a_service_is_made_with_it_and_needs_nothing_more(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(EXEC, aws)
    (request,) = aws.of("CreateService")
    assert request["enableExecuteCommand"] is True
    assert aws.of("UpdateService") == []
    assert deployer.plan(EXEC).plan.documents() == []


def test_it_is_added_to_a_service_that_is_there(deployer: Deployer) -> None:
    deployer.up()
    (change,) = deployer.plan(EXEC).plan.documents()
    assert (change["action"], change["kind"]) == ("update", "ecs.service")
    (field,) = change["fields"]
    assert (field["field"], field["new"]) == ("overrides.enableExecuteCommand", True)
    aws = deployer.aws()
    deployer.up(EXEC, aws)
    (request,) = aws.of("UpdateService")
    assert request["enableExecuteCommand"] is True
    assert request["forceNewDeployment"] is True
    assert deployer.plan(EXEC).plan.documents() == []


def test_what_somebody_else_changes_is_mended(deployer: Deployer) -> None:
    deployer.up(EXEC)
    deployer.aws().call("ecs", "UpdateService", cluster="shop", service="web", enableExecuteCommand=False)
    assert changed(deployer.plan(EXEC).plan.documents()) == [
        ("update", "ecs.service", ["overrides.enableExecuteCommand"])
    ]
    deployer.up(EXEC)
    assert deployer.plan(EXEC).plan.documents() == []


def test_the_plan_of_a_creation_shows_it(deployer: Deployer) -> None:
    made = {one["kind"]: one["fields"] for one in deployer.plan(EXEC).plan.documents()}
    assert made["ecs.service"] == [{"field": "overrides.enableExecuteCommand", "old": None, "new": True}]


def test_a_container_is_changed_by_its_name(deployer: Deployer) -> None:
    text = overrides(
        "ecs.task_definition", "{pidMode: task, containerDefinitions: {web: {pseudoTerminal: true}}}"
    )
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("RegisterTaskDefinition")
    assert request["pidMode"] == "task"
    (container,) = request["containerDefinitions"]
    assert container["pseudoTerminal"] is True
    assert container["environment"] == [{"name": "GREETING", "value": "hello"}]
    assert deployer.plan(text).plan.documents() == []


def test_a_changed_or_removed_one_is_a_new_revision(deployer: Deployer) -> None:
    deployer.up(overrides("ecs.task_definition", "{pidMode: task}"))
    other = overrides("ecs.task_definition", "{ipcMode: task, pidMode: host}")
    assert changed(deployer.plan(other).plan.documents())[0] == (
        "update", "ecs.task_definition", ["overridden", "overrides.ipcMode", "overrides.pidMode"],
    )  # fmt: skip
    aws = deployer.aws()
    deployer.up(ONE, aws)
    (request,) = aws.of("RegisterTaskDefinition")
    assert "pidMode" not in request
    assert deployer.plan(ONE).plan.documents() == []


def test_attributes_of_a_load_balancer_are_changed_by_name(deployer: Deployer) -> None:
    text = overrides(
        "elbv2.load_balancer",
        "{Attributes: {routing.http.xff_header_processing.mode: {Value: preserve}}}",
        "*",
    ).replace("port: 8080", "port: 8080\n    load_balancer: true")
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("ModifyLoadBalancerAttributes")
    found = {one["Key"]: one["Value"] for one in request["Attributes"]}
    assert found["routing.http.xff_header_processing.mode"] == "preserve"
    assert "idle_timeout.timeout_seconds" in found
    assert deployer.plan(text).plan.documents() == []


def test_a_clusters_configuration_is_set_later_too(deployer: Deployer) -> None:
    text = overrides("ecs.cluster", "{configuration: {executeCommandConfiguration: {logging: NONE}}}", "app")
    deployer.up()
    aws = deployer.aws()
    deployer.up(text, aws)
    (request,) = aws.of("UpdateCluster")
    assert request["configuration"] == {"executeCommandConfiguration": {"logging": "NONE"}}
    assert deployer.plan(text).plan.documents() == []


FAULTS = [
    ("ecs.servce", "{}", "web", "nothing can be overridden there: did you mean ecs.service?"),
    ("ecs.service", "{}", "wbe", "the app has none: did you mean web?"),
    ("ecs.service", "{enableExecutCommand: true}", "web", "did you mean enableExecuteCommand"),
    ("ecs.service", "{enableExecuteCommand: maybe}", "web", "must be true or false"),
    ("ecs.service", "{availabilityZoneRebalancing: ENABLE}", "web", "did you mean ENABLED"),
    ("ecs.service", "{tags: [{key: fargatectl:app, value: theirs}]}", "*", "cannot be overridden"),
    ("ecs.service", "{serviceName: x}", "web", "cannot be overridden"),
    ("ecs.service", "{desiredCount: 3}", "web", "set count or scaling"),
    ("ecs.service", "{role: x}", "web", "ECS has a role of its own"),
    ("ecs.task_definition", "{family: x}", "web", "cannot be overridden"),
    ("ecs.task_definition", "{containerDefinitions: [{name: x}]}", "web", "must be a map by name"),
    ("ecs.task_definition", "{containerDefinitions: {api: {cpu: 1}}}", "web", "there is none of that name"),
    ("ecs.task_definition", "{containerDefinitions: {web: {name: x}}}", "web", "cannot be overridden"),
    ("ecs.task_definition", "{containerDefinitions: {web: {cpu: many}}}", "web", "must be a whole number"),
    ("ecs.task_definition", "{pidMode: [task]}", "web", "must be one value"),
    ("ecs.task_definition", "{ephemeralStorage: {sizeInGib: 30}}", "web", "did you mean sizeInGiB"),
    ("ecs.cluster", "{settings: []}", "app", "set container_insights"),
]


@pytest.mark.parametrize(("kind", "fields", "id_", "said"), FAULTS)
def test_what_aws_would_not_take_is_told_before_it_is_asked(
    deployer: Deployer, kind: str, fields: str, id_: str, said: str
) -> None:
    aws = deployer.aws()
    with pytest.raises(SpecError) as raised:
        deployer.up(overrides(kind, fields, id_), aws)
    (problem,) = raised.value.problems
    assert said in problem.text
    assert problem.line == 7
    assert problem.key.startswith(f"overrides.{kind}")
    assert aws.calls == []


def test_a_secret_in_one_is_not_shown(deployer: Deployer) -> None:
    text = overrides(
        "ecs.task_definition",
        "{containerDefinitions: {web: {environment: {API_KEY: {value: canary-8261}},"
        " dockerLabels: {db_password: canary-8262}}}}",
    )
    shown = json.dumps(deployer.plan(text).plan.documents())
    assert "canary" not in shown
    assert "API_KEY" in shown
