"""What the tests go over: kinds, and what is written to make and to remove them."""

from __future__ import annotations

import itertools

import pytest

from fargatectl.app import App
from fargatectl.engine.plan import in_order
from fargatectl.engine.resource import Resource
from tests.support.soak import SOAK

from . import registry
from .case import Case, LookedUp

_turns = itertools.cycle(range(3))


def kind(able: str = "") -> pytest.MarkDecorator:
    """Each kind that is made, or each that an aspect holds for."""
    cases = [case for case in registry.made() if able not in case.cannot]
    return pytest.mark.parametrize("case", cases, ids=[case.kind for case in cases])


def call(which: str, able: str = "") -> pytest.MarkDecorator:
    """Each call that makes a kind (``made_by``) or removes it (``removed_by``).

    A third of them, another one for each test, unless FARGATECTL_SOAK is set.
    """
    found = [
        (case, *one.split(":"))
        for case in registry.made()
        if able not in case.cannot
        for one in getattr(case, which)
    ]
    if not SOAK:
        found = found[next(_turns) :: 3]
    ids = [f"{case.kind}-{operation}" for case, _, operation in found]
    return pytest.mark.parametrize(("case", "service", "operation"), found, ids=ids)


def targets(case: Case | LookedUp, app: App) -> list[Resource]:
    """The resources of its kind that an app wants, the one that the case is about first."""
    found = [one for one in in_order(app.desired) if one.kind == case.kind]
    return sorted(found, key=lambda one: one.id != case.id)
