"""Every kind has a case, and every case says all that there is to say of its kind."""

from __future__ import annotations

import re
from functools import cache

import pytest

from fargatectl.engine.resource import KINDS, Lookup, Resource, compared
from fargatectl.resources.registry import load_kinds
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

from . import each, registry
from .case import ASPECTS, Case, LookedUp

load_kinds()
REAL = sorted(kind for kind in KINDS if not kind.startswith("fake."))
every_kind = pytest.mark.parametrize("kind", REAL)


def _case(kind: str) -> Case | LookedUp:
    case = registry.load().get(kind)
    assert case is not None, f"{kind} has no case: write tests/lifecycle/cases/{kind.partition('.')[2]}.py"
    return case


@every_kind
def test_every_kind_has_a_case(kind: str) -> None:
    assert isinstance(_case(kind), LookedUp if issubclass(KINDS[kind], Lookup) else Case)


def test_every_case_is_of_a_kind() -> None:
    assert set(registry.load()) <= set(REAL)


@every_kind
def test_every_compared_field_drifts_or_cannot(kind: str) -> None:
    case = _case(kind)
    drifts, fixed = (case.drifts, case.fixed) if isinstance(case, Case) else ({}, {})
    fields = {field.name for field in compared(KINDS[kind])}
    assert fields - set(drifts) - set(fixed) == set(), "neither in `drifts` nor in `fixed`"
    assert (set(drifts) | set(fixed)) - fields == set(), "no such field is compared"
    assert set(drifts) & set(fixed) == set(), "both in `drifts` and in `fixed`"
    assert all(drifts.values())


@every_kind
def test_what_cannot_be_is_settled_by_aws(kind: str) -> None:
    """Each reason names an operation that AWS's API has."""
    case = _case(kind)
    reasons = {**case.fixed, **case.cannot} if isinstance(case, Case) else {}
    if isinstance(case, Case):
        assert set(case.cannot) <= set(ASPECTS)
        assert (case.foreign is None) == ("foreign" in case.cannot)
        assert bool(case.removed_by) == ("delete" not in case.cannot)
    else:
        assert bool(case.missing) != bool(case.never_missing)
        reasons = {"missing": case.never_missing} if case.never_missing else {}
    for what, reason in reasons.items():
        named = re.findall(r"\b([a-z0-9-]+):([A-Z]\w+)", reason)
        assert named, f"{what}: {reason!r} names no operation, such as iam:CreateRole"
        for service, operation in named:
            assert operation in _operations(service), f"{what}: {service}:{operation}"


@cache
def _operations(service: str) -> frozenset[str]:
    import botocore.session

    return frozenset(botocore.session.get_session().get_service_model(service).operation_names)


@each.kind()
def test_what_is_said_not_to_drift_is_not_set_anew(deployer: Deployer, case: Case) -> None:
    """Such a field is either FIXED, which replaces the thing, or not among the values at all."""
    deployer.deployed(case.spec)
    planned = deployer.plan(case.spec).plan
    for target in (one for one in planned.desired if one.kind == case.kind):
        changeable = {
            field.name for field in compared(type(target)) if not field.metadata.get("fixed")
        } & set(target.values(planned.outputs))
        assert changeable & set(case.fixed) == set()


SPECS = sorted({case.spec for case in registry.made()})


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_the_cases_know_every_write(deployer: Deployer, spec: str) -> None:
    """So none escapes the tests that kill a run after each."""
    cases = registry.made()
    made, removed = deployer.aws(), deployer.aws()
    deployer.builder.aws = made
    deployer.up(spec, made)
    deployer.down(spec, removed)
    assert _written(made) <= {call for case in cases for call in case.made_by}
    assert _written(removed) <= {call for case in cases for call in case.removed_by}
    for case in cases:
        if case.spec == spec:
            assert set(case.made_by) <= _written(made)
            assert set(case.removed_by) <= _written(removed)


def _written(aws: WatchedAws) -> set[str]:
    return {f"{one.service}:{one.operation}" for one in aws.calls if one.writes and not one.locks}


@each.kind()
def test_its_spec_wants_one(deployer: Deployer, case: Case) -> None:
    first, *_ = each.targets(case, deployer.app(deployer.load(case.spec)))
    assert (type(first), first.id) == (KINDS[case.kind], case.id)
    assert type(first).rights is not Resource.rights, "it does not say which IAM actions it needs"
