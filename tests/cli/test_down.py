"""`fargatectl down` and what it says before and after."""

from __future__ import annotations

import sys

import pytest

from tests.lifecycle.stored import STORED

from .conftest import Cli, Done, Terminal

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
