"""Canaries in every place where a secret can stand; commands, good and bad; then a search of all they left.

Searched: standard output and error, -v, JSON, exceptions with their causes, every file under the home folder
and the working folder, the process's arguments, each request's parameters (credentials only).
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Done, bare, cli  # noqa: F401 - fixtures
from tests.support.figures import tried
from tests.support.watched import WatchedAws

CANARY = "cAnArY"
KEY, TOKEN, PASSWORD = f"{CANARY}AwsKey0123456789", f"{CANARY}SessionToken==", f"{CANARY}Registry"
DB, STORED, PLAIN = f"{CANARY}DbPassword", f"{CANARY}InSecretsManager", f"{CANARY}InParameterStore"
ENVIRON = {f"{name}_TOKEN": f"{CANARY}Through{name}" for name in ("ENV", "ARGS", "COMMAND", "IMAGE")}
SPEC = f"""\
app: shop
services:
  web:
    build: {{context: ., args: {{INDEX: "${{ARGS_TOKEN}}", NPM_TOKEN: {DB}3}}}}
    port: 8080
    env:
      DB_PASSWORD: {DB}
      API_TOKEN: {DB}2
      GREETING: hello
      BROKER: "amqp://worker:{DB}4@mq:5672/"
      NOTE: "it is ${{ENV_TOKEN}}"
    command: [serve, --password, "{DB}5", --auth, "${{COMMAND_TOKEN}}", "--token={DB}6"]
    secrets: {{KEY: "secretsmanager:shop/key", PARAMETER: "ssm:/shop/parameter"}}
