"""Each way of ending, provoked for real, and what is said on which stream."""

from __future__ import annotations

import json
import signal
import socket
import sys
from typing import Any

import pytest

from tests.support.dump import dump, remains
from tests.support.watched import WatchedAws

from .conftest import SPEC, Cli, Done, Terminal

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def error_of(done: Done) -> dict[str, Any]:
    """The error of a command with ``-o json``."""
    error: dict[str, Any] = done.document()["error"]
    assert set(error) == {"code", "message", "hint", "details"}
    return error


def test_0_up_status_plan_down(cli: Cli) -> None:
    up = cli("up", "-o", "json")
    assert up.code == 0
    document = up.document()
    assert document["app"] == "shop"
    assert document["environment"] == "default"
    assert document["account"] == "123456789012"
    assert {change["action"] for change in document["changes"]} == {"create"}
    assert document["services"][0]["state"] == "steady"

    assert cli("plan", "-o", "json").document()["changes"] == []
    assert cli("plan", "--exit-code").code == 0
    status = cli("status", "-o", "json").document()
    assert [one["name"] for one in status["services"]] == ["web"]
    down = cli("down", "--yes", "-o", "json")
    assert down.code == 0
    assert down.document()["deleted"]
    again = cli("down", "--yes")
    assert again.code == 0
    assert "othing" in again.out


def test_0_down_and_status_with_nothing_but_the_apps_name(cli: Cli, moto_aws: WatchedAws) -> None:
    cli("up")
    (cli.folder / "fargate.yml").unlink()
    status = cli("status", "--app", "shop", "-o", "json")
    assert [one["name"] for one in status.document()["services"]] == ["web"]
    assert cli("down", "--app", "shop", "--yes").code == 0
    assert not any(remains(moto_aws).values())


