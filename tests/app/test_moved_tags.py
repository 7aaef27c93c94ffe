"""A tag in ECR that was moved is a change: tasks are made of what it names now."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.advice import unchecked_images, unwatched_images
from fargatectl.aws.errors import DeniedError, NoAnswerError
from fargatectl.errors import SpecError
from tests.lifecycle.cases.given_image import REGISTRY, pushed, spec, tagged
from tests.support.apps import ONE, Deployer, changed
from tests.support.shims_ecr import cache
from tests.support.watched import WatchedAws

WEB = f"{REGISTRY}/team/web"
MOVED = [
    ("update", "ecs.task_definition", ["image"]),
    ("update", "ecs.service", ["task_definition"]),
]


def running(aws: WatchedAws) -> dict[str, Any]:
    """What the service's tasks are started from."""
    service = aws.call("ecs", "DescribeServices", cluster="shop", services=["web"])["services"][0]
    answer = aws.call("ecs", "DescribeTaskDefinition", taskDefinition=service["taskDefinition"])
    found: dict[str, Any] = answer["taskDefinition"]
    return found


def denied(aws: WatchedAws) -> WatchedAws:
    """Who may not look at images."""

    def refuse(*_: Any) -> Any:
        raise DeniedError("AccessDeniedException", "no", "ecr", "BatchGetImage")

    aws.rig("ecr", "BatchGetImage", refuse)
    return aws


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize("platforms", [(), ("linux/amd64", "linux/arm64")])
def test_a_moved_tag_is_deployed_once(
    deployer: Deployer, moto_aws: WatchedAws, by_hand: bool, platforms: tuple[str, ...]
) -> None:
    old = pushed(moto_aws, "team/web", "main", platforms)
    text = ONE if by_hand else spec(f"{WEB}:main")
    given: dict[str, Any] = {"images": {"web": f"{WEB}:main"}} if by_hand else {}
    deployer.up(text, **given)
    assert running(moto_aws)["containerDefinitions"][0]["image"] == f"{WEB}@{old}"
    assert deployer.plan(text, **given).plan.changes == ()

    new = tagged(moto_aws, "team/web", "main", platforms, content="1")
    planned = deployer.plan(text, **given).plan.documents()
    assert changed(planned) == MOVED
    assert planned[0]["fields"] == [{"field": "image", "old": f"{WEB}@{old}", "new": f"{WEB}@{new}"}]
    assert changed(deployer.up(text, **given)["changes"]) == MOVED
    assert running(moto_aws)["revision"] == 2
    assert running(moto_aws)["containerDefinitions"][0]["image"] == f"{WEB}@{new}"
    aws = deployer.aws()
    assert deployer.up(text, aws, **given)["changes"] == []
    assert [one["repositoryName"] for one in aws.of("BatchGetImage")].count("team/web") == 1
    assert aws.of("DescribeTaskDefinition") + aws.of("ListTaskDefinitions") == []


def test_a_tag_that_was_moved_back_is_deployed_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    old = pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    for content in "1", "0":
        tagged(moto_aws, "team/web", "main", content=content)
        assert changed(deployer.up(text)["changes"]) == MOVED
    assert running(moto_aws)["containerDefinitions"][0]["image"] == f"{WEB}@{old}"