"""


class Nest:
    """A folder, an AWS and commands with canaries everywhere; remembers what was sent and printed."""

    def __init__(self, cli: Cli, folder: Path, passwords: list[str]) -> None:  # noqa: F811
        self.cli, self.folder, self.passwords = cli, folder, passwords
        self.printed: list[str] = []
        self.sent: list[str] = []

    def __call__(self, *arguments: str) -> Done:
        done = self.cli(*arguments)
        self.printed += [done.out, done.err]
        return done

    def leaks(self) -> list[str]:
        """Where a canary was found; the ones in `sent` only where no request may have them."""
        for place, number in (("outputs", len(self.printed)), ("arguments", 1), ("requests", len(self.sent))):
            tried("secrets", place, number)
        found = [f"printed: {text!r}" for text in self.printed if CANARY in text]
        found += [f"argument: {one}" for one in sys.argv if CANARY in one]
        found += [f"sent: {one}" for one in self.sent for secret in (KEY, TOKEN, PASSWORD, STORED, PLAIN)
                  if secret in one]  # fmt: skip
        for path in self.folder.rglob("*"):
            tried("secrets", "files")
            if path.is_file() and path.name != "fargate.yml" and CANARY in path.read_text(errors="replace"):
                found.append(f"file: {path.name}")
        return found


@pytest.fixture
def nest(
    cli: Cli,  # noqa: F811
    moto_aws: WatchedAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Nest]:
    from fargatectl.aws.session import Aws
    from tests.support.apps import Builder

    for name, value in {
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_SESSION_TOKEN": TOKEN,
        "HOME": str(tmp_path),
        **ENVIRON,
    }.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.INFO)
    moto_aws.call("secretsmanager", "CreateSecret", Name="shop/key", SecretString=STORED)
    moto_aws.call("ssm", "PutParameter", Name="/shop/parameter", Value=PLAIN, Type="SecureString")
    passwords: list[str] = []
    made = Nest(cli, tmp_path, passwords)
    call, push = Aws.call, Builder.push

    def spying(self: Aws, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        made.sent.append(f"{operation} {json.dumps(parameters, default=str)}")
        answer = call(self, service, operation, **parameters)
        if operation == "GetAuthorizationToken":
            token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
            answer["authorizationData"][0]["authorizationToken"] = token
        return answer

    def pushing(self: Builder, built: Any, uri: str, tag: str, credentials: Any, tell: Any) -> Any:
        passwords.append(credentials()[1])
        return push(self, built, uri, tag, credentials, tell)

    monkeypatch.setattr(Aws, "call", spying)
    monkeypatch.setattr(Builder, "push", pushing)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    cli.spec(SPEC)
    yield made
    made.printed.append(caplog.text)
    assert made.leaks() == []


def test_up_plan_status_and_down(nest: Nest) -> None:
    assert nest("up", "-v").code == 0
    assert nest.passwords == [PASSWORD]  # the registry's canary was really in use
    assert any("RegisterTaskDefinition" in one and DB in one for one in nest.sent)  # plain env, by choice
    for arguments in (["plan"], ["plan", "-o", "json"], ["status"], ["status", "-o", "json", "-v"]):
        assert nest(*arguments).code == 0
    nest.cli.spec(SPEC.replace(DB, f"{DB}New"))
    for arguments in (["plan"], ["plan", "-o", "json"], ["up", "-o", "json", "-v"]):
        done = nest(*arguments)
        assert done.code == 0
        for field in ("env.DB_PASSWORD", "env.BROKER", "command"):
            assert field in done.out  # the change is shown, its value is not
    assert nest("down", "--yes", "-v").code == 0


def test_a_push_that_fails_with_the_password_at_hand(nest: Nest, monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.errors import DeployError
    from tests.support.apps import Builder

    def push(self: Builder, built: Any, uri: str, tag: str, credentials: Any, tell: Any) -> Any:
        nest.passwords.append(credentials()[1])
        raise DeployError("the registry refused the push")

    monkeypatch.setattr(Builder, "push", push)
    assert nest("up", "-v").code == 1
    assert nest("up", "-o", "json").code == 1
    assert nest.passwords


def test_env_that_comes_and_goes_as_a_whole(nest: Nest) -> None:
    """A side of a change without any env is no map of names to hide by."""
    assert nest("up").code == 0
    nest.cli.spec("app: shop\nservices:\n  web: {image: 'public.example/web:1', port: 8080}\n")
    assert nest("plan", "-o", "json").code == 0
    assert nest("up").code == 0
    nest.cli.spec(SPEC)
    for arguments in (["plan"], ["plan", "-o", "json"]):
        assert "env" in nest(*arguments).out


def test_others_that_repeat_what_they_were_told(nest: Nest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker Engine, a build's step, a registry and AWS quote what they were given."""
    from fargatectl.errors import DeployError
    from tests.support.apps import Builder

    used = [value for value in ENVIRON.values() if "IMAGE" not in value]
    secrets = [DB, f"{DB}3", f"{DB}4", *used]

    def push(self: Builder, built: Any, uri: str, tag: str, credentials: Any, tell: Any) -> Any:
        password = credentials()[1]
        token = base64.b64encode(f"AWS:{password}".encode()).decode()
        said = f"it said {password} {token} {' '.join(secrets)} and amqp://worker:{DB}4@mq"
        tell(said, None, None)
        raise DeployError(said, hint=said, details=[{"output": [said], "log": said}])

    monkeypatch.setattr(Builder, "push", push)
    for arguments in (["up", "-v"], ["up", "-o", "json"]):
        done = nest(*arguments)
        assert done.code == 1
        assert "it said (hidden) (hidden)" in done.out + done.err


@pytest.mark.parametrize(
    "line",
    [
        "cpu: ${ENV_TOKEN}",
        "count: ${ENV_TOKEN}",
        "image: '${IMAGE_TOKEN} x'",
        "user: '${ENV_TOKEN} x'",
        "stop_timeout: '${ENV_TOKEN}'",
        f"env: {{DB_PASSWORD: {DB}, GREETING: [{DB}]}}",
        f"env: DB_PASSWORD={DB}",
        f"env: [DB_PASSWORD={DB}]",
        f"secrets: {DB}",
        f"health_check: {{command: ok, interval: 'redis://:{DB}@cache'}}",
        f"cpu: 'https://me:{DB}@example.com/'",
    ],
)
def test_faults_that_quote_values(nest: Nest, line: str) -> None:
    nest.cli.spec(f"app: shop\nservices:\n  web:\n    port: 80\n    {line}\n")
    for arguments in (["validate"], ["validate", "-o", "json"], ["up", "-v"]):
        assert nest(*arguments).code == 2


