"""`fargatectl secret`: values go in, and never come out."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.watched import WatchedAws

from .conftest import Cli

VALUE = "hunter2-and-more"
PLACE = "/fargatectl/shop/default/secrets/API_KEY"
WITH = """\
app: shop
services:
  web:
    image: public.example/web:1
    secrets: {API_KEY: "app:API_KEY"}
"""


class Piped(io.TextIOWrapper):
    def __init__(self, raw: bytes) -> None:
        super().__init__(io.BytesIO(raw), "utf-8")


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(raw))


def stored(aws: WatchedAws) -> dict[str, Any]:
    found: dict[str, Any] = aws.call("ssm", "GetParameter", Name=PLACE, WithDecryption=True)["Parameter"]
    return found


def test_set_list_and_delete(cli: Cli, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.spec(WITH)
    assert cli("secret", "list", "-o", "json").document()["secrets"] == [
        {"name": "API_KEY", "set": False, "version": None, "changed_at": None, "services": ["web"]}
    ]
    pipe(monkeypatch, f"{VALUE}\n".encode())
    done = cli("secret", "set", "API_KEY", "-v")
    assert done.code == 0
    assert "Give it to web: fargatectl up" in done.out
    assert VALUE not in done.out + done.err
    assert (stored(moto_aws)["Value"], stored(moto_aws)["Type"]) == (VALUE, "SecureString")
    tags = moto_aws.call("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId=PLACE)["TagList"]
    assert {"Key": "fargatectl:app", "Value": "shop"} in tags

    pipe(monkeypatch, b"another-value")
    changed = cli("secret", "set", "API_KEY", "-o", "json").document()
    assert (changed["created"], changed["version"]) == (False, 2)
    (shown,) = cli("secret", "list", "-o", "json").document()["secrets"]
    assert (shown["set"], shown["version"], shown["services"]) == (True, 2, ["web"])
    listed = cli("secret", "list")
    assert "another-value" not in listed.out + listed.err

    assert cli("secret", "delete", "API_KEY").code == 2  # it cannot ask
    assert cli("secret", "delete", "API_KEY", "--yes").code == 0
    gone = cli("secret", "delete", "API_KEY", "--yes")
    assert (gone.code, "there is no secret API_KEY" in gone.err) == (2, True)


def test_a_file_is_taken_as_it_is(cli: Cli, moto_aws: WatchedAws, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("line 1\nline 2\n")
    assert cli("secret", "set", "API_KEY", "--from-file", "key.pem").code == 0
    assert stored(moto_aws)["Value"] == "line 1\nline 2\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "the value is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 5000, "5000 bytes"),
    ],
)
def test_values_that_cannot_be(cli: Cli, monkeypatch: pytest.MonkeyPatch, raw: bytes, said: str) -> None:
    pipe(monkeypatch, raw)
    done = cli("secret", "set", "API_KEY")
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_value_in_the_place_of_the_name_is_not_repeated(cli: Cli) -> None:
    done = cli("secret", "set", f"API_KEY={VALUE}")
    assert done.code == 2
    assert VALUE not in done.out + done.err


def test_up_wants_it_set_first_and_deploys_a_change_of_it(
    cli: Cli, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.spec(WITH)
    refused = cli("up")
    assert (refused.code, "fargatectl secret set API_KEY" in refused.err) == (2, True), refused.err
    assert moto_aws.call("ecs", "ListClusters")["clusterArns"] == []

    pipe(monkeypatch, b"first")
    cli("secret", "set", "API_KEY")
    assert cli("up").code == 0
    (arn,) = moto_aws.call("ecs", "ListTaskDefinitions")["taskDefinitionArns"]
    shown = moto_aws.call("ecs", "DescribeTaskDefinition", taskDefinition=arn)["taskDefinition"]
    (secret,) = shown["containerDefinitions"][0]["secrets"]
    assert secret["valueFrom"].endswith(f":parameter{PLACE}")
    (role,) = [one for one in moto_aws.call("iam", "ListRoles")["Roles"] if "execution" in one["RoleName"]]
    policy = moto_aws.call("iam", "GetRolePolicy", RoleName=role["RoleName"], PolicyName="fargatectl")[
        "PolicyDocument"
    ]
    assert PLACE in str(policy)

    pipe(monkeypatch, b"second")
    cli("secret", "set", "API_KEY")
    changes = cli("up", "-o", "json").document()["changes"]
    assert [(one["kind"], [field["field"] for field in one["fields"]]) for one in changes] == [
        ("ecs.service", ["changed_secrets"])
    ]
    assert cli("up", "-o", "json").document()["changes"] == []


def test_down_keeps_values_and_says_how_to_remove_them(
    cli: Cli, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.spec(WITH)
    pipe(monkeypatch, b"first")
    cli("secret", "set", "API_KEY")
    cli("up")
    (kept,) = cli("down", "--yes", "-o", "json").document()["kept"]
    assert (kept["kind"], kept["name"]) == ("ssm.secret", PLACE)
    assert "fargatectl down --delete-data" in kept["why"]
    assert stored(moto_aws)["Value"] == "first"
    said = cli("down", "--yes").out
    assert "kept" in said
    assert PLACE in said

    gone = cli("down", "--yes", "--delete-data", "-o", "json").document()
    assert (gone["deleted"], gone["kept"]) == ([{"kind": "ssm.secret", "name": PLACE}], [])
    assert cli("down", "--yes", "-o", "json").document() == {"schema": 1, "deleted": [], "kept": []}


def test_a_generated_one_is_made_once_and_is_random(cli: Cli, moto_aws: WatchedAws) -> None:
    cli.spec(WITH.replace("app:API_KEY", "generated:API_KEY"))
    assert cli("up").code == 0
    value = stored(moto_aws)["Value"]
    assert len(value) >= 40
    assert cli("up", "-o", "json").document()["changes"] == []
    cli("down", "--yes", "--delete-data")
    assert cli("up").code == 0
    assert stored(moto_aws)["Value"] != value


def test_what_to_type_next_is_for_the_same_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed as it stands it must not set, or remove, that of another."""
    cli.spec(f"{WITH}environments: {{prod: {{}}}}\n")
    refused = cli("plan", "-e", "prod")
    assert refused.code == 2
    assert "Set it: fargatectl secret set -e prod API_KEY" in refused.err
    pipe(monkeypatch, b"a-value")
    assert "Give it to web: fargatectl up -e prod" in cli("secret", "set", "-e", "prod", "API_KEY").out
    assert cli("up", "-e", "prod").code == 0
    cli.spec("app: shop\nservices: {web: {image: 'public.example/web:1'}}\nenvironments: {prod: {}}\n")
    why = "secret values stay until fargatectl down -e prod --delete-data"
    told = cli("up", "-e", "prod").out
    assert "fargatectl down -e prod" in told
    assert "-e prod -e prod" not in told
    assert f"kept: {why}" in cli("down", "-e", "prod", "--yes").out
    (kept,) = cli("down", "-e", "prod", "--yes", "-o", "json").document()["kept"]
    assert kept["why"] == why
