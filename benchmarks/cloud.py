"""The emulated AWS of the benchmarks: moto behind the proxy, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from benchmarks.calls import Call

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT, REGION = "123456789012", "us-east-1"
DELAY = 0.05  # seconds of a round trip
SERVICES = (
    "CLOUDFORMATION", "CLOUDWATCH_LOGS", "EC2", "ECR", "ECS", "IAM", "RESOURCE_GROUPS_TAGGING_API", "SSM",
    "STS",
)  # fmt: skip
"""That are spoken to by TLS, each at an address of its own as with AWS: no connection serves two of them."""
_ADDRESSES = [f"127.0.0.{number}" for number in range(1, len(SERVICES) + 2)]


@dataclass(frozen=True)
class Cloud:
    """A running one.

    Attributes:
        near: moto's own address, without a delay: for what is set up and not measured.
        far: The proxy's.
        safe: The proxy's ones by TLS, by the environment variables that the SDKs read.
        authorities: The file of those to trust for that: certifi's, as for AWS, and one more.
        delay: Seconds of a round trip through the proxy.
    """

    near: str
    far: str
    safe: Mapping[str, str]
    authorities: Path
    delay: float = DELAY

    def reset(self) -> None:
        """Empty the account, the default VPC excepted."""
        _post(f"{self.near}/moto-api/reset")

    def listen(self, *, buckets: bool = False) -> None:
        """Forget the calls so far; with `buckets` keep to AWS's, full ones to begin with."""
        _post(f"{self.far}/_bench/clear", {"buckets": buckets})

    def heard(self) -> list[Call]:
        """The calls since `listen`."""
        with urllib.request.urlopen(f"{self.far}/_bench/log", timeout=30) as answer:
            return [Call(**one) for one in json.load(answer)]

    def client(self, service: str) -> Any:
        """boto3's, to look at moto and to set things up, without a delay."""
        import boto3

        return boto3.client(
            service, region_name=REGION, endpoint_url=self.near, aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
        )  # fmt: skip

    def environment(self, *, far: bool = True) -> dict[str, str]:
        """What a program needs to use it; nothing of the user's own AWS settings is left."""
        return aws_environment(self.far if far else self.near)

    def by_tls(self) -> dict[str, str]:
        """What changes in that environment where AWS is spoken to by TLS."""
        return {**self.safe, "AWS_CA_BUNDLE": str(self.authorities)}


def aws_environment(endpoint: str, account: str = ACCOUNT) -> dict[str, str]:
    """An environment for programs that use AWS at an address, and nothing of the user's own AWS settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": "",
        "XDG_CACHE_HOME": str(ROOT / ".bench" / "cache"),
    }  # fmt: skip


@contextmanager
def cloud(delay: float = DELAY) -> Iterator[Cloud]:
    """Start it, and end it with the block."""
    from tests.support.tls import Authority

    started: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory(prefix="fargatectl-bench-") as folder:
        authority = Authority(Path(folder))
        authority.file.write_text(authority.file.read_text() + Path(certifi.where()).read_text())
        certificate = str(authority.certificate(*_ADDRESSES))
        try:
            (moto,) = _start(started, "benchmarks.moto_server")
            proxy = ("--upstream", f"127.0.0.1:{moto}", "--delay", str(delay), "--certificate", certificate)
            far, safe = _start(started, "benchmarks.proxy", *proxy, "--tls", *_ADDRESSES)
            names = ["AWS_ENDPOINT_URL", *(f"AWS_ENDPOINT_URL_{one}" for one in SERVICES)]
            by_tls = {name: f"https://{one}:{safe}" for name, one in zip(names, _ADDRESSES, strict=True)}
            here = "127.0.0.1"
            yield Cloud(f"http://{here}:{moto}", f"http://{here}:{far}", by_tls, authority.file, delay)
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(10)


def _start(started: list[subprocess.Popen[str]], module: str, *arguments: str) -> list[int]:
    """The ports that a module prints when it serves."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    ports = process.stdout.readline().split()
    if not ports or not all(port.isdigit() for port in ports):
        raise RuntimeError(f"{module} did not start")
    return [int(port) for port in ports]


def _post(url: str, document: dict[str, bool] | None = None) -> None:
    request = urllib.request.Request(url, data=json.dumps(document or {}).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
