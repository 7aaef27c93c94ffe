"""`up` and `plan` of some services of an app: these and what they need, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl import operations
from fargatectl.app import only
from fargatectl.cli.opened import check_services
from fargatectl.errors import UsageError
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

TEXT = """\
app: shop
services:
  web:
    image: public.example/web:1
    port: 8080
    env: {GREETING: hello}
    after: [queue]
  queue:
    image: public.example/queue:1
    env: {GREETING: hello}
  jobs:
    image: public.example/jobs:1
    env: {GREETING: hello}
"""
NEWER = TEXT.replace("hello", "bye")


@pytest.fixture(autouse=True)
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """This AWS answers in this very process, and loads its modules as it is asked."""
    from fargatectl.engine import observe

    monkeypatch.setattr(observe, "gather", lambda asks: [ask() for ask in list(asks)])


def up(deployer: Deployer, text: str, *names: str) -> tuple[dict[str, Any], WatchedAws]:
    aws = deployer.aws()
    loaded = deployer.load(text)
    return deployer.up_to(deployer.run(loaded, aws), only(deployer.app(loaded), names)), aws


def made(document: dict[str, Any], kind: str) -> list[str]:
    return [one["name"] for one in document["changes"] if one["kind"] == kind]


def test_only_the_named_service_and_what_it_needs_is_made(deployer: Deployer) -> None:
    document, _ = up(deployer, TEXT, "jobs")
    assert made(document, "ecs.service") == ["jobs"]
    assert made(document, "ecs.task_definition") == ["shop-jobs"]
    assert made(document, "ec2.security_group") == ["shop-jobs"]
    assert made(document, "ecs.cluster") == ["shop"]
    assert [one["name"] for one in document["services"]] == ["jobs"]


def test_what_it_comes_after_is_needed_too(deployer: Deployer) -> None:
    document, _ = up(deployer, TEXT, "web")
    assert sorted(made(document, "ecs.service")) == ["queue", "web"]


def test_the_others_are_not_touched_though_they_changed(deployer: Deployer) -> None:
    deployer.up(TEXT)
    document, aws = up(deployer, NEWER, "jobs")
    assert {one["name"] for one in document["changes"]} == {"shop-jobs", "jobs"}
    assert aws.writes == ["RegisterTaskDefinition", "UpdateService", "TagResource"]
    later = operations.plan(deployer.run(deployer.load(NEWER)), deployer.app(deployer.load(NEWER))).plan
    assert {one.name for one in later.changes} == {"shop-web", "web", "shop-queue", "queue"}


def test_nothing_is_pruned(deployer: Deployer) -> None:
    deployer.up(TEXT)
    less = TEXT.replace(TEXT[TEXT.index("  queue:") : TEXT.index("  jobs:")], "").replace(
        "    after: [queue]\n", ""
    )
    document, aws = up(deployer, less, "jobs")
    assert document["changes"] == []
    assert aws.writes == []
    whole = deployer.up(less)["changes"]
    assert ("delete", "queue") in {(one["action"], one["name"]) for one in whole}


def test_what_a_part_wants_is_exactly_what_the_whole_wants_of_it(deployer: Deployer) -> None:
    """So that `up web` after `up` has nothing to do, and the other way round."""
    for name in ("web", "queue", "jobs"):
        up(deployer, TEXT, name)
    assert deployer.plan(TEXT).plan.changes == ()
    document, _ = up(deployer, TEXT, "web")
    assert document["changes"] == []


def test_a_name_that_is_no_service_is_told_with_a_suggestion(deployer: Deployer) -> None:
    with pytest.raises(UsageError) as caught:
        check_services(deployer.load(TEXT), ["qeue"])
    assert caught.value.message == "the spec has no service qeue: did you mean queue?"
    assert "web, queue, jobs" in caught.value.hint


def test_services_are_made_in_their_order_and_one_that_fails_keeps_the_others_back(
    deployer: Deployer,
) -> None:
    aws = deployer.aws()
    deployer.up(TEXT, aws)
    order = [one["serviceName"] for one in aws.of("CreateService")]
    assert order.index("queue") < order.index("web")

    def refuse(call: Any, real: Any) -> Any:
        if call.parameters["service"] == "queue":
            raise UsageError("refused")
        return real()

    failing = deployer.aws()
    failing.rig("ecs", "UpdateService", refuse)
    with pytest.raises(UsageError, match="refused"):
        deployer.up(NEWER, failing)
    assert {one["service"] for one in failing.of("UpdateService")} == {"queue", "jobs"}
