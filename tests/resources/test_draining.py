"""Services that an earlier run deleted and whose tasks still stop: AWS lists them no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from fargatectl.advice import another_spec
from fargatectl.engine.resource import NotYet
from fargatectl.errors import ForeignError
from fargatectl.policy import policy_document
from fargatectl.resources import service
from tests.policy.enforcing import EnforcingAws
from tests.support.apps import ONE, Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import ACCOUNT, REGION, Call, Killed, WatchedAws

TWO = f"{ONE}  worker:\n    image: public.example/worker:1\n"
LOOKS = 3
"""At a service that drains, before it is gone."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "NotYet", partial(NotYet, seconds=0.0))


def draining(aws: WatchedAws, looks: int = LOOKS) -> WatchedAws:
    """Its services drain for so many looks once they are deleted, as AWS's do; moto's are gone at once."""
    left: dict[str, int] = {}

    def delete(call: Call, real: Callable[[], Any]) -> Any:
        assert model(call.parameters["service"]).status == "ACTIVE"
        answer = real()
        drain(call.parameters["service"])
        return answer

    def describe(call: Call, real: Callable[[], Any]) -> Any:
        answer = real()
        for one in answer["services"]:
            name = one["serviceName"]
            if one["status"] == "DRAINING":
                left[name] = left.get(name, looks) - 1
                one["runningCount"] = 1
                if not left[name]:
                    model(name).status = "INACTIVE"
        return answer

    def listed(_: Call, real: Callable[[], Any]) -> Iterator[Any]:
        return (arn for arn in real() if model(arn.rpartition("/")[2]).status == "ACTIVE")

    aws.rig("ecs", "DeleteService", delete)
    aws.rig("ecs", "DescribeServices", describe)
    aws.rig("ecs", "ListServices", listed)
    return aws


def model(name: str) -> Any:
    """A service of the cluster `shop` as moto has it."""
    from moto.ecs.models import ecs_backends

    return ecs_backends[ACCOUNT][REGION].services[f"shop:{name}"]


def drain(name: str) -> None:
    model(name).status = "DRAINING"


def cut_short(aws: WatchedAws) -> WatchedAws:
    """The run dies while its first deleted service drains."""
    draining(aws)
    delete = aws.rigged["ecs", "DeleteService"]

    def how(call: Call, real: Callable[[], Any]) -> Any:
        delete(call, real)
        aws._dead.set()
        raise Killed

    aws.rig("ecs", "DeleteService", how)
    return aws


def test_the_next_down_waits_for_it_before_what_it_uses_goes(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    deployer.deployed()
    with pytest.raises(Killed):
        deployer.down(aws=cut_short(deployer.aws()))
    assert model("web").status == "DRAINING"
    aws = draining(deployer.aws())
    deleted = deployer.down(aws=aws)["deleted"]
    assert {"kind": "ecs.service", "name": "web"} in deleted
    assert "DeleteService" not in aws.writes  # that was done
    made = [one.operation for one in aws.calls]
    steady = max(at for at, operation in enumerate(made) if operation == "DescribeServices")
    assert len(aws.of("DescribeServices")) >= LOOKS
    for operation in "DeleteRole", "DeleteLogGroup", "DeleteSecurityGroup", "DeleteCluster":
        assert made.index(operation) > steady, operation
    assert deleted[0] == {"kind": "ecs.service", "name": "web"}
    assert remains(moto_aws) == NOTHING


@pytest.mark.parametrize("purpose", ["destroy", "deploy"])
def test_the_policies_permit_it(deployer: Deployer, moto_aws: WatchedAws, purpose: str) -> None:
    deployer.deployed(TWO)
    drain("worker")
    app = deployer.app(deployer.load(ONE))
    rules = policy_document(app, operations=purpose, account=ACCOUNT, region=REGION)
    aws = draining(EnforcingAws(moto_aws, rules))
    if purpose == "destroy":
        deployer.down(ONE, aws)
    else:
        deployer.up(ONE, aws)
    assert model("worker").status == "INACTIVE"


def test_one_that_drains_does_not_hide_a_strangers(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.deployed()
    drain("web")
    moto_aws.call(
        "ecs", "CreateService", cluster="shop", serviceName="theirs", desiredCount=0,
        taskDefinition="shop-web",
    )  # fmt: skip
    aws = draining(deployer.aws())
    with pytest.raises(ForeignError, match="1 of the services in the cluster shop"):
        deployer.down(aws=aws)
    assert aws.writes == []


def test_an_up_waits_for_one_that_it_no_longer_has(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.up(TWO)
    with pytest.raises(Killed):
        deployer.up(ONE, cut_short(deployer.aws()))
    assert model("worker").status == "DRAINING"
    aws = draining(deployer.aws())
    changes = deployer.up(ONE, aws)["changes"]
    assert [one["name"] for one in changes if one["kind"] == "ecs.service"] == ["worker"]
    assert "DeleteService" not in aws.writes
    assert model("worker").status == "INACTIVE"
    assert deployer.plan(ONE).plan.documents() == []


def test_one_that_drains_is_nobody_elses_service_at_work(deployer: Deployer) -> None:
    deployer.deployed()
    other = ONE.replace("web:", "api:")
    assert len(list(another_spec(deployer.plan(other).plan))) == 1
    drain("web")
    assert list(another_spec(deployer.plan(other, draining(deployer.aws())).plan)) == []


def test_one_that_is_wanted_again_is_made_again(deployer: Deployer, moto_aws: WatchedAws) -> None:
    deployer.deployed()
    drain("web")
    plan = deployer.plan(aws=draining(deployer.aws())).plan.documents()
    assert [(one["action"], one["name"]) for one in plan if one["kind"] == "ecs.service"] == [
        ("create", "web")
    ]


def test_where_nothing_drains_nobody_is_asked(deployer: Deployer) -> None:
    deployer.deployed(TWO)
    aws = deployer.aws()
    deployer.down(TWO, aws)
    looks = [one for one in aws.of("DescribeServices") if "include" in one]
    assert [sorted(one["services"]) for one in looks] == [["web", "worker"]]
