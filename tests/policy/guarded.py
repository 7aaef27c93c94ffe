"""The command line as a user who has one policy, on a local AWS that checks it and tells what was asked."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fargatectl.local.ministack_patches.permissions import Need
from fargatectl.local.process import ACCOUNT, REGION

DOCKERFILE = 'FROM scratch\nCOPY busybox /bin/busybox\nCMD ["/bin/busybox", "sleep", "3600"]\n'


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, Any]:
        """What it said of its failure: one whole JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.out)["error"]
        return document


@dataclass
class Guarded:
    """The local AWS, past fargatectl and through it."""

    endpoint: str
    log: Path
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    _read: int = 0
    _clients: dict[str, Any] = field(default_factory=dict)

    def prepare(self) -> None:
        """A folder with an app in it, no AWS settings of the user's, an empty AWS."""
        self.folder.mkdir()
        program = shutil.which("busybox")
        assert program, "these tests need a statically linked busybox (Debian: busybox-static)"
        shutil.copy(Path(program).resolve(), self.folder / "busybox")
        (self.folder / "Dockerfile").write_text(DOCKERFILE)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            self.monkeypatch.delenv(name)
        self.monkeypatch.setenv("AWS_CONFIG_FILE", str(self.folder / "config"))
        self.monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(self.folder / "credentials"))
        self.monkeypatch.setenv("AWS_ENDPOINT_URL", self.endpoint)
        self.monkeypatch.setenv("AWS_REGION", REGION)
        self.monkeypatch.chdir(self.folder)
        self.reset()

    def reset(self) -> None:
        """Empty it; whoever calls it next is root."""
        request = urllib.request.Request(f"{self.endpoint}/_ministack/reset", method="POST")
        urllib.request.urlopen(request).close()
        self.become(ACCOUNT, "any")
        self.asked()

    def become(self, key: str, secret: str) -> None:
        self.monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        self.monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)

    def become_user_with(self, policy: Mapping[str, Any]) -> None:
        """A new IAM user who has this one managed policy and an access key."""
        self.call("iam", "CreateUser", UserName="ci")
        made = self.call(
            "iam", "CreatePolicy", PolicyName="fargatectl", PolicyDocument=json.dumps(policy)
        )["Policy"]  # fmt: skip
        self.call("iam", "AttachUserPolicy", UserName="ci", PolicyArn=made["Arn"])
        key = self.call("iam", "CreateAccessKey", UserName="ci")["AccessKey"]
        self.become(key["AccessKeyId"], key["SecretAccessKey"])

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """As root, past fargatectl."""
        import boto3
        from botocore import xform_name

        if service not in self._clients:
            self._clients[service] = boto3.client(
                service, region_name=REGION, endpoint_url=self.endpoint,
                aws_access_key_id=ACCOUNT, aws_secret_access_key="any",
            )  # fmt: skip
        answer: dict[str, Any] = getattr(self._clients[service], xform_name(operation))(**parameters)
        return answer

    def spec(self, text: str) -> None:
        (self.folder / "fargate.yml").write_text(text)

    def run(self, *arguments: str) -> Done:
        """A command line, in this process; whatever goes wrong, nobody ever sees a traceback."""
        from fargatectl.cli.main import run

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
        done = Done(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in done.out + done.err
        assert "internal" not in done.out
        return done

    def asked(self) -> list[Need]:
        """What users were asked for since the last time, permitted or not."""
        with self.log.open() as log:
            log.seek(self._read)
            lines = [line for line in log if line.startswith('{"asked"')]
            self._read = log.tell()
        notes = [json.loads(line) for line in lines]
        return [Need(one["asked"], one["on"], one["when"]) for one in notes if one["by"] != ACCOUNT]
