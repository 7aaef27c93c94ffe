"""A pytest plugin: with `FARGATECTL_E2E=skip` the tests marked `e2e` are skipped, with the reason given."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an engine where there is none."""
    if os.environ.get("FARGATECTL_E2E") != "skip":
        return
    reason = os.environ.get("FARGATECTL_E2E_REASON") or "FARGATECTL_E2E=skip"
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.skip(reason=reason))
