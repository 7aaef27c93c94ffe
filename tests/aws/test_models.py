"""botocore's models, cut down and kept from run to run: what is kept is botocore's, or it is not used."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from fargatectl.aws import models
from fargatectl.aws.models import cache_file, cut
from fargatectl.aws.session import Aws, Connection

ASKED = {
    "ecs": ("DescribeServices", "RegisterTaskDefinition"), "ec2": ("DescribeSubnets",),
    "iam": ("GetRole",), "ecr": ("DescribeRepositories",),
    "resourcegroupstaggingapi": ("GetResources",),
}  # fmt: skip


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; the file in which models are kept."""
    monkeypatch.setattr(models, "cache_file", cache_file)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = cache_file(os.environ)
    assert file is not None
    return file


def new() -> Aws:
    return Aws(Connection(region="eu-west-1", access_key="1" * 12, secret_key="s"))


def run(asked: dict[str, tuple[str, ...]] = ASKED, **_: Any) -> Aws:
    """A run that needs these operations."""
    aws = new()
    for service, operations in asked.items():
        for operation in operations:
            aws._client(service, operation)
    aws.close()
    return aws


@pytest.fixture
def whole_models_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The service models that were read from botocore's own files."""
    read: list[str] = []
    load = models.Loader.load_service_model

    def watched(self: Any, service: str, kind: str, version: str | None = None) -> Any:
        if kind == "service-2":
            read.append(service)
        return load(self, service, kind, version)

    monkeypatch.setattr(models.Loader, "load_service_model", watched)
    return read


def test_the_second_run_reads_only_what_the_first_has_kept(
    environ: Path, whole_models_read: list[str]
) -> None:
    run()
    assert set(whole_models_read) == set(ASKED)
    whole_models_read.clear()
    aws = run()
    assert whole_models_read == []
    assert aws._client("ec2", "DescribeSubnets").meta.service_model.operation_names == ["DescribeSubnets"]
    assert environ.stat().st_mode & 0o777 == 0o600
    assert environ.stat().st_size < 300_000


def test_an_operation_that_is_not_kept_is_there_all_the_same_and_kept_then(
    environ: Path, whole_models_read: list[str]
) -> None:
    run()
    run({"ecs": ("DescribeServices", "CreateService"), "logs": ("DescribeLogGroups",)})
    assert new()._client("ecs", "UpdateService").update_service  # the first that is asked for
    whole_models_read.clear()
    run({**ASKED, "ecs": ("CreateService", "DescribeServices"), "logs": ("DescribeLogGroups",)})
    assert whole_models_read == []


@pytest.mark.parametrize("service", ["ec2", "ecs", "iam", "ecr", "logs", "ssm", "sts"])
def test_what_is_kept_says_of_an_operation_what_botocore_says(service: str) -> None:
    """Shapes, limits, errors: everything but the documentation."""
    model = (
        botocore.session.get_session().get_component("data_loader").load_service_model(service, "service-2")
    )
    for operation in list(model["operations"])[:40]:
        small = cut(model, [operation])
        assert list(small["operations"]) == [operation]
        assert small["metadata"] == model["metadata"]
        for name, shape in small["shapes"].items():
            assert _without_documentation(model["shapes"][name]) == shape
        named = _shapes_named(small)
        assert named == set(small["shapes"])


def _without_documentation(value: Any, *, names: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_documentation(item, names=key == "members")
            for key, item in value.items() if names or key != "documentation"
        }  # fmt: skip
    return value


def _shapes_named(value: Any) -> set[str]:
    if isinstance(value, dict):
        here = {value["shape"]} if isinstance(value.get("shape"), str) else set()
        return here.union(*(_shapes_named(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_shapes_named(item) for item in value))
    return set()


def test_requests_go_where_they_went_before(environ: Path) -> None:
    def endpoints(aws: Aws) -> dict[str, str]:
        return {name: aws._client(name).meta.endpoint_url for name in (*ASKED, "sts", "logs")}

    whole = endpoints(run())
    assert endpoints(run()) == whole
    assert whole["iam"] == "https://iam.amazonaws.com"
    assert new().partition == "aws"


def test_botocore_finds_every_operation_of_what_it_gets_credentials_from(environ: Path) -> None:
    run({"sts": ("GetCallerIdentity",)})
    assert hasattr(new()._client("sts"), "assume_role_with_web_identity")


def _other_botocore(file: Path) -> None:
    kept = json.loads(file.read_bytes().partition(b"\n")[2])
    kept["services"]["ecs"]["from"][0][2] += 1  # the file has been changed since
    models._write(file, kept)


def _of_anyone(file: Path) -> None:
    file.chmod(0o666)


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _changed(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"DescribeServices", b"DescribeServicez"))


def _other_format(file: Path) -> None:
    models._write(file, {**json.loads(file.read_bytes().partition(b"\n")[2]), "format": 0})


@pytest.mark.parametrize("spoil", [_other_botocore, _of_anyone, _cut_short, _changed, _other_format])
def test_what_cannot_be_trusted_is_not_used(
    environ: Path, whole_models_read: list[str], spoil: Callable[[Path], None]
) -> None:
    run()
    spoil(environ)
    whole_models_read.clear()
    aws = run()
    assert set(whole_models_read) == set(ASKED)
    assert "CreateService" in aws._client("ecs").meta.service_model.operation_names
    whole_models_read.clear()
    run()
    assert whole_models_read == []  # it was mended


def test_where_nothing_can_be_kept_it_works_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(models, "cache_file", cache_file)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run()._client("ecs", "DescribeServices")


def test_who_has_models_of_their_own_means_those(environ: Path) -> None:
    assert cache_file({"HOME": "/home/x"}) == Path(f"/home/x/.cache/fargatectl/{environ.name}")
    assert cache_file({"HOME": "/home/x", "XDG_CACHE_HOME": "relative"}) == cache_file({"HOME": "/home/x"})
    assert cache_file({"HOME": "/home/x", "AWS_DATA_PATH": "/models"}) is None
    assert cache_file({}) is None
