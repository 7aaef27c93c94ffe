"""Where AWS is and who we are: from what is given, else from the AWS environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.aws.session import Aws, Connection
from fargatectl.errors import CredentialsError


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        (None, {}, "eu-west-1"),
        (None, {"AWS_DEFAULT_REGION": "eu-north-1"}, "eu-north-1"),
        (None, {"AWS_DEFAULT_REGION": "eu-north-1", "AWS_REGION": "eu-south-1"}, "eu-south-1"),
        (None, {"AWS_PROFILE": "work"}, "eu-west-2"),
        (None, {"AWS_REGION": ""}, "eu-west-1"),
        ("cn-north-1", {"AWS_REGION": "eu-south-1"}, "cn-north-1"),
    ],
)
def test_the_region(
    monkeypatch: pytest.MonkeyPatch, given: str | None, environ: dict[str, str], expected: str
) -> None:
    """AWS_REGION is what every AWS tool reads, boto3 excepted: AWS SDKs Reference Guide, "AWS Region"."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert Aws(Connection(region=given)).region == expected


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_partition(region: str, partition: str) -> None:
    assert Aws(Connection(region=region)).partition == partition


def test_no_region_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(CredentialsError, match="no AWS region"):
        _ = Aws(Connection()).region


def test_no_such_profile() -> None:
    with pytest.raises(CredentialsError, match="nobody"):
        _ = Aws(Connection(profile="nobody")).region
