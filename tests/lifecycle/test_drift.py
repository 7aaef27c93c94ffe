"""What was changed behind our back is seen by the next plan, named exactly, and mended by the next `up`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fargatectl.engine.scope import TAG_APP
from tests.support.apps import Deployer, changed
from tests.support.dump import shape
from tests.support.watched import WatchedAws

from . import registry
from .case import Case, Drift

DRIFTS = [
    (case, field, drift)
    for case in registry.made()
    for field, drifts in case.drifts.items()
    for drift in drifts
]
IDS = [f"{case.kind}-{field}-{drift.name}" for case, field, drift in DRIFTS]


@pytest.mark.parametrize(("case", "field", "drift"), DRIFTS, ids=IDS)
def test_a_change_behind_our_back_is_seen_and_mended(
    deployer: Deployer, moto_aws: WatchedAws, case: Case, field: str, drift: Drift
) -> None:
    deployer.deployed(case.spec)
    before = _shapes(case, moto_aws)
    drift.meddle(moto_aws)
    expected = sorted([("update", case.kind, list(drift.fields or [field])), *drift.also])
    aws = deployer.aws()
    assert sorted(changed(deployer.plan(case.spec, aws).plan.documents())) == expected
    assert aws.writes == []
    assert sorted(changed(deployer.up(case.spec)["changes"])) == expected
    assert deployer.plan(case.spec).plan.documents() == []
    assert before <= _shapes(case, moto_aws), "AWS does not show it as it was"


def _shapes(case: Case, aws: WatchedAws) -> set[str]:
    return {
        shape(json.dumps(_said({"name": one.name, "tags": one.tags, **one.shown}), default=str))
        for one in case.own(aws)
        if one.tags.get(TAG_APP) == "shop"
    }


def _said(value: Any) -> Any:
    """Without what is nothing: that may as well be absent."""
    if isinstance(value, Mapping):
        return {name: _said(item) for name, item in value.items() if item}
    return [_said(item) for item in value] if isinstance(value, list) else value
