"""Where a load balancer of the local AWS listens: a loopback address of its own, which is its DNSName.

At an address 127.x.y.z every listener has its own port. Where this user may not listen below port 1024, such
a port is 8000 higher and the name says so for port 80 (``127.x.y.z:8080``), so that http://<DNSName> opens.
Where loopback has one address only (macOS), it is 127.0.0.1 with ports of the system's choice.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass, field

SHIFT = 8000
_LOW = 1024
_ATTEMPTS = 20


@dataclass
class Address:
    """A load balancer's address, and where its listeners' ports are."""

    host: str
    shift: int = 0
    shared: bool = False
    chosen: dict[int, int] = field(default_factory=dict)

    def port(self, asked: int) -> int:
        """The port that is listened at for a listener's."""
        if self.shared:
            return self.chosen.setdefault(asked, _free_port(self.host))
        return asked + self.shift if asked < _LOW else asked

    @property
    def dns_name(self) -> str:
        port = self.port(80)
        return self.host if port == 80 else f"{self.host}:{port}"


def can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def choose(taken: Collection[str]) -> Address:
    """An address in 127.128.0.0/9 that no load balancer has; tasks have theirs in 127.64.0.0/10."""
    for shift in (0, SHIFT):
        for _ in range(_ATTEMPTS):
            host = f"127.{random.randint(128, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
            if host not in taken and can_bind(host, 80 + shift) and can_bind(host, 443 + shift):
                return Address(host, shift)
    return Address("127.0.0.1", shared=True)
