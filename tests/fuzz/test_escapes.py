"""Escape sequences in whatever others wrote: none reaches the terminal, whichever way it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, bare, cli  # noqa: F401 - fixtures
from tests.support.apps import Builder
from tests.support.figures import tried

EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u200b\x08\x7f\x1b]8;;http://x\x1b\\"
HARMFUL = set("\x1b\x07\x9b\u202e\u200b\x08\x7f")
SPEC = "app: shop\nservices:\n  web: {build: ., port: 8080}\n"


@pytest.mark.parametrize("output", ["text", "json"])
def test_names_of_files(bare: Cli, tmp_path: Path, output: str) -> None:  # noqa: F811
    """Found here: a good spec's own path was printed as it is."""
    path = f"x\x1b[31m\u202e{output}.yml"
    (tmp_path / path).write_text((tmp_path / "fargate.yml").read_text())
    done = bare("validate", "-f", path, "-o", output)
    assert done.code == 0
    assert not set(done.out + done.err) & HARMFUL
    if output == "json":
        assert done.document()["file"] == path  # for scripts nothing is lost
    assert bare("init", "-f", f"new{path}").code == 0
    tried("bad input", "escape sequences", 2)


@pytest.mark.parametrize("output", ["text", "json"])
def test_builds_pushes_and_their_errors(cli: Cli, monkeypatch: pytest.MonkeyPatch, output: str) -> None:  # noqa: F811
    from fargatectl.errors import DeployError

    def push(self: Builder, built: Any, uri: str, tag: str, credentials: Any, tell: Any) -> Any:
        tell(f"step {EVIL}", 1, 2)
        raise DeployError(f"no {EVIL}", hint=f"hint {EVIL}", details=[{"output": [EVIL], "log": EVIL}])

    monkeypatch.setattr(Builder, "push", push)
    cli.spec(SPEC)
    (cli.folder / "Dockerfile").write_text("FROM scratch\n")
    done = cli("up", "-v", "-o", output)
    assert done.code == 1
    assert not set(done.out + done.err) & HARMFUL
    if output == "json":
        assert EVIL in json.loads(done.out)["error"]["message"]
    tried("bad input", "escape sequences")


def test_what_aws_says(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    def refuse(self: Any, name: str, parameters: Any) -> Any:
        raise ClientError({"Error": {"Code": f"Oops{EVIL}", "Message": EVIL}}, name)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    for arguments in (["status"], ["plan", "-v"], ["up"], ["down", "--yes"], ["logs"], ["policy"]):
        done = cli(*arguments)
        assert not set(done.out + done.err) & HARMFUL, arguments
        tried("bad input", "escape sequences")
