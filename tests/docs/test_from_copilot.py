"""What docs/from-copilot.md says to write is a good spec."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from devtools.docs import ROOT

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
