"""A role's credentials that the AWS CLI has kept: one code of a second factor serves both while they last."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ROLE = "arn:aws:iam::123456789012:role/deployer"
DEVICE = "arn:aws:iam::123456789012:mfa/ann"
TOKEN = "FwoGZXIvYXdzEJr-kept-by-the-cli"


@pytest.fixture
def kept(remote: Cli) -> Path:
    """Where the AWS CLI keeps what it got for the role; the profile that wants a code for it is chosen."""
    (remote.folder / "config").write_text(
        f"[profile mine]\nrole_arn = {ROLE}\nsource_profile = keys\nmfa_serial = {DEVICE}\n"
        "[profile keys]\naws_access_key_id = AKIAX\naws_secret_access_key = keyskeys\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        remote.environ.pop(name, None)
    remote.environ |= {"HOME": str(remote.folder), "AWS_PROFILE": "mine"}
    key = hashlib.sha1(json.dumps({"RoleArn": ROLE, "SerialNumber": DEVICE}).encode()).hexdigest()
    file = remote.folder / ".aws/cli/cache" / f"{key}.json"
    file.parent.mkdir(parents=True)
    return file


def _for(time: datetime.timedelta) -> str:
    credentials = {
        "AccessKeyId": "ASIAKEPT",
        "SecretAccessKey": "secretkept",
        "SessionToken": TOKEN,
        "Expiration": (datetime.datetime.now(datetime.UTC) + time).strftime("%Y-%m-%dT%H:%M:%SUTC"),
    }
    return json.dumps({"Credentials": credentials})


def test_they_are_used_and_no_code_is_asked_for(remote: Cli, kept: Path) -> None:
    kept.write_text(_for(datetime.timedelta(hours=1)))
    done = remote.process("plan")
    assert (done.code, done.err) == (0, "")
    assert TOKEN not in done.out
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"Credentials": 1}',
        '{"Credentials": {"Expiration": "soon"}}',
        "over",
        "\x00\xff",
    ],
)
def test_those_that_are_over_or_no_credentials_count_as_none(remote: Cli, kept: Path, text: str) -> None:
    kept.write_text(_for(datetime.timedelta(minutes=-1)) if text == "over" else text, encoding="latin-1")
    done = remote.process("plan")
    assert done.code == 5
    assert "asked for on a terminal only" in done.err
    assert len(list(kept.parent.iterdir())) == 1


def test_others_that_cannot_be_read_count_as_none(remote: Cli, kept: Path) -> None:
    kept.mkdir()
    done = remote.process("plan")
    assert done.code == 5
    assert "asked for on a terminal only" in done.err
