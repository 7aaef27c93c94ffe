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


UNSET = "app: shop\nservices: {web: {image: 'public.example/web:${TAG}'}}\n"
BY_NAME = [("status",), ("logs",), ("promote",), ("abort",), ("down", "--yes"), ("secret", "list")]


@pytest.mark.parametrize("command", BY_NAME, ids=" ".join)
def test_where_the_spec_cannot_be_read_the_apps_name_will_do(bare: Cli, command: tuple[str, ...]) -> None:
    """A variable that only CI sets is no reason to see nothing of what runs."""
    bare.spec(UNSET)
    name = " ".join(one for one in command if one != "--yes")
    done = bare(*command)
    assert (done.code, "TAG is not set" in done.err) == (2, True)
    said = f"The spec is not needed: fargatectl {name} --app NAME [-e ENVIRONMENT] [--region REGION]\n"
    assert done.err.endswith(said)
    given = bare(*command, "-e", "prod", "--local", "--file", "fargate.yml").err
    said = f"The spec is not needed: fargatectl {name} --local --app NAME -e prod [--region REGION]\n"
    assert given.endswith(said)


def test_a_key_that_the_spec_would_name_is_told_of(bare: Cli) -> None:
    """Without the spec a value would be encrypted with another key than kms_key."""
    bare.spec(UNSET)
    (bare.folder / "value").write_text("hunter2222")
    done = bare("secret", "set", "API_KEY", "--from-file", "value")
    assert done.err.endswith("--app NAME [-e ENVIRONMENT] [--region REGION] [--key KEY]\n")


def test_what_needs_the_spec_does_not_say_that_it_does_not(bare: Cli) -> None:
    bare.spec(UNSET)
    for command in ("up", "plan", "policy"):
        assert "not needed" not in bare(command).err
    assert "not needed" not in bare("status", "--app", "No name").err


@pytest.mark.parametrize("command", BY_NAME, ids=" ".join)
def test_an_environment_that_the_spec_no_longer_has_is_reached_by_name(
    bare: Cli, command: tuple[str, ...]
) -> None:
    bare.spec("app: shop\nservices: {web: {image: nginx}}\nenvironments: {eu: {}}\n")
    name = " ".join(one for one in command if one != "--yes")
    done = bare(*command, "-e", "prod")
    assert (done.code, "has no environment prod" in done.err) == (2, True)
    assert done.err.endswith(
        "It has eu. Add others under environments.\n"
        f"One that it no longer has: fargatectl {name} --app NAME -e prod [--region REGION]\n"
    )
    assert "--app" not in bare("plan", "-e", "prod").err
    assert "--app" not in bare(*command, "-e", "No-Name").err
