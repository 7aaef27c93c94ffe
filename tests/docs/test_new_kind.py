"""The kind that CONTRIBUTING adds step by step works as it stands: one new file, its use, its case."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from devtools.docs import ROOT

DRIVER = """
import sys
import pytest
from moto import mock_aws
from fargatectl.cli.main import run
from tests.support import shims
shims.install(pytest.MonkeyPatch())
with mock_aws():
    import boto3
    events = boto3.client("events")
    rules = lambda: [one["Name"] for one in events.list_rules()["Rules"]]
    spec = ["-f", sys.argv[1], "-o", "json"]
    codes = [run(["up", "--no-wait", *spec])]
    print(chr(0), rules(), chr(0))
    codes += [run(["plan", *spec]), run(["down", "--yes", "--app", "public-image", "-o", "json"])]
    print(chr(0), rules(), codes)
"""


def code_blocks() -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return [textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)   ```", text, re.DOTALL)]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this one with the kind added as CONTRIBUTING says, and no case of it yet."""
    package = tmp_path / "fargatectl"
    for folder in ("fargatectl", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    kind, use, _ = code_blocks()
    (package / "resources/event_rule.py").write_text(kind)
    app = (package / "app.py").read_text()
    last = "    return App(base.scope, base.account, desired, services, beside)\n"
    assert app.count(last) == 1
    app = app.replace(last, textwrap.indent(use, "    "))
    app = app.replace(
        "\nif TYPE_CHECKING:",
        "\nfrom fargatectl.resources.event_rule import EventRule\n\nif TYPE_CHECKING:",
        1,
    )
    (package / "app.py").write_text(app)
    return tmp_path


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))},
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "PYTHONPATH": str(checkout),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_it_is_made_found_again_and_removed(checkout: Path) -> None:
    spec = ROOT / "examples/public-image/fargate.yml"
    done = python(checkout, "-c", DRIVER, str(spec))
    made, rules, rest, left = [*done.stdout.split("\0"), "", "", ""][:4]
    assert "events.event_rule" in [one["kind"] for one in json.loads(made)["changes"]], done.stderr
    assert rules.strip() == "['public-image-web-failures']"
    planned, removed = (json.loads(part) for part in re.split(r"(?<=\n\})\n(?=\{)", rest.strip()))
    assert "events.event_rule" not in [one["kind"] for one in planned["changes"]]
    assert "events.event_rule" in [one["kind"] for one in removed["deleted"]]
    assert left.strip() == "[] [0, 0, 0]"


def life(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(checkout, "-m", "pytest", "-q", "-k", "events.event_rule", *arguments)


def test_the_suite_of_every_kinds_life_fails_without_its_case_and_passes_with_it(checkout: Path) -> None:
    without = life(checkout, "tests/lifecycle/test_registered.py")
    assert without.returncode == 1, without.stdout + without.stderr
    assert "events.event_rule has no case: write tests/lifecycle/cases/event_rule.py" in without.stdout

    (checkout / "tests/lifecycle/cases/event_rule.py").write_text(code_blocks()[2])
    with_it = life(checkout, "tests/lifecycle")
    assert with_it.returncode == 0, with_it.stdout + with_it.stderr
    assert "1 kinds, 2 drifts, 4 foreigners" in with_it.stdout
