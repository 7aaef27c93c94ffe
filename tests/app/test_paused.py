"""A service that is paused for a promotion holds up those that come after it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from fargatectl.cli.options import Options
from fargatectl.cli.promotion import run as promotion_command
from fargatectl.console.report import up_text
from fargatectl.engine.resource import Settled
from fargatectl.rollout import promotion
from fargatectl.rollout.follow import Rollout
from tests.app.test_load_balancing import open_ports, slow_to_settle
from tests.lifecycle.balancing import BEHIND
from tests.support.apps import Deployer
from tests.support.watched import Call, WatchedAws

TEXT = """\
app: shop
services:
  api:
    image: public.example/api:1
    port: 8080
    load_balancer: true
    scaling: {min: 1, max: 3, cpu: 60}
    deployment: {strategy: blue_green, pause: before_shift}
  worker:
    image: public.example/worker:1
    before_deploy: [[migrate]]
    after: [api]
  mailer:
    image: public.example/mailer:1
"""
HOLDS = "the service api is paused: fargatectl promote api, and then fargatectl up"


def paused(aws: WatchedAws) -> WatchedAws:
    """The deployment of api has begun when it answers."""

    def how(call: Call, real: Callable[[], Any]) -> Any:
        answer = real()
        if call.parameters.get("serviceName") == "api":
            answer["service"]["deployments"][0] |= {"rolloutState": "IN_PROGRESS", "runningCount": 0}
        return answer

    aws.rig("ecs", "CreateService", how)
    return aws


def services(aws: WatchedAws) -> set[str]:
    arns = aws.items("ecs", "ListServices", "serviceArns", cluster="shop")
    return {str(arn).rpartition("/")[2] for arn in arns}


def test_what_comes_after_is_left_for_the_up_that_follows(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rollout, "poll", lambda _: Settled("paused", holds=HOLDS))
    aws = paused(deployer.aws())
    document = deployer.up(TEXT, aws)
    assert services(moto_aws) == {"api", "mailer"}
    assert aws.of("RunTask") == []  # nor is the migration run
    assert [(one["kind"], one["id"], one["why"]) for one in document["left"]] == [
        ("ecs.task", "worker", HOLDS),
        ("ecs.service", "worker", HOLDS),
    ]
    targets = moto_aws.items(
        "application-autoscaling", "DescribeScalableTargets", "ScalableTargets", ServiceNamespace="ecs"
    )
    assert [one["ResourceId"] for one in targets] == ["service/shop/api"]
    text = up_text(document)
    assert f"Left for later, as {HOLDS}: task worker: migrate, service worker." in text
    assert f"{len(document['changes']) - 2} created" in text

    document = deployer.up(TEXT)
    assert "left" not in document
    assert services(moto_aws) == {"api", "mailer", "worker"}


def test_without_waiting_nobody_knows(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(TEXT, paused(deployer.aws()), wait=False)
    assert services(moto_aws) == {"api", "mailer", "worker"}


def test_the_port_of_the_old_tasks_stays_open(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rollout, "poll", lambda _: Settled("paused", holds=HOLDS))
    deployer.up(BEHIND)
    changed = BEHIND.replace("port: 8080", "port: 9090")
    deployer.up(changed, slow_to_settle(deployer))
    assert open_ports(moto_aws) == {8080, 9090}
    deployer.up(changed)
    assert open_ports(moto_aws) == {9090}


def test_promote_says_who_comes_after(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = deployer.load(TEXT)
    app = deployer.app(loaded)
    opened: Any = SimpleNamespace(
        run=deployer.run(loaded),
        loaded=loaded,
        app_as_named=lambda: app,
        options=Options(env="prod"),
    )
    waiting = promotion.Underway("shop", "api", "arn", {})
    monkeypatch.setattr(promotion.Underway, "state", "paused")
    monkeypatch.setattr(promotion, "underway", lambda *_: [waiting])
    for ended, told in ({"api": "successful"}, 1), ({"api": "paused"}, 0), ({"mailer": "successful"}, 0):
        monkeypatch.setattr(promotion, "follow", lambda *_, ended=ended, **__: ended)
        promotion_command("promote", opened, (), wait=True, timeout=9)
        said = capsys.readouterr().out
        assert (
            said.count("What comes after that is deployed by the next fargatectl up -e prod: worker.") == told
        )