def test_one_call_for_all_of_a_repository(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    tagged(moto_aws, "team/web", "worker", content="4")
    tagged(moto_aws, "team/web", "proxy", content="2")
    sidecar = f"    sidecars:\n      proxy:\n        image: {WEB}:proxy\n"
    text = f"{spec(f'{WEB}:main')}{sidecar}  worker:\n    image: {WEB}:worker\n"
    deployer.up(text)
    aws = deployer.aws()
    assert deployer.up(text, aws)["changes"] == []
    assert len(aws.of("BatchGetImage")) == 1
    digest = tagged(moto_aws, "team/web", "proxy", content="3")
    planned = deployer.plan(text).plan.documents()
    assert changed(planned)[0] == ("update", "ecs.task_definition", ["sidecars.proxy.image"])
    assert planned[0]["fields"][0]["new"] == f"{WEB}@{digest}"
    deployer.up(text)
    assert deployer.plan(text).plan.changes == ()


def test_two_names_of_one_image(deployer: Deployer, moto_aws: WatchedAws) -> None:
    """ECR may answer for both under one of them."""
    pushed(moto_aws, "team/web", "main")
    tagged(moto_aws, "team/web", "stable")
    text = f"{spec(f'{WEB}:main')}  worker:\n    image: {WEB}:stable\n"
    deployer.up(text)
    assert deployer.plan(text).plan.changes == ()
    tagged(moto_aws, "team/web", "main", content="1")
    tagged(moto_aws, "team/web", "stable", content="1")
    changes = deployer.plan(text).plan.changes
    assert [one.id for one in changes if one.kind == "ecs.task_definition"] == ["web", "worker"]


def test_its_log_router_too(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/router", "1")
    router = f"    log_router:\n      image: {REGISTRY}/team/router:1\n      options: {{Name: stdout}}\n"
    text = spec("public.example/web:1") + router
    deployer.up(text)
    assert deployer.plan(text).plan.changes == ()
    tagged(moto_aws, "team/router", "1", content="1")
    changes = changed(deployer.plan(text).plan.documents())
    assert changes[0] == ("update", "ecs.task_definition", ["log_router.container.image"])


def test_commands_before_a_deployment_run_for_it(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    text = f"{spec(f'{WEB}:main')}    before_deploy: [[migrate]]\n"
    planned = deployer.plan(text).plan
    assert "ecs.task" in {one.kind for one in planned.changes}
    deployer.up(spec(f"{WEB}:main"))
    assert deployer.plan(text).plan.changes == ()
    tagged(moto_aws, "team/web", "main", content="1")
    assert ("create", "ecs.task", []) in changed(deployer.plan(text).plan.documents())


def test_what_it_names_now_must_be_for_the_tasks_cpu(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    tagged(moto_aws, "team/web", "main", ["linux/arm64"])
    with pytest.raises(SpecError, match="is made for arm64 only"):
        deployer.plan(text)


def test_who_may_not_look_changes_nothing_by_that(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    tagged(moto_aws, "team/web", "main", content="1")
    planned = deployer.plan(text, denied(deployer.aws()))
    assert planned.plan.changes == ()
    assert len(list(unwatched_images(planned.plan, {"web": f"{WEB}:main"}))) == 1
    planned = deployer.plan(f"{text}    env: {{A: b}}\n", denied(deployer.aws()))
    assert len(list(unchecked_images(planned.plan))) == 1
    fields = [one.field for one in planned.plan.changes[0].fields]
    assert fields == ["image", "env.A"]


def test_one_that_was_deployed_by_its_name_alone_is_made_anew(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    digest = pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text, denied(deployer.aws()))
    assert running(moto_aws)["containerDefinitions"][0]["image"] == f"{WEB}:main"
    assert deployer.plan(text, denied(deployer.aws())).plan.changes == ()
    (change, _) = deployer.plan(text).plan.documents()
    assert change["fields"] == [{"field": "image", "old": f"{WEB}:main", "new": f"{WEB}@{digest}"}]


def test_what_a_rule_has_fetched_meanwhile_is_no_change(deployer: Deployer, moto_aws: WatchedAws) -> None:
    cache("team")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    pushed(moto_aws, "team/web", "main")
    assert deployer.plan(text).plan.changes == ()


def test_a_paused_service_is_not_looked_at(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    paused = f"{text}    count: 0\n"
    aws = deployer.aws()
    assert changed(deployer.up(paused, aws)["changes"]) == [("update", "ecs.service", ["count"])]
    assert aws.of("BatchGetImage") == []
    planned = deployer.plan(paused)
    assert list(unwatched_images(planned.plan, {"web": f"{WEB}:main"})) == []
    assert changed(deployer.plan(text).plan.documents()) == [("update", "ecs.service", ["count"])]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("public.example/web:1", 1),
        ("public.example/web", 1),
        ("999999999999.dkr.ecr.us-east-1.amazonaws.com/web:1", 1),
        (f"public.example/web@sha256:{'0' * 64}", 0),
        (f"{WEB}:main", 0),
    ],
)
def test_that_a_tag_is_not_watched_is_told_to_whom_names_it_by_hand(
    deployer: Deployer, moto_aws: WatchedAws, reference: str, told: int
) -> None:
    pushed(moto_aws, "team/web", "main")
    images = {"web": reference}
    first = deployer.plan(ONE, images=images)
    assert list(unwatched_images(first.plan, images)) == []
    deployer.up(ONE, images=images)
    planned = deployer.plan(ONE, images=images).plan
    assert planned.changes == ()
    texts = list(unwatched_images(planned, images))
    assert texts == told * [
        f"The image {reference} is what runs already, by its name: whether its tag was moved is not looked "
        "at. Name it by digest, or use a new tag."
    ]
    assert list(unwatched_images(planned, {})) == []


def test_a_lost_answer_registers_it_once(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "main")
    text = spec(f"{WEB}:main")
    deployer.up(text)
    tagged(moto_aws, "team/web", "main", content="1")
    aws = deployer.aws()

    def lost(_: Any, real: Any) -> Any:
        real()
        raise NoAnswerError("no answer", hint="")

    aws.rig("ecs", "RegisterTaskDefinition", lost)
    assert changed(deployer.up(text, aws)["changes"]) == MOVED
    assert running(moto_aws)["revision"] == 2
    assert len(aws.of("RegisterTaskDefinition")) == 1
    assert deployer.plan(text).plan.changes == ()
