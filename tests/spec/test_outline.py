"""A spec that was found right once is known again, and only that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fargatectl import cache
from fargatectl.spec import outline
from fargatectl.spec.load import load

SPEC = """\
app: shop
region: eu-central-1
cluster: shared
services:
  web: {image: "public.example/web:1"}
  api: {image: "public.example/api:1"}
environments:
  live: {services: {worker: {image: "public.example/worker:1"}}}
"""


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Load and remember a spec; the environment in which it was."""

    def of(text: str, environment: str | None = None) -> dict[str, str]:
        environ = {"HOME": str(tmp_path)}
        path = tmp_path / "fargate.yml"
        path.write_text(text)
        loaded = load(path, environment=environment, environ={"TAG": "1"})
        outline.remember(text, environment, outline.outline_of(loaded), environ)
        return environ

    return of


def test_it_is_what_the_spec_names(keep: Callable[..., dict[str, str]]) -> None:
    environ = keep(SPEC)
    known = outline.recall(SPEC, None, environ)
    assert known == outline.Outline("shop", "default", "eu-central-1", "shared", ("web", "api"))
    keep(SPEC, "live")
    live = outline.recall(SPEC, "live", environ)
    assert live is not None
    assert (live.environment, live.services) == ("live", ("web", "api", "worker"))


def test_a_changed_one_another_environment_and_another_program_are_unknown(
    keep: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = keep(SPEC)
    assert outline.recall(SPEC + "\n", None, environ) is None
    assert outline.recall(SPEC, "live", environ) is None
    assert outline.recall(SPEC, None, {}) is None
    monkeypatch.setattr(outline, "__version__", "0.0.0")
    assert outline.recall(SPEC, None, environ) is None


def test_what_depends_on_variables_is_not_kept(keep: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    keep(SPEC.replace("web:1", "web:${TAG}"))
    assert not (tmp_path / ".cache").exists()


@pytest.mark.parametrize(
    "kept",
    ["", "[]", "{", '{"%s": 1}', '{"%s": {"app": 1, "services": []}}', '{"%s": {"services": 3}}', "[" * 9999],
)
def test_garbage_is_no_outline(keep: Callable[..., dict[str, str]], tmp_path: Path, kept: str) -> None:
    environ = keep(SPEC)
    [file] = (tmp_path / ".cache" / "fargatectl").iterdir()
    [key] = json.loads(file.read_text())
    file.write_text(kept.replace("%s", key))
    assert outline.recall(SPEC, None, environ) is None
    keep(SPEC)
    assert outline.recall(SPEC, None, environ) is not None


def test_the_oldest_are_forgotten(
    keep: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    texts = [f"{SPEC}# {number}\n" for number in range(3)]
    for text in texts:
        environ = keep(text)
    assert [outline.recall(text, None, environ) is not None for text in texts] == [False, True, True]


def test_a_folder_that_cannot_be_written_is_no_fault(
    tmp_path: Path, keep: Callable[..., dict[str, str]]
) -> None:
    (tmp_path / ".cache").write_text("a file")
    environ = keep(SPEC)
    assert outline.recall(SPEC, None, environ) is None
