"""HTTPS under a domain name, and TCP and UDP, through the local AWS's load balancers to real containers."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from typing import Any

import pytest

from tests.e2e.harness import GREETING, Cloud, fetch

pytestmark = pytest.mark.e2e

DOMAIN = """\
app: safe
load_balancer: {domain: shop.example.com}
services:
  web: {build: SERVICE, port: 8080, load_balancer: true}
  api:
    build: SERVICE
    port: 8080
    env: {GREETING: the api}
    load_balancer: {host: api.shop.example.com}
"""

STREAMS = """\
app: streams
services:
  echo: {build: SERVICE, port: 8080, load_balancer: {protocol: tcp, listen: 7000}}
  beacon:
    build: SERVICE
    port: 5353
    command:
      - python
      - -c
      - |
        import socket, threading
        probed = socket.create_server(("", 8080))
        def accept():
            while True:
                probed.accept()[0].close()
        threading.Thread(target=accept, daemon=True).start()
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asked.bind(("", 5353))
        while True:
            said, who = asked.recvfrom(512)
            asked.sendto(said.upper(), who)
    load_balancer: {protocol: udp, health_check: {port: 8080}}
"""


def _records(cloud: Cloud, zone: str) -> dict[tuple[str, str], Any]:
    found = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(one["Name"].rstrip("."), one["Type"]): one for one in found}


def _ask(host: str, name: str) -> tuple[int, str, bytes]:
    """By HTTPS, with the domain's name in TLS and in the request: its status, body and certificate."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, 443), timeout=5) as plain:
        connection = http.client.HTTPSConnection(host, timeout=5, context=trusting)
        connection.sock = trusting.wrap_socket(plain, server_hostname=name)
        connection.request("GET", "/", headers={"Host": name})
        answer = connection.getresponse()
        shown = connection.sock.getpeercert(binary_form=True) or b""
        return answer.status, answer.read().decode(), shown


def test_https_under_a_domain_name(cloud: Cloud) -> None:
    before = cloud.everything()
    zone = cloud.client("route53").create_hosted_zone(Name="example.com", CallerReference="test")
    zone_id = zone["HostedZone"]["Id"]
    untouched = _records(cloud, zone_id)
    spec = cloud.spec("safe", DOMAIN)
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    assert [one["url"] for one in up["services"]] == [
        "https://shop.example.com",
        "https://api.shop.example.com",
    ]
    records = _records(cloud, zone_id)
    alias = records["shop.example.com", "A"]["AliasTarget"]["DNSName"].removeprefix("dualstack.").rstrip(".")
    (balancer,) = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert alias == balancer["DNSName"]
    host = balancer["DNSName"]
    status, body, certificate = _ask(host, "shop.example.com")
    assert (status, body) == (200, GREETING)
    assert b"shop.example.com" in certificate
    assert b"api.shop.example.com" in certificate
    assert _ask(host, "api.shop.example.com")[:2] == (200, "the api")

    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", "/cart?of=7", headers={"Host": "shop.example.com"})
    moved = connection.getresponse()
    assert (moved.status, moved.getheader("Location")) == (301, "https://shop.example.com:443/cart?of=7")
    connection.close()

    assert cloud.run("up", "--local", "-f", spec, "-o", "json").json["changes"] == []
    cloud.run("down", "--yes", "--local", "-f", spec, "-o", "json")
    assert cloud.everything() == before
    assert _records(cloud, zone_id) == untouched
    assert cloud.client("acm").list_certificates()["CertificateSummaryList"] == []


def test_tcp_and_udp_through_a_network_load_balancer(cloud: Cloud) -> None:
    before = cloud.everything()
    spec = cloud.spec("streams", STREAMS)
    up = cloud.run("up", "--local", "-f", spec, "-o", "json").json
    (balancer,) = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
    host = balancer["DNSName"]
    assert balancer["Type"] == "network"
    assert [one["url"] for one in up["services"]] == [f"tcp://{host}:7000", f"udp://{host}:5353"]
    assert fetch(f"http://{host}:7000") == GREETING
    assert _said_back(host, b"hello") == b"HELLO"
    assert cloud.run("up", "--local", "-f", spec, "-o", "json").json["changes"] == []
    cloud.run("down", "--yes", "--local", "-f", spec, "-o", "json")
    assert cloud.everything() == before


def _said_back(host: str, said: bytes) -> bytes:
    """What a datagram is answered with; a lost one is sent again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(1)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            asked.sendto(said, (host, 5353))
            try:
                return asked.recv(512)
            except TimeoutError:
                continue
    return b""
