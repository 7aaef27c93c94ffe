"""One health check of one target, as a load balancer makes it.

ELBv2, "Health checks for Application Load Balancer target groups". Nothing of MiniStack in here: the tests
run it as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass

from .elb_wire import Head, MalformedError, read_head

Failure = tuple[str, str]
"""The reason code and the description of TargetHealth."""
FAILED: Failure = ("Target.FailedHealthChecks", "Health checks failed")
TIMED_OUT: Failure = ("Target.Timeout", "Request timed out")


@dataclass(frozen=True)
class Check:
    """A target group's settings.

    Attributes:
        protocol: HTTP, HTTPS or TCP.
        timeout: Seconds.
        codes: A matcher's HttpCode, ``200,300-399``.
    """

    protocol: str = "HTTP"
    path: str = "/"
    timeout: float = 5.0
    codes: str = "200"

    async def run(self, address: str, port: int) -> Failure | None:
        """Why the target fails; None where it is well."""
        try:
            return await asyncio.wait_for(self._ask(address, port), self.timeout)
        except TimeoutError:
            return TIMED_OUT if self.protocol != "TCP" else FAILED
        except (OSError, MalformedError):
            return FAILED

    async def _ask(self, address: str, port: int) -> Failure | None:
        context = None
        if self.protocol == "HTTPS":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(address, port, ssl=context)
        try:
            if self.protocol == "TCP":
                return None
            fields = [
                ("Host", f"{address}:{port}"),
                ("Connection", "close"),
                ("User-Agent", "ELB-HealthChecker/2.0"),
                ("Accept-Encoding", "gzip, compressed"),
            ]
            writer.write(Head(("GET", self.path, "HTTP/1.1"), fields).encode())
            await writer.drain()
            head = await read_head(reader)
            if head is None:
                return FAILED
            code = head.words[1]
            if matches(code, self.codes):
                return None
            return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{code}]"
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)


def matches(code: str, codes: str) -> bool:
    """Whether a status is one of a matcher's: ``200``, ``200,202``, ``200-299``."""
    for part in codes.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= int(code) <= int(last or first):
            return True
    return False


@dataclass
class Streak:
    """What a target's checks so far make of it."""

    healthy_after: int
    unhealthy_after: int
    passed: int = 0
    failed: int = 0
    healthy: bool | None = None
    """None until its first checks have decided."""

    def note(self, passed: bool) -> bool | None:
        """Count one check; whether the target is healthy now.

        A new target needs one success only ("After your target is registered, it must pass one health check
        to be considered healthy"), one that was unhealthy needs the healthy threshold.
        """
        self.passed = self.passed + 1 if passed else 0
        self.failed = 0 if passed else self.failed + 1
        if passed and (self.healthy is None or self.passed >= self.healthy_after):
            self.healthy = True
        elif self.failed >= self.unhealthy_after:
            self.healthy = False
        return self.healthy
