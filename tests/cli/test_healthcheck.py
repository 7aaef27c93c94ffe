"""`plan` and `up` tell of a Dockerfile's HEALTHCHECK, which ECS ignores."""

from __future__ import annotations

import json

from tests.support.watched import WatchedAws

from .conftest import Cli

BUILT = """\
app: shop
services:
  web:
    build: .
    port: 8080
"""
LINES = ["health_check:", "  command: probe", "  interval: 30", "  timeout: 30"]


def test_a_plan_offers_the_lines_until_they_are_there(cli: Cli, moto_aws: WatchedAws) -> None:
    (cli.folder / "Dockerfile").write_text("FROM scratch\nHEALTHCHECK CMD probe\n")
    cli.spec(BUILT)
    offered = "\n".join(f"    {line}" for line in LINES)
    done = cli("plan")
    assert done.code == 0
    assert "web: ECS ignores the Dockerfile's HEALTHCHECK." in done.err + done.out
    assert offered in done.err + done.out
    done = cli("plan", "-o", "json")
    assert "HEALTHCHECK" not in done.out
    assert json.loads(done.out)["changes"]

    for answer in (offered, "    health_check: false"):
        cli.spec(f"{BUILT}{answer}\n")
        done = cli("plan")
        assert done.code == 0
        assert "HEALTHCHECK" not in done.err + done.out
    cli.spec(BUILT)
    done = cli("plan", "--image", "web=public.example/web:1")
    assert done.code == 0
    assert "HEALTHCHECK" not in done.err + done.out
