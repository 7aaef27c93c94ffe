"""What is only looked at: found however it is named, missed before anything is made, left as it was."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fargatectl.errors import ExitCode, UsageError
from tests.support.apps import Deployer
from tests.support.dump import remains
from tests.support.watched import WatchedAws

from . import registry
from .case import LookedUp

WAYS = [(case, way) for case in registry.looked_up() for way in case.found]
MISSING = [(case, what) for case in registry.looked_up() for what in case.missing]


@pytest.mark.parametrize(("case", "way"), WAYS, ids=[f"{case.kind}-{way}" for case, way in WAYS])
def test_it_is_found_used_and_left_as_it_was(
    deployer: Deployer, moto_aws: WatchedAws, case: LookedUp, way: str
) -> None:
    text, expected = case.found[way](moto_aws)
    before, theirs = list(case.things(moto_aws)), remains(moto_aws)
    planned = deployer.plan(text).plan
    (wanted,) = (one for one in planned.desired if one.kind == case.kind)
    live = planned.outputs.live(wanted)
    assert live is not None
    assert (wanted.id, _parts(live.outputs)) == (case.id, _parts(expected))
    aws = deployer.aws()
    document = deployer.up(text, aws)
    assert case.kind not in {one["kind"] for one in document["changes"]}
    assert _parts(case.used(aws)) == _parts(expected)
    assert deployer.plan(text).plan.documents() == []
    deployer.down(text)
    assert remains(moto_aws) == theirs
    assert list(case.things(moto_aws)) == before


def _parts(outputs: Mapping[str, str]) -> dict[str, list[str]]:
    """Lists in an order of their own."""
    return {name: sorted(value.split(",")) for name, value in outputs.items()}


@pytest.mark.parametrize(("case", "what"), MISSING, ids=[f"{case.kind}-{what}" for case, what in MISSING])
def test_missing_it_is_said_before_anything_is_made(
    deployer: Deployer, moto_aws: WatchedAws, case: LookedUp, what: str
) -> None:
    text, said = case.missing[what](moto_aws)
    aws = deployer.aws()
    with pytest.raises(UsageError) as caught:
        deployer.up(text, aws)
    assert said in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.hint
    assert aws.writes == []
