"""Which rule a request meets, and what it leads to: Elastic Load Balancing's listener rules."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.local.ministack_patches import elb_address, elb_sticky
from fargatectl.local.ministack_patches.elb_rules import (
    Asked,
    choose,
    first_match,
    fixed_response,
    redirect,
    target_headers,
    weights,
)
from fargatectl.local.ministack_patches.elb_wire import Head


def asked(target: str = "/", host: str = "shop.example:80", method: str = "GET", **fields: str) -> Asked:
    more = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return Asked(Head((method, target, "HTTP/1.1"), [("Host", host), *more]), "10.1.2.3")


def rule(priority: int, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"Priority": str(priority), "Conditions": list(conditions), "Actions": []}


def values(field: str, *given: str) -> dict[str, Any]:
    return {"Field": field, "Values": list(given)}


@pytest.mark.parametrize(
    ("condition", "request_", "holds"),
    [
        (values("path-pattern", "/api/*"), asked("/api/users?x=1"), True),
        (values("path-pattern", "/api/*"), asked("/API/users"), False),
        (values("path-pattern", "/api/*"), asked("/api"), False),
        (values("path-pattern", "/img/?.png"), asked("/img/a.png"), True),
        (values("path-pattern", "/[a]"), asked("/a"), False),
        (values("host-header", "*.example"), asked(host="SHOP.example:8080"), True),
        (values("host-header", "api.example", "shop.example"), asked(), True),
        (values("host-header", "api.example"), asked(), False),
        (values("http-request-method", "POST"), asked(method="POST"), True),
        (values("source-ip", "10.0.0.0/8"), asked(), True),
        (values("source-ip", "192.168.0.0/16"), asked(), False),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2*"}]}},
            asked("/?v=21"),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "beta"}]}},
            asked("/?v=21&x=BETA"),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}},
            asked("/"),
            False,
        ),
        (
            {
                "Field": "http-header",
                "HttpHeaderConfig": {"HttpHeaderName": "X-Kind", "Values": ["a*"]},
            },
            asked(x_kind="Abc"),
            True,
        ),
    ],
)
def test_conditions(condition: dict[str, Any], request_: Asked, holds: bool) -> None:
    default = {"IsDefault": True, "Priority": "default", "Conditions": [], "Actions": []}
    found = first_match([default, rule(5, condition)], request_)
    assert found is not None
    assert ("IsDefault" not in found) is holds


def test_the_lowest_number_wins_and_all_conditions_must_hold() -> None:
    api = values("path-pattern", "/api/*")
    rules = [rule(20, api), rule(3, api, values("host-header", "other")), rule(100)]
    assert (first_match(rules, asked("/api/x")) or {})["Priority"] == "20"
    assert first_match([], asked()) is None


def test_weights_share_the_requests() -> None:
    groups = [{"TargetGroupArn": "a", "Weight": 90}, {"TargetGroupArn": "b", "Weight": 10}]
    found = weights({"ForwardConfig": {"TargetGroups": groups}})
    assert found == {"a": 90, "b": 10}
    numbers = iter(range(100))
    draws = [choose(found, lambda: next(numbers) / 100) for _ in range(100)]
    assert draws.count("a") == 90
    assert choose({"a": 0, "b": 0}) is None
    assert choose({"a": 0, "b": 1}) == "b"
    assert weights({"TargetGroupArn": "only"}) == {"only": 1}


def test_redirects_fill_in_what_the_request_had() -> None:
    https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    answer = redirect(https, asked("/a/b?c=d"), "HTTP", 80)
    assert (answer.status, answer.headers) == (301, (("Location", "https://shop.example:443/a/b?c=d"),))
    moved = {"Host": "www.#{host}", "Path": "/new/#{path}", "Query": "", "StatusCode": "HTTP_302"}
    answer = redirect(moved, asked("/x"), "HTTP", 8080)
    assert answer.headers == (("Location", "http://www.shop.example:8080/new/x"),)
    fixed = fixed_response({"StatusCode": "404", "MessageBody": "no", "ContentType": "text/plain"})
    assert (fixed.status, fixed.body) == (404, "no")


def test_a_target_learns_who_asked_and_how() -> None:
    fields = dict(target_headers(asked(x_forwarded_proto="ftp"), "HTTPS", 443))
    assert fields["Host"] == "shop.example"
    assert fields["X-Forwarded-For"] == "10.1.2.3"
    assert fields["X-Forwarded-Proto"] == "https"
    assert "x-forwarded-proto" not in fields, "what a client claims is replaced"
    assert fields["X-Forwarded-Port"] == "443"
    assert fields["X-Amzn-Trace-Id"].startswith("Root=1-")
    chained = asked(x_forwarded_for="1.1.1.1", x_amzn_trace_id="Root=1-a-b")
    fields = dict(target_headers(chained, "HTTP", 8080))
    assert fields["Host"] == "shop.example:8080"
    assert fields["X-Forwarded-For"] == "1.1.1.1, 10.1.2.3"
    assert fields["X-Amzn-Trace-Id"].startswith("Self=1-")
    assert fields["X-Amzn-Trace-Id"].endswith(";Root=1-a-b")
    assert "X-Forwarded-For" not in dict(target_headers(asked(), "HTTP", 80, xff="remove"))
    assert dict(target_headers(asked(), "HTTP", 80, preserve_host=True))["Host"] == "shop.example:80"


def test_an_address_of_its_own_with_the_listeners_own_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elb_address, "can_bind", lambda host, port: True)
    own = elb_address.choose(set())
    assert own.host.startswith("127.")
    assert (own.dns_name, own.port(80), own.port(8443)) == (own.host, 80, 8443)


def test_who_may_not_listen_below_1024_gets_a_name_with_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elb_address, "can_bind", lambda host, port: port >= 1024)
    shifted = elb_address.choose(set())
    assert shifted.dns_name == f"{shifted.host}:8080"
    assert (shifted.port(443), shifted.port(8080), shifted.port(5432)) == (8443, 8080, 5432)


def test_where_loopback_has_one_address_each_listener_gets_a_port_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elb_address, "can_bind", lambda host, port: False)
    shared = elb_address.choose(set())
    assert shared.dns_name == f"127.0.0.1:{shared.port(80)}"
    assert len({shared.port(80), shared.port(443), shared.port(80)}) == 2


def test_a_cookie_brings_a_client_back_to_its_target() -> None:
    ((name, value),) = elb_sticky.fields("10.0.0.7", 8080, 60)
    assert name == "Set-Cookie"
    assert "; Path=/" in value
    cookie = f"theirs=1; {value.partition(';')[0]}"
    assert elb_sticky.wanted(asked(cookie=cookie).head) == ("10.0.0.7", 8080)
    for nonsense in ("", "AWSALB=%", "AWSALB=Zm9v", "theirs=1"):
        assert elb_sticky.wanted(asked(cookie=nonsense).head) is None