def test_1_aws_refuses(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.ecs.exceptions import EcsClientException
    from moto.ecs.models import EC2ContainerServiceBackend

    def refuse(*_: Any, **__: Any) -> Any:
        raise EcsClientException("The maximum number of clusters has been reached.")

    monkeypatch.setattr(EC2ContainerServiceBackend, "create_cluster", refuse)
    done = cli("up")
    assert done.code == 1
    assert "CreateCluster" in done.err
    assert "maximum number of clusters" in done.err

    error = error_of(cli("up", "-o", "json"))
    assert error["code"] == "aws.refused"
    assert error["details"][0]["operation"] == "CreateCluster"


BROKEN = SPEC.replace("port: 8080", "prot: 8080\n    cpu: 3")


@pytest.mark.parametrize("command", [["up"], ["plan"], ["status"], ["down", "--yes"], ["logs"], ["validate"]])
def test_2_a_wrong_spec_asks_nothing_of_aws(
    bare: Cli, counter: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    url, came = counter
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    bare.spec(BROKEN)
    done = bare(*command)
    assert done.code == 2
    assert done.out == ""
    assert "fargate.yml:5" in done.err
    assert "prot" in done.err
    assert "port" in done.err
    assert "cpu" in done.err
    if command[0] != "logs":
        error = error_of(bare(*command, "-o", "json"))
        assert error["code"] == "spec.invalid"
        assert [detail["line"] for detail in error["details"]] == [5, 6]
    assert came == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["upp"], "Did you mean up?"),
        (["up", "--timeout", "soon"], "15m"),
        (["up", "--colour"], "--colour"),
        (["up", "-o", "yaml"], "json"),
        (["up", "-f", "no.yml"], "no.yml"),
        (["up", "--image", "api=x"], "web"),
        (["down", "--app", "Shop", "--yes"], "--app"),
        (["down", "--app", "shop", "-f", "fargate.yml", "--yes"], "--file"),
        (["down"], "--yes"),
        (["down", "-o", "json"], "--yes"),
        (["up", "--local", "--profile", "x"], "--profile"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one),
)
def test_2_a_wrong_command_asks_nothing_of_aws(
    bare: Cli,
    counter: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    url, came = counter
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    done = bare(*arguments)
    assert done.code == 2
    assert said in done.out + done.err
    if "json" in arguments:
        assert said in str(error_of(done))
    else:
        assert done.out == ""
    assert came == []


def test_2_without_a_spec(bare: Cli) -> None:
    (bare.folder / "fargate.yml").unlink()
    done = bare("up")
    assert done.code == 2
    assert "fargate.yml" in done.err


def test_3_plan_with_changes(cli: Cli, moto_aws: WatchedAws) -> None:
    before = dump(moto_aws)
    done = cli("plan", "--exit-code", "-o", "json")
    assert done.code == 3
    assert len(done.document()["changes"]) == 7
    assert cli("plan", "--exit-code").code == 3
    assert cli("plan").code == 0
    assert dump(moto_aws) == before


def test_4_somebody_elses(cli: Cli, moto_aws: WatchedAws) -> None:
    moto_aws.call("ecs", "CreateCluster", clusterName="shop")
    before = dump(moto_aws)
    for command in ("up", "plan"):
        done = cli(command)
        assert done.code == 4
        assert done.out == ""
        assert "cluster shop" in done.err
        error = error_of(cli(command, "-o", "json"))
        assert error["code"] == "foreign"
        assert error["details"] == [{"kind": "ecs.cluster", "name": "shop", "address": "shop"}]
    assert dump(moto_aws) == before


@pytest.mark.parametrize("command", [["up"], ["plan"], ["status"], ["down", "--yes"], ["logs"]])
def test_5_no_credentials(bare: Cli, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = bare(*command)
    assert done.code == 5
    assert done.out == ""
    assert "no AWS credentials" in done.err
    assert "--local" in done.err
    if command != ["logs"]:
        assert error_of(bare(*command, "-o", "json"))["code"] == "credentials"


def test_5_no_region(bare: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    done = bare("up")
    assert done.code == 5
    assert "--region" in done.err


def test_5_no_such_profile(bare: Cli) -> None:
    done = bare("up", "--profile", "nobody")
    assert done.code == 5
    assert "nobody" in done.err


def test_5_not_permitted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.core.exceptions import JsonRESTError
    from moto.ecs.models import EC2ContainerServiceBackend

    def deny(*_: Any, **__: Any) -> Any:
        raise JsonRESTError(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: ecs:CreateCluster on resource: *",  # noqa: E501
        )

    monkeypatch.setattr(EC2ContainerServiceBackend, "create_cluster", deny)
    done = cli("up")
    assert done.code == 5
    assert "not permitted: ecs:CreateCluster, which fargatectl up needs" in done.err
    assert "Allow ecs:CreateCluster" in done.err
    assert "All that fargatectl up needs: fargatectl policy --for deploy" in done.err


def test_6_nobody_answers(bare: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)  # between botocore's own retries
    done = bare("up")
    assert done.code == 6
    assert done.out == ""
    assert "AWS_ENDPOINT_URL" in done.err
    assert error_of(bare("status", "-o", "json"))["code"] == "aws.unreachable"


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1"])
def test_an_endpoint_that_is_none_is_said_plainly(
    bare: Cli, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    done = bare("plan")
    assert done.code in (2, 6)
    assert "AWS_ENDPOINT_URL" in done.err


def test_6_something_else_answers(
    bare: Cli, counter: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's error page, a login page: not AWS."""
    url, came = counter
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    done = bare("plan")
    assert done.code == 6
    assert "AWS_ENDPOINT_URL" in done.err
    assert came


def test_7_the_time_is_over(cli: Cli, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "0")
    done = cli("up", "--timeout", "6s")
    assert done.code == 7
    assert "ECS goes on deploying the service web" in done.err
    assert remains(moto_aws)["services"] == ["web"]
    error = error_of(cli("up", "--timeout", "1s", "-o", "json"))
    assert error["code"] == "timeout"


def test_0_without_waiting(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "0")
    document = cli("up", "--no-wait", "-o", "json").document()
    assert document["services"][0]["state"] == "deploying"


def test_130_ctrl_c(remote: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real SIGINT while the rollout is followed."""
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "0")
    process = remote.start("up")
    assert process.stdout is not None
    for line in process.stdout:
        if "running" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "ECS goes on deploying the service web" in err
    assert "down" in err


def test_130_no_at_the_question(cli: Cli, moto_aws: WatchedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("up")
    before = dump(moto_aws)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    done = cli("down")
    assert done.code == 130
    assert "Remove all this?" in done.out + done.err
    assert dump(moto_aws) == before


def test_a_reader_that_leaves_early_is_no_error_to_speak_of(remote: Cli) -> None:
    """``fargatectl schema | head -1``"""
    process = remote.start("schema")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) in (0, 1)
    assert err == ""


def test_json_is_one_document_and_progress_goes_elsewhere(remote: Cli) -> None:
    done = remote.process("up", "--no-wait", "-o", "json", "-v")
    assert done.code == 0, done.err
    assert done.document()["services"][0]["name"] == "web"
    assert "CreateService" in done.err
    assert "RegisterTaskDefinition" not in done.out


def test_the_environment_of_aws_is_honoured(remote: Cli) -> None:
    """One address for one service, from the environment: the others are not reached."""
    everywhere = remote.environ.pop("AWS_ENDPOINT_URL")
    remote.environ["AWS_ENDPOINT_URL_STS"] = everywhere
    remote.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    remote.environ["AWS_MAX_ATTEMPTS"] = "1"
    for service in ("EC2", "ECS", "ECR", "IAM", "LOGS", "CLOUDWATCH_LOGS", "RESOURCE_GROUPS_TAGGING_API"):
        remote.environ[f"AWS_ENDPOINT_URL_{service}"] = everywhere
    assert remote.process("plan").code == 0


def test_json_of_an_error_stands_alone(remote: Cli) -> None:
    remote.spec(BROKEN)
    done = remote.process("up", "-o", "json")
    assert done.code == 2
    assert json.loads(done.out)["error"]["code"] == "spec.invalid"
    assert done.err == ""


@pytest.mark.parametrize("arguments", [(), ("secret",), ("local",)])
def test_2_without_a_command_the_commands_are_shown_and_no_error_is(
    bare: Cli, arguments: tuple[str, ...]
) -> None:
    done = bare(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: fargatectl")
    assert "Commands:" in done.err
    assert "error" not in done.err.splitlines()[0]
