"""Every listener as a socket: opened when it is made, closed when it goes; its rules are asked each time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import alb

from . import elb_loop, elb_rules, elb_sticky, elb_targets, elb_tls
from .elb_address import Address
from .elb_http import CONNECT_TIMEOUT, Answer, Client, Forward, both_ways
from .elb_rules import Asked
from .elb_udp import Relay
from .elb_wire import LONGEST_HEAD, Head
from .patching import Function, replace

_HTTP = ("HTTP", "HTTPS")
_TCP_IDLE = 350.0  # seconds; tcp.idle_timeout.seconds
_OPENS_WITHIN = 10.0

Listener = Mapping[str, Any]


@dataclass
class Socket:
    """An open listener."""

    account: str
    region: str
    arn: str
    protocol: str
    server: asyncio.Server | None = None
    datagrams: asyncio.DatagramTransport | None = None
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, host: str, port: int) -> None:
        context = None
        if self.protocol in ("HTTPS", "TLS"):
            with request_scope(self.account, self.region):
                context = elb_tls.context(alb._listeners[self.arn])
        if self.protocol in ("UDP", "TCP_UDP"):
            loop = asyncio.get_running_loop()
            self.datagrams, _ = await loop.create_datagram_endpoint(
                lambda: Relay(self._pick), local_addr=(host, port)
            )
        if self.protocol != "UDP":
            self.server = await asyncio.start_server(
                self._accept, host, port, ssl=context, limit=LONGEST_HEAD, reuse_address=True
            )

    async def close(self) -> None:
        """No new connections; those that are open end, as they do when a listener is deleted."""
        if self.datagrams is not None:
            self.datagrams.close()
        if self.server is not None:
            self.server.close()
        for connection in list(self.connections):
            connection.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        raw = writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with request_scope(self.account, self.region):
                if self.protocol in _HTTP:
                    await Client(reader, writer, self._decide, self._idle).serve()
                else:
                    await self._relay(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self.connections.discard(task)

    def _idle(self) -> float:
        listener = alb._listeners.get(self.arn) or {}
        arn = listener.get("LoadBalancerArn", "")
        return float(alb._lb_attr(arn, "idle_timeout.timeout_seconds", "60"))

    def _decide(self, head: Head, client: str) -> Answer | Forward:
        asked, listener = Asked(head, client), alb._listeners.get(self.arn)
        rules = [one for one in list(alb._rules.values()) if one["ListenerArn"] == self.arn]
        rule = elb_rules.first_match(rules, asked)
        if listener is None or rule is None:
            return Answer(503)
        action = elb_rules.last_action(rule)
        if action["Type"] == "fixed-response":
            return elb_rules.fixed_response(action["FixedResponseConfig"])
        if action["Type"] == "redirect":
            return elb_rules.redirect(
                action["RedirectConfig"], asked, listener["Protocol"], int(listener["Port"])
            )
        if action["Type"] != "forward":
            return Answer(501)
        return _to_a_target(action, asked, listener)

    def _pick(self) -> tuple[str, int] | None:
        """The target of a Network Load Balancer's next connection."""
        with request_scope(self.account, self.region):
            for rule in list(alb._rules.values()):
                if rule["ListenerArn"] == self.arn:
                    arn = elb_rules.choose(elb_rules.weights(elb_rules.last_action(rule)))
                    target = elb_targets.pick(arn) if arn else None
                    return (target["Id"], elb_targets.port_of(arn, target)) if arn and target else None
        return None

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A Network Load Balancer's connection: its bytes, to one target until one side ends it."""
        target = self._pick()
        if target is None:
            writer.transport.abort()
            return
        try:
            opening = asyncio.open_connection(*target)
            other_reader, other_writer = await asyncio.wait_for(opening, CONNECT_TIMEOUT)
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        try:
            await both_ways(reader, writer, other_reader, other_writer, _TCP_IDLE)
        finally:
            for end in (writer, other_writer):
                end.close()


def _to_a_target(action: Mapping[str, Any], asked: Asked, listener: Listener) -> Answer | Forward:
    arn = elb_rules.choose(elb_rules.weights(action))
    sticky = arn is not None and _is_sticky(arn)
    target = elb_targets.pick(arn, elb_sticky.wanted(asked.head) if sticky else None) if arn else None
    if arn is None or target is None:
        return Answer(503)
    load_balancer = listener["LoadBalancerArn"]

    def attribute(key: str, default: str) -> str:
        return str(alb._lb_attr(load_balancer, key, default))

    headers = elb_rules.target_headers(
        asked,
        listener["Protocol"],
        int(listener["Port"]),
        xff=attribute("routing.http.xff_header_processing.mode", "append"),
        preserve_host=attribute("routing.http.preserve_host_header.enabled", "false") == "true",
    )
    tls = alb._tgs[arn]["Protocol"] == "HTTPS"
    port = elb_targets.port_of(arn, target)
    added = []
    if sticky:
        seconds = elb_targets.attribute(arn, "stickiness.lb_cookie.duration_seconds", "86400")
        added = elb_sticky.fields(target["Id"], port, int(seconds))
    return Forward(target["Id"], port, headers, tls, added)


def _is_sticky(arn: str) -> bool:
    kind = elb_targets.attribute(arn, "stickiness.type", "lb_cookie")
    return kind == "lb_cookie" and elb_targets.attribute(arn, "stickiness.enabled", "false") == "true"


_open: dict[str, Socket] = {}


def _wanted() -> dict[str, tuple[Socket, Address, int]]:
    """What shall be listened at, by what identifies it."""
    found = {}
    for account, region, arn, listener in _everywhere(alb._listeners):
        load_balancer = alb._lbs.get_scoped(account, region, listener["LoadBalancerArn"])
        if load_balancer is None or "_address" not in load_balancer:
            continue
        protocol, port = listener["Protocol"], int(listener["Port"])
        certificates = ",".join(listener.get("Certificates") or [])
        key = f"{arn} {protocol} {port} {certificates}"
        found[key] = (Socket(account, region, arn, protocol), load_balancer["_address"], port)
    return found


def _everywhere(store: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
    """A store's records in every account and region."""
    return [(*key, record) for key, record in list(store._data.items())]


async def _adjust() -> None:
    wanted = _wanted()
    for key in [key for key in _open if key not in wanted]:
        await _open.pop(key).close()
    for key, (made, address, port) in wanted.items():
        if key in _open:
            continue
        try:
            await made.open(address.host, address.port(port))
        except (OSError, ssl.SSLError) as error:
            sys.stderr.write(f"the listener {made.arn} does not listen: {error}\n")
            continue
        _open[key] = made


def adjust() -> None:
    """Open and close sockets until they are those of the listeners that there are."""
    if _open or alb._listeners._data:
        with contextlib.suppress(TimeoutError):
            elb_loop.submit(_adjust()).result(_OPENS_WITHIN)


def _adjusting(original: Function) -> Function:
    def then_adjust(*arguments: Any) -> Any:
        answer = original(*arguments)
        adjust()
        return answer

    return then_adjust


def install() -> None:
    """Adjust the sockets after each request that may change them."""
    for name in ("_create_listener", "_modify_listener", "_delete_listener", "_delete_lb", "reset"):
        replace(alb, name, _adjusting)
