"""The cases: every module of `tests.lifecycle.cases` has one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from . import cases
from .case import Case, LookedUp


@cache
def load() -> dict[str, Case | LookedUp]:
    """Kind -> its case, in alphabetical order."""
    found: dict[str, Case | LookedUp] = {}
    for module in pkgutil.iter_modules(cases.__path__):
        case = importlib.import_module(f"{cases.__name__}.{module.name}").CASE
        assert case.kind not in found, f"{module.name} is a second case of {case.kind}"
        found[case.kind] = case
    return dict(sorted(found.items()))


def made() -> list[Case]:
    """Of the kinds that are made."""
    return [case for case in load().values() if isinstance(case, Case)]


def looked_up() -> list[LookedUp]:
    """Of those that are only looked at."""
    return [case for case in load().values() if isinstance(case, LookedUp)]
