"""What docs/from-copilot.md says to write is a good spec."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from devtools.docs import ROOT

from fargatectl.app import build
from fargatectl.errors import SpecError
from fargatectl.spec.load import load

PAGE = (ROOT / "docs/from-copilot.md").read_text("utf-8")
SPEC = "app: shop\nservices: {web: {image: nginx, secrets: {A: 'SECRET'}}}\n"


def test_secrets_of_copilots_environments(tmp_path: Path) -> None:
    (found,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "fargate.yml"
    path.write_text(found, "utf-8")
    for name in ("test", "prod"):
        web = load(path, environment=name, environ={}).spec.services["web"]
        assert web.secrets == {"A": f"/copilot/shop/{name}/secrets/A"}


@pytest.mark.parametrize(
    ("secret", "is_good"),
    [
        ("secretsmanager:NAME", True),
        ("secretsmanager:NAME:JSON_KEY", True),
        ("app:A", True),
        ("NAME:JSON_KEY::", False),
        ("/copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/A", False),
    ],
)
def test_secrets_that_the_page_names(secret: str, is_good: bool, tmp_path: Path) -> None:
    assert secret in PAGE
    path = tmp_path / "fargate.yml"
    path.write_text(SPEC.replace("SECRET", secret), "utf-8")
    if is_good:
        load(path, environ={})
    else:
        with pytest.raises(SpecError):
            load(path, environ={})


GIVEN = "certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'"


@pytest.mark.parametrize(
    ("keys", "made"),
    [(GIVEN, []), (f"{GIVEN}, domain: shop.example.com", ["route53.record"])],
    ids=["beside Copilot's record", "after it"],
)
def test_a_name_moves_with_a_certificate_that_is_there(keys: str, made: list[str], tmp_path: Path) -> None:
    """The page leads there in two steps: no record is made first, and nothing but the record after."""
    assert "load_balancer.certificate" in PAGE
    path = tmp_path / "fargate.yml"
    web = "{image: nginx, port: 80, load_balancer: true}"
    path.write_text(f"app: shop\nload_balancer: {{{keys}}}\nservices: {{web: {web}}}\n", "utf-8")
    app = build(load(path, environ={}), region="us-east-1", content_hash=lambda _: "")
    kinds = {one.kind for one in app.desired}
    assert sorted(kinds & {"route53.record", "acm.certificate"}) == made
