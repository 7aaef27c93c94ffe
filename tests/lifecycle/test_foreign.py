"""Somebody else's of our name: exit code 4, and nothing is changed, neither by `up` nor by `down`."""

from __future__ import annotations

import pytest

from fargatectl.engine.scope import TAG_APP, Scope
from fargatectl.errors import ExitCode, ForeignError
from fargatectl.text import label
from tests.support.apps import Deployer
from tests.support.dump import dump
from tests.support.watched import WatchedAws

from . import each
from .case import Case

WHOSE = {
    "nobody's": {},
    "another app's": Scope("other").tags("app"),
    "another environment's": Scope("shop", "prod").tags("app"),
    "half ours": {TAG_APP: "shop"},
}


@each.kind("foreign")
@pytest.mark.parametrize("whose", WHOSE)
def test_somebody_elses_of_our_name_stops_everything(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, whose: str
) -> None:
    assert case.foreign is not None
    case.foreign(moto_aws, dict(WHOSE[whose]))
    before = dump(moto_aws)
    first, *_ = each.targets(case, deployer.app(deployer.load(case.spec)))
    aws = deployer.aws()
    with pytest.raises(ForeignError) as caught:
        deployer.up(case.spec, aws)
    assert f"{label(case.kind)} {first.address}" in str(caught.value)
    assert caught.value.exit_code == ExitCode.FOREIGN
    assert caught.value.hint
    assert caught.value.details == [{"kind": case.kind, "name": first.name, "address": first.address}]
    assert aws.writes == []
    assert dump(moto_aws) == before
    _leave(case, deployer)
    assert dump(moto_aws) == before


def _leave(case: Case, deployer: Deployer) -> None:
    """Nothing of ours is there to be removed, or it holds theirs."""
    if not case.lodger:
        assert deployer.down(case.spec)["deleted"] == []
        return
    with pytest.raises(ForeignError) as caught:
        deployer.down(case.spec)
    assert caught.value.exit_code == ExitCode.FOREIGN
