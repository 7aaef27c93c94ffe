"""The UDP listener of the local AWS's Network Load Balancer, between real sockets."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from fargatectl.local.ministack_patches.elb_udp import Relay


class Echo(asyncio.DatagramProtocol):
    """A target: answers with the client's port as it sees it, and what it said."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(b"%d %b" % (addr[1], data), addr)


def test_a_client_stays_with_its_target_and_two_clients_are_told_apart() -> None:
    async def run() -> list[bytes]:
        loop = asyncio.get_running_loop()
        target, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
        port = target.get_extra_info("sockname")[1]
        front, _ = await loop.create_datagram_endpoint(
            lambda: Relay(lambda: ("127.0.0.1", port)), local_addr=("127.0.0.1", 0)
        )
        answers = []
        for _ in range(2):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                await loop.sock_connect(client, front.get_extra_info("sockname"))
                for word in (b"one", b"two"):
                    await loop.sock_sendall(client, word)
                    answers.append(await asyncio.wait_for(loop.sock_recv(client, 100), 5))
        front.close()
        target.close()
        await asyncio.sleep(0)
        return answers

    flows = [answer.split() for answer in asyncio.run(run())]
    assert [word for _, word in flows] == [b"one", b"two"] * 2
    assert flows[0][0] == flows[1][0] != flows[2][0] == flows[3][0]
