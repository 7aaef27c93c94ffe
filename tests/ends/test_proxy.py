"""The proxy itself: what a killed command has half sent."""

from __future__ import annotations

import socket

import pytest

from .proxy import Proxy


def test_half_a_request_is_not_passed_on() -> None:
    """Its head has come and its sender is gone: AWS would wait for the rest, and so would the test's end."""
    with socket.create_server(("127.0.0.1", 0)) as aws:
        aws.setblocking(False)
        proxy = Proxy("{}:{}".format(*aws.getsockname()))
        with socket.create_connection(proxy.address, timeout=10) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: aws\r\nContent-Length: 2\r\n\r\n{")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
        proxy.stop()
        with pytest.raises(BlockingIOError):
            aws.accept()
