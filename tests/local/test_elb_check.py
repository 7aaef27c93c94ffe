"""A load balancer's health check of one target, and what a row of them makes of it."""

from __future__ import annotations

import asyncio

import pytest

from fargatectl.local.ministack_patches.elb_check import FAILED, TIMED_OUT, Check, Streak, matches

from .test_elb_http import answering, serving


def checked(content: bytes, check: Check, wait: float = 0.0) -> object:
    async def run() -> object:
        async with serving(answering(content, wait=wait)) as port:
            return await check.run("127.0.0.1", port)

    return asyncio.run(run())


def test_the_reasons_are_awss() -> None:
    assert checked(b"HTTP/1.1 200 OK\r\n\r\n", Check(path="/health")) is None
    assert checked(b"HTTP/1.1 500 No\r\n\r\n", Check()) == (
        "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]",
    )  # fmt: skip
    assert checked(b"", Check()) == FAILED
    assert checked(b"gibberish\r\n\r\n", Check()) == FAILED
    assert checked(b"HTTP/1.1 200 OK\r\n\r\n", Check(timeout=0.2), wait=1) == TIMED_OUT
    assert checked(b"", Check(protocol="TCP")) is None
    assert asyncio.run(Check(protocol="TCP").run("127.0.0.1", 1)) == FAILED


@pytest.mark.parametrize(
    ("codes", "code", "fits"),
    [("200", "200", True), ("200,202", "202", True), ("200-299,301", "250", True), ("200-299", "301", False)],
)
def test_codes(codes: str, code: str, fits: bool) -> None:
    assert matches(code, codes) is fits


def test_one_success_makes_a_new_target_healthy_and_thresholds_turn_it() -> None:
    streak = Streak(3, 2)
    assert streak.note(True) is True
    assert streak.note(False) is True
    assert streak.note(False) is False
    assert [streak.note(True) for _ in range(3)] == [False, False, True]


def test_a_new_target_that_fails_is_initial_until_the_threshold() -> None:
    streak = Streak(3, 2)
    assert [streak.note(False), streak.note(False)] == [None, False]
