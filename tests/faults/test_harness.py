"""The harness does what it says: requests are known, faults strike, what a killed run sent is counted."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from botocore.session import Session

from fargatectl.aws.errors import translate
from tests.support import requests
from tests.support.model import Refused
from tests.support.requests import LEDGER, Ledger

from .asked import Request, recognise
from .faults import ANSWERS, KINDS, Fault
from .runner import Launcher
from .wire import Message
from .world import START, World


def _message(first: str, service: str, body: str = "", **headers: str) -> Message:
    signed = f"AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host"
    return Message(b"", first, {"authorization": signed, **headers}, body.encode())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            _message("POST / HTTP/1.1", "ecs", "{}", **{"x-amz-target": "AmazonEC2Container.CreateService"}),
            "ecs CreateService",
        ),
        (
            _message("POST / HTTP/1.1", "tagging", "{}", **{"x-amz-target": "Tagging_20170126.GetResources"}),
            "resourcegroupstaggingapi GetResources",
        ),
        (_message("POST / HTTP/1.1", "iam", "Action=CreateRole&Version=1"), "iam CreateRole"),
        (_message("POST / HTTP/1.1", "ec2", "Version=1&Action=DescribeVpcs"), "ec2 DescribeVpcs"),
        (_message("GET /?Action=GetCallerIdentity&V=1 HTTP/1.1", "sts"), "sts GetCallerIdentity"),
        (
            _message("DELETE /2015-02-01/file-systems/fs-1 HTTP/1.1", "elasticfilesystem"),
            "efs DeleteFileSystem",
        ),
        (_message("GET /clusters/one HTTP/1.1", "eks"), "eks DescribeCluster"),
        (_message("GET /clusters?maxResults=9 HTTP/1.1", "eks"), "eks ListClusters"),
        (
            _message("GET /clusters/one/fargate-profiles/two HTTP/1.1", "eks"),
            "eks DescribeFargateProfile",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_requests_are_recognised(message: Message, expected: str) -> None:
    one = recognise(message)
    assert f"{one.service} {one.operation}" == expected


def test_what_is_not_aws_is_not_guessed() -> None:
    with pytest.raises(AssertionError, match="not signed"):
        recognise(Message(b"", "GET / HTTP/1.1", {}))
    with pytest.raises(AssertionError, match="no operation of eks"):
        recognise(_message("PATCH /nothing HTTP/1.1", "eks"))


@pytest.mark.parametrize("kind", list(ANSWERS))
@pytest.mark.parametrize("service", ["ecs", "iam", "ec2", "sts", "ecr", "logs", "ssm", "efs"])
def test_refusals_are_what_botocore_understands(service: str, kind: str) -> None:
    """A refusal that botocore cannot read would be a fault of another kind than its name says."""
    from botocore.exceptions import ClientError
    from botocore.parsers import create_parser

    head, _, body = ANSWERS[kind](Request(service, "Do", "/", "")).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    status = int(first.split(" ")[1])
    protocol = Session().get_service_model(service).resolved_protocol
    parsed = create_parser(protocol).parse(
        {"status_code": status, "headers": dict(line.split(": ") for line in lines), "body": body}, None
    )
    error = translate(ClientError(parsed, "Do"), service, "Do")
    assert error is not None
    assert parsed["Error"]["Message"]
    expected = {"access denied": 5, "session expired": 5}.get(kind, 1)
    assert error.exit_code == expected


MADE, NOT_MADE = ["shop"], list[str]()


@pytest.mark.parametrize(
    ("kind", "code", "asked", "clusters"),
    [
        ("killed before", 137, 1, NOT_MADE),
        ("killed after", 137, 1, MADE),
        ("answer lost", 0, 2, MADE),
        ("answer late", 0, 2, MADE),
        ("500", 0, 2, MADE),
        ("500 though done", 0, 2, MADE),
        ("503", 0, 2, MADE),
        ("throttled", 0, 2, MADE),
        ("access denied", 5, 1, NOT_MADE),
        ("session expired", 5, 1, NOT_MADE),
        ("network gone", 6, 2, NOT_MADE),
    ],
)
def test_faults_strike(world: World, kind: str, code: int, asked: int, clusters: list[str]) -> None:
    ended = world.up(START, Fault(kind, "CreateCluster"))
    assert ended.code == code, str(ended)
    number = Counter(one.operation for one in ended.requests)["CreateCluster"]
    assert number == asked if kind != "network gone" else number >= asked
    shown = [one["clusterName"] for one in json.loads(world.everything())["clusters"]]
    assert shown == clusters


def test_each_kind_of_fault_is_among_them() -> None:
    (mark,) = test_faults_strike.pytestmark
    assert {case[0] for case in mark.args[1]} == set(KINDS)


def test_what_a_killed_run_sent_is_counted(world: World) -> None:
    before = LEDGER.checked.copy()
    ended = world.up(START, Fault("killed before", "CreateCluster"))
    sent = Counter(f"{one.service} {one.operation}" for one in ended.requests)
    assert sent["ecs CreateCluster"] == 1
    assert Counter(LEDGER.checked) - before == sent


def test_what_aws_would_refuse_reaches_the_ledger_of_the_test(
    tmp_path: Path, refused_requests: list[str]
) -> None:
    ledger = Ledger()
    ledger.log = os.open(tmp_path / "ledger", os.O_WRONLY | os.O_CREAT)
    model = Session().get_service_model("ecs").operation_model("CreateCluster")
    ledger.note({}, model)
    with pytest.raises(Refused):
        ledger.note({"clusterName": "no such name!"}, model)
    os.close(ledger.log)
    before = requests.LEDGER.checked["ecs CreateCluster"]
    launcher = Launcher(tmp_path, "http://127.0.0.1:1")
    launcher.close()
    assert requests.LEDGER.checked["ecs CreateCluster"] == before + 2
    assert refused_requests
    assert "no such name!" in refused_requests.pop()
