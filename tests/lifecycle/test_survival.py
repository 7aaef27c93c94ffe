"""Killed after any write, or with an answer lost: the next `up` completes it, the next `down` removes it."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.errors import DeployError, FargatectlError
from tests.support.apps import Deployer
from tests.support.dump import NOTHING, remains
from tests.support.watched import Call, Killed, WatchedAws

from . import each, registry
from .case import Case


def _killed_up(deployer: Deployer, case: Case, service: str, operation: str) -> None:
    aws = deployer.aws()
    aws.die_after(service, operation)
    deployer.builder.aws = aws
    with pytest.raises(Killed):
        deployer.up(case.spec, aws)
    deployer.builder.aws = deployer.aws()


def _unmarked(aws: WatchedAws) -> list[str]:
    """What is there and does not say whose it is."""
    ours = {"fargatectl:app": "shop", "fargatectl:env": "default"}.items()
    return [
        f"{case.kind} {thing.name}: {dict(thing.tags)}"
        for case in registry.made()
        if "tags" not in case.cannot
        for thing in case.own(aws)
        if not (ours <= thing.tags.items() and thing.tags.get("fargatectl:id"))
    ]


@each.call("made_by")
def test_killed_after_a_write_the_next_up_completes_it(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, service: str, operation: str
) -> None:
    _killed_up(deployer, case, service, operation)
    assert case.own(moto_aws)
    assert _unmarked(moto_aws) == []
    deployer.up(case.spec)
    assert deployer.plan(case.spec).plan.documents() == []
    assert len(case.own(moto_aws)) == len(each.targets(case, deployer.app(deployer.load(case.spec))))


@each.call("made_by")
def test_killed_after_a_write_down_finds_all_of_it(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, service: str, operation: str
) -> None:
    """Though the index of all tags does not show it yet."""
    _killed_up(deployer, case, service, operation)
    assert remains(moto_aws) != NOTHING
    aws = deployer.aws()
    aws.rig("resourcegroupstaggingapi", "GetResources", lambda *_: iter(()))
    deployer.down(case.spec, aws)
    assert remains(moto_aws) == NOTHING


@each.call("made_by")
def test_a_refused_write_leaves_what_was_made_and_the_next_up_goes_on(
    deployer: Deployer, case: Case, service: str, operation: str
) -> None:
    _refused(deployer, service, operation, lambda aws: deployer.up(case.spec, aws))
    deployer.up(case.spec)
    assert deployer.plan(case.spec).plan.documents() == []


@each.call("made_by", able="repetition")
def test_a_write_sent_again_for_want_of_an_answer_is_found_and_completed(
    deployer: Deployer, case: Case, service: str, operation: str
) -> None:
    """botocore sends a call again when no answer came: AWS then says that it exists."""
    aws = deployer.aws()
    aws.rig(service, operation, _twice)
    deployer.up(case.spec, aws)
    assert deployer.plan(case.spec).plan.documents() == []


@each.call("removed_by")
def test_killed_during_a_removal_the_next_one_completes_it(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, service: str, operation: str
) -> None:
    deployer.deployed(case.spec)
    aws = deployer.aws()
    aws.die_after(service, operation)
    with pytest.raises(Killed):
        deployer.down(case.spec, aws)
    deployer.down(case.spec)
    assert remains(moto_aws) == NOTHING


@each.call("removed_by")
def test_a_refused_removal_can_be_done_again(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, service: str, operation: str
) -> None:
    deployer.deployed(case.spec)
    _refused(deployer, service, operation, lambda aws: deployer.down(case.spec, aws))
    assert case.own(moto_aws)
    deployer.down(case.spec)
    assert remains(moto_aws) == NOTHING


@each.call("removed_by")
def test_a_removal_sent_again_for_want_of_an_answer_is_complete(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, service: str, operation: str
) -> None:
    """botocore asks again and hears that it is gone: that step is done, what comes after it is not."""
    deployer.deployed(case.spec)
    aws = deployer.aws()
    aws.rig(service, operation, _twice)
    deployer.down(case.spec, aws)
    assert remains(moto_aws) == NOTHING


def _twice(_: Call, real: Any) -> Any:
    real()
    return real()


def _refused(deployer: Deployer, service: str, operation: str, run: Any) -> None:
    aws = deployer.aws()

    def refuse(_: Call, real: Any) -> Any:
        raise DeployError("refused")

    aws.rig(service, operation, refuse)
    deployer.builder.aws = aws
    with pytest.raises(FargatectlError, match="refused"):
        run(aws)
    deployer.builder.aws = deployer.aws()
