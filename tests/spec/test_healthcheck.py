"""A Dockerfile's HEALTHCHECK, which ECS ignores: found, translated, told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.spec.healthcheck import ignored, notices
from fargatectl.spec.init import propose
from fargatectl.spec.load import load

FROM = "FROM python:3.12-slim\n"


@pytest.mark.parametrize(
    ("dockerfile", "lines"),
    [
        (
            "HEALTHCHECK CMD curl -f http://localhost:8080/ || exit 1",
            ['command: "curl -f http://localhost:8080/ || exit 1"', "interval: 30", "timeout: 30"],
        ),
        (
            "HEALTHCHECK --interval=5s --timeout=5s \\\n  # a comment\n  CMD [\"/probe\", \"-x\"]",
            ['command: [/probe, "-x"]'],
        ),
        (
            "HEALTHCHECK --interval=1m30s --timeout=1500ms --retries=5 --"
            "start-period=2m --start-interval=1s cmd p",
            ["command: p", "interval: 90", "timeout: 2", "retries: 5", "start_period: 120"],
        ),
        # Beyond what ECS takes: the nearest that it does.
        (
            "healthcheck --interval=1s --timeout=10m --retries=99 --start-period=1h cmd p",
            ["command: p", "timeout: 60", "retries: 10", "start_period: 300"],
        ),
        # A variable is the container's; in a spec ${ would be the environment's of fargatectl.
        (
            "HEALTHCHECK --interval=0s --timeout=nonsense CMD wget -q localhost:${PORT} || kill $$",
            ['command: "wget -q localhost:$${PORT} || kill $$$$"', "interval: 30", "timeout: 30"],
        ),
        ("HEALTHCHECK CMD [not json", ['command: "[not json"', "interval: 30", "timeout: 30"]),
        ("HEALTHCHECK NONE", []),
        ("HEALTHCHECK CMD one\nHEALTHCHECK NONE", []),
        ("HEALTHCHECK", []),
        ("HEALTHCHECK --interval=5s", []),
        ("RUN true", []),
    ],
)  # fmt: skip
def test_it_is_translated(dockerfile: str, lines: list[str]) -> None:
    found = ignored(FROM + dockerfile)
    assert [line.strip() for line in found.lines()[1:]] == lines if found else lines == []


def test_of_several_stages_that_which_is_built() -> None:
    text = """\
FROM a AS base
HEALTHCHECK --interval=5s --timeout=5s CMD base
FROM base AS test
HEALTHCHECK --interval=5s --timeout=5s CMD test
FROM b AS plain
FROM --platform=linux/amd64 Base AS last
"""
    commands = {
        name: getattr(ignored(text, name), "command", None) for name in ("base", "test", "plain", None)
    }
    assert commands == {"base": "base", "test": "test", "plain": None, None: "base"}


def test_its_lines_are_a_spec(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"{FROM}HEALTHCHECK --start-period=10s CMD wget -q localhost:${{PORT}} || exit 1\n"
    )
    spec = tmp_path / "fargate.yml"
    spec.write_text("app: shop\nservices:\n  web:\n    build: .\n")
    (told,) = notices(load(spec, environ={}))
    assert "ECS ignores the Dockerfile's HEALTHCHECK" in told
    assert f"services.web in {spec}:3" in told
    lines = told.partition("\n")[2]
    spec.write_text(f"{spec.read_text()}{lines}\n")
    loaded = load(spec, environ={"PORT": "of this machine"})
    check = loaded.spec.services["web"].health_check
    assert check
    assert check.command == ["CMD-SHELL", "wget -q localhost:${PORT} || exit 1"]
    assert (check.interval, check.timeout, check.retries, check.start_period) == (30, 30, 3, 10)
    assert list(notices(loaded)) == []


@pytest.mark.parametrize(
    ("keys", "given"),
    [("health_check: false", ()), ("health_check: {command: ok}", ()),
     ("port: 80", ("web",))],
)  # fmt: skip
def test_it_is_not_told_where_it_was_answered(keys: str, given: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{FROM}HEALTHCHECK CMD probe\n")
    spec = tmp_path / "fargate.yml"
    spec.write_text(f"app: shop\nservices:\n  web:\n    build: .\n    {keys}\n  api: {{image: nginx}}\n")
    assert list(notices(load(spec, environ={}), given)) == []


def test_init_writes_it(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{FROM}EXPOSE 80\nHEALTHCHECK --timeout=3s CMD probe it\n")
    text = propose(tmp_path, app="shop", port=None)
    assert "    # As the Dockerfile's HEALTHCHECK, which ECS ignores.\n" in text
    (tmp_path / "fargate.yml").write_text(text)
    check = load(tmp_path / "fargate.yml", environ={}).spec.services["web"].health_check
    assert check
    assert (check.command, check.interval, check.timeout) == (["CMD-SHELL", "probe it"], 30, 3)