@pytest.mark.parametrize("name", ["HTTP_PROXY", "AWS_ENDPOINT_URL"])
def test_an_address_with_a_password(nest: Nest, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv(name, f"http://me:{PASSWORD}@127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for arguments in (["status", "-v"], ["status", "-o", "json"]):
        assert nest(*arguments).code in (1, 6)


def _said(done: Done) -> list[str]:
    return (done.out + done.err).splitlines()


def test_warnings_name_the_keys(nest: Nest) -> None:
    """What stands in plain text is said, with the way out; once for each."""
    wanted = ["env.DB_PASSWORD", "env.API_TOKEN", "env.BROKER", "build.args.NPM_TOKEN"]
    for command in ("validate", "plan", "up"):
        said = [line for line in _said(nest(command)) if line.startswith("warning: ")]
        assert [line.split(": ")[2] for line in said] == [f"services.web.{key}" for key in wanted]
        assert all("under secrets" in line for line in said)
    assert "warning" not in "".join(_said(nest("status")))


@pytest.mark.parametrize("operation", ["CreateCluster", "RegisterTaskDefinition", "CreateService"])
def test_aws_refuses_in_the_middle(nest: Nest, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    from botocore.client import BaseClient

    make = BaseClient._make_api_call

    def refuse(self: Any, name: str, parameters: Any) -> Any:
        if name == operation:
            text = f"refused {parameters}"  # AWS repeats what it was told
            raise self.exceptions.ClientError(
                {"Error": {"Code": "InvalidParameterException", "Message": text}}, name
            )
        return make(self, name, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    done = nest("up", "-v")
    assert done.code == 1
    assert "refused" in done.err
    assert nest("up", "-o", "json").code == 1


def test_exceptions_and_their_causes(
    nest: Nest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug's traceback (FARGATECTL_DEBUG) is pasted into issues: it too is clean."""
    from fargatectl.cli.main import run
    from tests.support.apps import Builder

    def push(self: Builder, built: Any, uri: str, tag: str, credentials: Any, tell: Any) -> Any:
        nest.passwords.append(credentials()[1])
        try:
            raise KeyError(nest.passwords[-1], f"{DB}\x1b[31m")
        except KeyError as error:
            raise ValueError(f"a bug with {DB}5") from error

    monkeypatch.setattr(Builder, "push", push)
    for debug in ("", "1"):
        monkeypatch.setenv("FARGATECTL_DEBUG", debug)
        for arguments in (["up", "-v"], ["up", "-o", "json"]):
            assert run(arguments) == 1
            said = capsys.readouterr()
            nest.printed += [said.out, said.err]
            assert ("Traceback" in said.err, "KeyError" in said.err) == (bool(debug),) * 2
            assert "ValueError: a bug with (hidden)" in said.out + said.err
            assert "\x1b" not in said.err
    assert nest.passwords == [PASSWORD] * 4


def test_a_secret_where_its_name_belongs(nest: Nest) -> None:
    """The commonest slip: the value under `secrets`. The message must not repeat it."""
    nest.cli.spec(SPEC.replace('"secretsmanager:shop/key"', f'"{CANARY} my pass!word"'))
    for arguments in (["validate"], ["up"], ["plan", "-o", "json"]):
        assert nest(*arguments).code == 2


def test_the_search_finds_what_is_there(nest: Nest) -> None:
    """A search that finds nothing must be one that could."""
    nest.printed.append(f"x{PASSWORD}x")
    nest.sent.append(TOKEN)
    (nest.folder / "left").write_text(KEY)
    assert len(nest.leaks()) == 3
    nest.printed.clear()
    nest.sent.clear()
    (nest.folder / "left").unlink()


def test_a_sidecars_variables(nest: Nest) -> None:
    beside = f"""\
    sidecars:
      proxy: {{image: "public.example/proxy:1", env: {{DB_PASSWORD: {DB}, LEVEL: info}}}}
"""
    nest.cli.spec(SPEC + beside)
    assert "services.web.sidecars.proxy.env.DB_PASSWORD" in nest("up", "-v").out
    for changed in (beside.replace(DB, f"{DB}New"), "", beside.replace("info", "debug")):
        nest.cli.spec(SPEC + changed)
        for arguments in (["plan"], ["plan", "-o", "json"], ["up", "-o", "json", "-v"]):
            done = nest(*arguments)
            assert done.code == 0
            assert "sidecars" in done.out
