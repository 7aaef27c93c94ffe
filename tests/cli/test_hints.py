"""Suggested commands can be typed as they stand, and mean the same app and environment."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from fargatectl.cli.hints import addressed
from fargatectl.cli.main import cli as group
from fargatectl.cli.options import Options

from .conftest import Cli


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (("-e", "eu"), "-e eu"),
        (("--file", "fargate.yml"), "--file fargate.yml"),
        (("--region", "eu-west-1", "-e", "eu"), "-e eu --region eu-west-1"),
    ],
)
def test_what_up_suggests_has_the_options_once(cli: Cli, options: tuple[str, ...], where: str) -> None:
    done = cli("up", "--no-wait", *options)
    assert done.code == 0, done.err
    typed = [line.split("fargatectl ")[1] for line in done.out.splitlines() if "fargatectl " in line]
    assert typed == [f"status {where}", f"logs -f {where}", f"down {where}"]


@pytest.mark.parametrize("command", [("logs",), ("promote",), ("abort",)])
def test_up_is_suggested_without_the_apps_name_which_it_does_not_take(
    cli: Cli, command: tuple[str, ...]
) -> None:
    done = cli(*command, "--app", "zz", "-e", "eu")
    assert done.code == 1
    assert "fargatectl up -e eu" in done.err
    assert "--app" not in done.err


NAMED = Options(app="zz", env="eu", region="eu-west-1", profile="me", local=True)


@pytest.mark.parametrize(
    "command", ["up", "plan", "down", "status", "logs", "logs -f", "promote", "abort", "secret list"]
)
def test_a_suggested_command_takes_the_options_that_it_gets(command: str) -> None:
    text = addressed(f"Type fargatectl {command}", NAMED)
    found = re.fullmatch(r"Type fargatectl (.*)", text)
    assert found
    arguments = shlex.split(found[1])
    made: click.Command = group
    while isinstance(made, click.Group):
        name = arguments.pop(0)
        made = made.get_command(click.Context(made), name) or pytest.fail(name)
    given = made.make_context(name, arguments).params  # raises where an option is not known
    assert (given["env"], given["region"], given["profile"], given["local"]) == (
        "eu",
        "eu-west-1",
        "me",
        True,
    )
    assert given.get("app", "zz") == "zz"
