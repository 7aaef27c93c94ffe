"""`fargatectl policy` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fargatectl import policy
from tests.cli.conftest import Cli, bare, cli, counter  # noqa: F401 - fixtures
from tests.support.watched import ACCOUNT

GIVEN = ("--account", "210987654321", "--region", "eu-central-1")


def test_it_prints_json_and_asks_aws_nothing(bare: Cli, counter: Any) -> None:  # noqa: F811
    address, came = counter
    assert bare.monkeypatch is not None
    bare.monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        bare.monkeypatch.delenv(name)
    done = bare("policy", *GIVEN)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["Version"] == "2012-10-17"
    assert "arn:aws:ecs:eu-central-1:210987654321:cluster/shop" in done.out
    assert came == []


def test_purposes_differ(bare: Cli) -> None:  # noqa: F811
    default, deploy, look, destroy = (
        bare("policy", *GIVEN, *more).out
        for more in ([], ["--for", "deploy"], ["--for", "read-only"], ["--for", "destroy"])
    )
    assert default == deploy
    assert "CreateService" in deploy
    assert "ecs:DeleteService" in destroy
    assert "CreateService" not in look + destroy


def test_the_account_is_that_of_the_credentials(cli: Cli) -> None:  # noqa: F811
    assert f":{ACCOUNT}:" in cli("policy").out


def test_without_credentials_it_asks_for_the_account(bare: Cli) -> None:  # noqa: F811
    assert bare.monkeypatch is not None
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        bare.monkeypatch.delenv(name)
    done = bare("policy")
    assert (done.code, done.out) == (5, "")
    assert "--account 123456789012" in done.err


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions(bare: Cli, region: str) -> None:  # noqa: F811
    out = bare("policy", "--account", "210987654321", "--region", region).out
    assert '"arn:aws:' not in out
    assert '"arn:aws-' in out


def test_github(bare: Cli) -> None:  # noqa: F811
    done = bare("policy", *GIVEN, "--github", "octo/shop", "--github-environment", "production")
    assert done.code == 0
    assert "repo:octo/shop:environment:production" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--branch", "main"], "--github OWNER/REPO"),
        (["--github", "a/b", "--branch", "x", "--github-environment", "y"], "exclude each other"),
        (["--github", "a/b", "--for", "destroy"], "exclude each other"),
        (["--github", "a/b", "--part", "1"], "exclude each other"),
        (["--github", "just-a-name"], "OWNER/REPO"),
        (["--github", "a/*"], "OWNER/REPO"),
        (["--github", "a/b", "--branch", "*"], "a branch"),
        (["--account", "12345"], "12 digits"),
    ],
)
def test_what_is_wrong_is_said(bare: Cli, arguments: list[str], said: str) -> None:  # noqa: F811
    done = bare("policy", "--region", "eu-central-1", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_nothing_that_is_built_need_be_there(bare: Cli, tmp_path: Path) -> None:  # noqa: F811
    bare.spec("app: shop\nservices: {web: {build: nowhere}}\n")
    assert not (tmp_path / "nowhere").exists()
    assert bare("policy", *GIVEN).code == 0


# All that a spec can have: over what all inline policies of a role may have together.
EVERYTHING = """\
app: shop
network: {create: {private: nat}}
load_balancer: {domain: shop.example.com}
alarms: true
dashboard: true
notify: [oncall@example.com]
file_systems: {files: {}}
services:
  web:
    build: .
    port: 8080
    load_balancer: true
    connect: true
    mounts: {files: /files}
    secrets: {API_KEY: app:API_KEY}
    scaling: {min: 1, max: 4, cpu: 60}
    deployment: {strategy: blue_green}
"""


def test_one_that_is_too_long_for_a_managed_policy_says_where_it_fits(
    bare: Cli,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bare("policy", *GIVEN).err == ""
    monkeypatch.setattr(policy, "MOST_CHARACTERS", 4000)
    done = bare("policy", *GIVEN)
    assert done.code == 0
    json.loads(done.out)
    assert "a managed policy takes 4000" in done.err
    assert "put-role-policy" in done.err


def test_what_no_policy_holds_is_given_in_parts_that_do(bare: Cli) -> None:  # noqa: F811
    bare.spec(EVERYTHING)
    done = bare("policy", *GIVEN)
    assert done.code == 0, done.err
    whole = json.loads(done.out)
    assert policy.characters(whole) > policy.MOST_INLINE_CHARACTERS
    assert "put-role-policy" not in done.err  # it would not fit there
    assert "3 managed policies" in done.err
    assert "--part 1" in done.err
    parts = [bare("policy", *GIVEN, "--part", str(number)) for number in (1, 2, 3)]
    assert [(part.code, part.err) for part in parts] == [(0, "")] * 3
    documents = [json.loads(part.out) for part in parts]
    assert all(policy.characters(one) <= policy.MOST_CHARACTERS for one in documents)
    assert all(one["Version"] == whole["Version"] for one in documents)
    assert [each for one in documents for each in one["Statement"]] == whole["Statement"]


def test_a_part_that_there_is_not_is_said(bare: Cli) -> None:  # noqa: F811
    assert bare("policy", *GIVEN, "--part", "1").out == bare("policy", *GIVEN).out
    done = bare("policy", *GIVEN, "--part", "2")
    assert (done.code, done.out) == (2, "")
    assert "it has 1 part" in done.err


def test_a_statement_that_is_too_long_by_itself_is_told_of(
    bare: Cli,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy, "MOST_CHARACTERS", 400)
    monkeypatch.setattr(policy, "MOST_INLINE_CHARACTERS", 400)
    assert "is longer by itself" in bare("policy", *GIVEN).err
