"""Whoever deploys an image of another registry by a tag that CI moves learns why nothing happens."""

from __future__ import annotations

from .conftest import Cli

TOLD = "is what runs already, by its name: whether its tag was moved is not looked at"
IMAGE = ("--image", "public.example/web:main")


def test_it_is_told_only_where_it_is_named_by_hand_and_nothing_changes(cli: Cli) -> None:
    def told(*arguments: str) -> int:
        done = cli(*arguments)
        assert done.code == 0, done.err
        return " ".join((done.out + done.err).split()).count(TOLD)

    assert told("up", "--no-wait", *IMAGE) == 0
    assert told("up", "--no-wait", *IMAGE) == 1
    assert told("plan", *IMAGE) == 1
    assert told("plan") == 0
