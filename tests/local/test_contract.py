"""The contract with MiniStack's private functions, checked against a stand-in for its package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from fargatectl.local.ministack_patches import contract


@pytest.fixture
def ministack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `ministack` with one function, pinned as it is."""
    services = tmp_path / "ministack" / "services"
    services.mkdir(parents=True)
    (tmp_path / "ministack" / "__init__.py").touch()
    (services / "__init__.py").touch()
    source = services / "ecs.py"
    source.write_text("def _stop_task(data):\n    return data\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(metadata, "version", lambda name: contract.VERSION)
    _forget()
    pin = contract.source_hash("services.ecs._stop_task")
    monkeypatch.setattr(contract, "PINS", {"services.ecs._stop_task": pin})
    yield source
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "ministack"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_the_pinned_one_is_accepted(ministack: Path) -> None:
    contract.check()


def test_a_changed_function_is_refused_by_name(ministack: Path) -> None:
    ministack.write_text("def _stop_task(data):\n    return dict(data)  # otherwise\n")
    _forget()
    with pytest.raises(contract.ContractError, match=r"ministack\.services\.ecs\._stop_task has changed"):
        contract.check()


def test_a_missing_function_is_refused_by_name(ministack: Path) -> None:
    ministack.write_text("")
    _forget()
    with pytest.raises(contract.ContractError, match=r"_stop_task is gone"):
        contract.check()


def test_another_version_is_refused(ministack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "9.9")
    with pytest.raises(contract.ContractError, match=f"version 9.9 instead of {contract.VERSION}"):
        contract.check()
