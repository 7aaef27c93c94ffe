"""A second repository that deploys the same app removes the first one's services: it is said before."""

from __future__ import annotations

import pytest

from .conftest import SPEC, Cli

TOLD = "None of the services that are there is in this spec"
TWO = SPEC + "  api: {image: 'public.example/api:1'}\n"


def text(cli: Cli, *arguments: str) -> str:
    done = cli(*arguments)
    assert done.code == 0, done.err
    return " ".join((done.out + done.err).split())


@pytest.mark.parametrize("command", [["plan"], ["up", "--no-wait"], ["plan", "-o", "json"]])
def test_a_spec_with_none_of_them(cli: Cli, command: list[str]) -> None:
    cli.spec(TWO)
    assert TOLD not in text(cli, "up", "--no-wait")
    cli.spec(SPEC.replace("web:", "shop-front:"))
    said = text(cli, *command)
    assert f"{TOLD}: api, web are removed once shop-front runs." in said
    assert "give one of the two another app name" in said


@pytest.mark.parametrize(
    "after", [SPEC, TWO, TWO.replace("web:", "site:"), TWO + "  job: {image: 'a/b:1'}\n"]
)
def test_one_that_has_some_of_them_is_the_same_spec_changed(cli: Cli, after: str) -> None:
    cli.spec(TWO)
    text(cli, "up", "--no-wait")
    cli.spec(after)
    assert TOLD not in text(cli, "plan")


def test_nor_one_in_another_cluster(cli: Cli) -> None:
    """The services are made there and removed here: they are the same ones."""
    text(cli, "up", "--no-wait")
    cli.spec("cluster: other\n" + SPEC)
    assert TOLD not in text(cli, "plan")


def test_a_first_one_takes_nobodys_place(cli: Cli) -> None:
    assert TOLD not in text(cli, "plan")


def test_nor_does_a_part_of_it(cli: Cli) -> None:
    """What is not named is not touched."""
    cli.spec(TWO)
    text(cli, "up", "--no-wait", "web")
    assert TOLD not in text(cli, "plan", "api")
