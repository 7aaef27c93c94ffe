"""`fargatectl down` and what it says before and after."""

from __future__ import annotations

import sys

import pytest

from tests.lifecycle.stored import STORED

from .conftest import SPEC, Cli, Done, Terminal

SECRET = """\
app: shop
services:
  web:
    image: public.example/web:1
    secrets: {API_KEY: "generated:API_KEY"}
"""


def asked(cli: Cli, monkeypatch: pytest.MonkeyPatch, *options: str) -> Done:
    """`down` on a terminal, and a no."""
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    done = cli("down", *options)
    assert done.code == 130
    return done


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (STORED.replace("build: .", "image: public.example/web:1"), "file system shop-uploads"),
        (SECRET, "secret /fargatectl/shop/default/secrets/API_KEY"),
    ],
    ids=["files", "values"],
)
def test_the_question_names_the_data_that_would_go(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, spec: str, what: str
) -> None:
    cli.spec(spec)
    assert cli("up").code == 0
    question = asked(cli, monkeypatch, "--delete-data").out.splitlines()[-1]
    assert question.startswith(f"This deletes data for good: {what}. Remove all this? [y/N]")
    kept = asked(cli, monkeypatch).out.splitlines()[-1]
    assert kept.startswith("Remove all this? [y/N]")


def test_the_help_names_all_that_holds_data(bare: Cli) -> None:
    said = " ".join(bare("down", "--help").out.split())
    assert said.count("the values of secrets and the files of file systems") == 2


def test_where_it_looked_is_told_where_nothing_is(cli: Cli) -> None:
    """The spec's own region is not known by --app NAME: what runs there must not pass for removed."""
    cli.spec(f"region: eu-west-1\n{SPEC}")
    assert cli("up", "--no-wait", "-e", "eu").code == 0
    where = "of shop (environment eu) in us-east-1. Elsewhere: --region; another environment: -e."
    done = cli("down", "--app", "shop", "-e", "eu", "--yes")
    head, found, result = done.out.splitlines()
    assert (done.code, head, result) == (0, "shop  eu  us-east-1", f"Nothing to remove: nothing {where}")
    assert found.endswith("fargatectl down --app shop -e eu --region eu-west-1")
    assert cli("down", "--app", "shop", "-e", "eu", "--yes", "-o", "json").document() == {
        "schema": 1, "deleted": [], "kept": [],
    }  # fmt: skip
    assert cli("status", "--app", "shop", "-e", "eu").out.endswith(f"\n\nNo services: none {where}\n")

    there = cli("down", "--app", "shop", "-e", "eu", "--region", "eu-west-1", "--yes")
    assert there.out.endswith(" deleted.\n")
