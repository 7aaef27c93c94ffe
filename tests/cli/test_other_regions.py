"""An app that moves to another region leaves a copy behind, which costs: it is told, once."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.aws.errors import DeniedError
from fargatectl.aws.session import Aws

from .conftest import SPEC, Cli, Done

TOLD = "shop (default) has resources in us-east-1 too"
REMEDY = "If nobody needs them: fargatectl down --region us-east-1"


def said(done: Done) -> str:
    assert done.code == 0, done.err
    return done.out + done.err


def told(done: Done) -> bool:
    text = " ".join(said(done).split())
    assert (TOLD in text) == (REMEDY in text)
    return TOLD in text


@pytest.fixture
def moved(cli: Cli) -> Cli:
    """Deployed to us-east-1; the spec now says eu-west-1."""
    assert not told(cli("up", "--no-wait"))
    cli.spec(SPEC.replace("services:", "region: eu-west-1\nservices:"))
    return cli


@pytest.mark.parametrize("image", [(), ("--image", "public.example/web:2")])
def test_the_first_up_in_a_region_tells(moved: Cli, image: tuple[str, ...]) -> None:
    assert told(moved("plan", *image))
    assert told(moved("up", "--no-wait", *image))
    assert not told(moved("plan", *image))
    assert not told(moved("up", "--no-wait", "--image", "public.example/web:3"))  # it is known by now


def test_one_that_is_in_both_for_long_is_not_told_again(moved: Cli) -> None:
    """Though what is new in its spec takes a role more."""
    said(moved("up", "--no-wait"))
    moved.spec(
        SPEC.replace("services:", "region: eu-west-1\nservices:")
        + "    role: {policies: [AmazonS3ReadOnlyAccess]}\n"
    )
    assert "role" in said(moved("plan"))
    assert not told(moved("plan"))


@pytest.mark.parametrize("image", [(), ("--image", "public.example/web:2")])
def test_who_may_not_see_other_regions_may_deploy(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, image: tuple[str, ...]
) -> None:
    """A policy of one's own may permit to list the roles of this region alone."""
    items = Aws.items

    def narrowed(self: Aws, service: str, operation: str, key: str, /, **asked: Any) -> Any:
        if operation == "ListRoles" and not asked["PathPrefix"].startswith("/fargatectl/us-east-1/"):
            raise DeniedError("AccessDenied", "not permitted", service, operation)
        return items(self, service, operation, key, **asked)

    monkeypatch.setattr(Aws, "items", narrowed)
    said(cli("up", "--no-wait", *image))


def test_down_tells_what_it_leaves(moved: Cli) -> None:
    said(moved("up", "--no-wait"))
    assert told(moved("down", "--yes"))
    assert not told(moved("down", "--yes", "--region", "us-east-1"))
    assert not told(moved("down", "--yes"))


def test_with_roles_in_a_folder_of_their_own(cli: Cli) -> None:
    spec = SPEC.replace("services:", "roles: {path: /team/}\nservices:")
    cli.spec(spec)
    said(cli("up", "--no-wait"))
    cli.spec(spec.replace("services:", "region: eu-west-1\nservices:"))
    assert told(cli("plan"))


@pytest.mark.parametrize("other", ["app: shop2", "app: myshop"])
def test_other_apps_and_environments_are_not_it(cli: Cli, other: str) -> None:
    cli.spec(SPEC.replace("app: shop", other))
    said(cli("up", "--no-wait"))
    cli.spec(f"{SPEC}environments: {{prod: {{}}}}\n")
    said(cli("up", "--no-wait", "-e", "prod"))
    assert not told(cli("plan", "--region", "eu-west-1"))


def test_the_command_is_about_the_same_app(moved: Cli) -> None:
    """And has one region, the other."""
    said(moved("up", "--no-wait"))
    done = moved("down", "--yes", "--app", "shop", "--region", "eu-west-1")
    assert "fargatectl down --app shop --region us-east-1" in " ".join(said(done).split())
