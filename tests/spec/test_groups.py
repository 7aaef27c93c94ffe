"""How many security groups tasks end up in, with those by which services reach each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.errors import SpecError
from fargatectl.spec.load import load

FOUR = ", ".join(f"sg-0a1b2c3d4e5f6071{number}" for number in range(4))
BALANCED = "discovery: true, load_balancer: true"


@pytest.mark.parametrize(
    ("more", "fits"),
    [("", True), ("discovery: true", True), ("connect: true", False), (BALANCED, False)],
)
def test_a_task_is_in_five_at_most(tmp_path: Path, more: str, fits: bool) -> None:
    path = tmp_path / "fargate.yml"
    service = ", ".join(filter(None, ['image: "public.example/web:1"', "port: 8080", more]))
    path.write_text(f"app: shop\nnetwork: {{security_groups: [{FOUR}]}}\nservices:\n  web: {{{service}}}\n")
    if fits:
        load(path, environ={})
        return
    with pytest.raises(SpecError, match="six security groups") as caught:
        load(path, environ={})
    assert f"{path}:4: services.web." in str(caught.value)
    path.write_text(path.read_text().replace(f"{FOUR}", FOUR.rpartition(", ")[0]))
    load(path, environ={})
