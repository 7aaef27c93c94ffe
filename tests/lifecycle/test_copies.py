"""What makes these tests quick changes nothing: moto's own answers, and a world that is entered again."""

from __future__ import annotations

import pytest

from tests.support import quick
from tests.support.apps import Deployer
from tests.support.dump import NOTHING, dump, remains
from tests.support.watched import WatchedAws
from tests.support.worlds import World

from . import registry

SPECS = sorted({case.spec for case in registry.made()})
every_spec = pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))


@every_spec
def test_moto_answers_as_without_our_short_cuts(
    deployer: Deployer, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    deployer.deployed(spec)
    before = dump(moto_aws)
    for owner, name, usual in quick.USUAL:
        monkeypatch.setattr(owner, name, usual)
    assert dump(deployer.aws()) == before


@every_spec
def test_a_world_that_was_left_is_the_same_when_it_is_entered_again(
    deployer: Deployer, moto_aws: WatchedAws, spec: str
) -> None:
    without = dump(moto_aws)  # moto makes an account when it is first asked for it
    empty = World.of_now()
    deployer.up(spec)
    world, before = World.of_now(), dump(moto_aws)
    empty.enter()
    assert dump(moto_aws) == without
    world.enter()
    assert dump(moto_aws) == before
    assert deployer.plan(spec).plan.documents() == []
    deployer.down(spec)
    assert remains(moto_aws) == NOTHING
    world.enter()
    assert dump(moto_aws) == before
