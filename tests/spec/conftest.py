"""A spec from a text, as the commands load it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fargatectl.spec.load import load
from fargatectl.spec.models import LoadedSpec

Loader = Callable[..., LoadedSpec]


@pytest.fixture
def loaded(tmp_path: Path) -> Loader:
    """Writes a text to `fargate.yml` in `tmp_path` and loads it."""

    def load_text(
        text: str, *, environment: str | None = None, environ: Mapping[str, str] | None = None
    ) -> LoadedSpec:
        path = tmp_path / "fargate.yml"
        path.write_text(text, "utf-8")
        return load(path, environment=environment, environ=environ or {})

    return load_text
