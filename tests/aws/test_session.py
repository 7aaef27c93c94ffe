"""Where AWS is and who we are: from what is given, else from the AWS environment."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from fargatectl.aws.errors import AwsError, NoAnswerError
from fargatectl.aws.session import Aws, Connection
from fargatectl.errors import CredentialsError, UnreachableError
from tests.cli.conftest import counter  # noqa: F401 - a fixture


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


REVISION = {"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]}


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.endpoint

    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))


def _at(url: str) -> Aws:
    return Aws(Connection(region="us-east-1", endpoint_url=url, access_key="1" * 12, secret_key="s"))


def test_what_aws_does_anew_each_time_is_asked_for_once(
    counter: tuple[str, list[str]],  # noqa: F811
    no_sleep: None,
) -> None:
    url, came = counter
    with pytest.raises(AwsError):
        _at(url).call("ecs", "RegisterTaskDefinition", **REVISION)
    assert len(came) == 1
    with pytest.raises(AwsError):
        _at(url).call("ecs", "DescribeClusters")
    assert len(came) > 2  # botocore tries others again


def test_that_nobody_answered_such_a_call_is_no_proof_that_it_was_not_done(no_sleep: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        asked: list[bytes] = []

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    asked.append(peer.recv(65536))
                    peer.close()

        threading.Thread(target=hang_up, daemon=True).start()
        aws = _at(f"http://127.0.0.1:{address[1]}")
        with pytest.raises(NoAnswerError):
            aws.call("ecs", "RegisterTaskDefinition", **REVISION)
        assert len(asked) == 1
        with pytest.raises(UnreachableError) as caught:
            aws.call("ecs", "DescribeClusters")
        assert not isinstance(caught.value, NoAnswerError)
        assert len(asked) > 2  # botocore tries others again
        server.shutdown(socket.SHUT_RDWR)
