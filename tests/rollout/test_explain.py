"""What counts as a failure, what as fatal, and that no text can break or misuse an explanation."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fargatectl.rollout.explain import StoppedContainer, explain

from .evidence import evidence, explained, task

NASTY = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\x1b[];m\x9b\x07\u202e{}%:'\"\\n\ud800aA_1 ", max_size=80),
    st.sampled_from(
        [
            "CannotPullContainerError: {image} \x1b[31m not found",
            "Task failed ELB health checks in (target-group x)",
            "Traceback (most recent call last):",
            '  File "',
            "KeyError: 'AAA_{0}'",
            "Listening at: http://999.999.999.999:99999 (1)",
            'exec: "{at}": executable file not found',
            "1 validation error for Settings",
        ]
    ),
)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {
            "events": (
                "(service web) has started 1 tasks: (task 1).",
                "(service web) has reached a steady state.",
            )
        },
        {"events": ("(service web) registered 1 targets in (target-group arn:x)",)},
        {"tasks": (task(reason="Scaling activity initiated by (deployment ecs-svc/1)", exit=143, ran=9),)},
        {"tasks": (task(stop_code="UserInitiated", reason="Task stopped by user", exit=137, ran=9),)},
        {"target_health": (("Elb.InitialHealthChecking", "Initial health checks in progress"),)},
        {"target_health": (("Target.DeregistrationInProgress", "Target deregistration is in progress"),)},
    ],
)
def test_nothing_failed(facts: dict[str, object]) -> None:
    assert explain(evidence(**facts)) is None


@pytest.mark.parametrize("settling", [True, False])
def test_a_denial_is_fatal_once_permissions_have_spread(settling: bool) -> None:
    denied = task(reason="CannotPullContainerError: pull access denied: 403 Forbidden")
    assert explained(tasks=(denied,), settling=settling).fatal is not settling


@pytest.mark.parametrize(
    ("cpu", "memory", "larger"), [(256, 512, "1024"), (1024, 2048, "3072"), (32768, 61440, "122880")]
)
def test_memory_advice_is_the_next_size_of_that_cpu(cpu: int, memory: int, larger: str) -> None:
    killed = task(container_reason="OutOfMemoryError: Container killed due to memory usage", exit=137, ran=5)
    assert f"Set services.web.memory to {larger} in" in explained(tasks=(killed,), cpu=cpu, memory=memory).fix


def test_without_lines_the_file_alone_is_named() -> None:
    missing = task(exit=1, ran=1, log=["KeyError: 'DATABASE_URL'"])
    fix = explained(tasks=(missing,), lines={}).fix
    assert (
        fix
        == "Set DATABASE_URL under services.web.env or secrets in fargate.yml, then run fargatectl up again."
    )


def test_a_secret_that_is_set_is_not_called_missing() -> None:
    crashed = task(exit=1, ran=1, log=["KeyError: 'DATABASE_URL'"])
    told = explained(
        tasks=(crashed,), secrets={"DATABASE_URL": "arn:aws:secretsmanager:eu-west-1:1:secret:db"}
    )
    assert told.code == "task.exited"


def test_times_with_and_without_zone_do_not_break_it() -> None:
    odd = task(exit=1, ran=4)
    assert odd.stopped_at is not None
    told = explained(tasks=(replace(odd, stopped_at=odd.stopped_at.replace(tzinfo=None)),))
    assert told.cause == "web:9 does not start: the container exited with code 1."


@given(
    reasons=st.lists(NASTY, min_size=1, max_size=3),
    stop_code=NASTY,
    container=NASTY,
    exit_code=st.none() | st.integers(-1, 300),
    log=st.lists(NASTY, max_size=20),
    events=st.lists(NASTY, max_size=4),
    targets=st.lists(st.tuples(NASTY, NASTY), max_size=2),
    cpu=st.integers(0, 40000),
    port=st.none() | st.just(8080),
)
def test_no_text_breaks_it_or_reaches_the_terminal_raw(
    reasons: list[str],
    stop_code: str,
    container: str,
    exit_code: int | None,
    log: list[str],
    events: list[str],
    targets: list[tuple[str, str]],
    cpu: int,
    port: int | None,
) -> None:
    tasks = tuple(
        replace(
            task(reason=reason, stop_code=stop_code, log=log, ran=3),
            containers=(StoppedContainer(container, exit_code, container), StoppedContainer("b", None, "")),
        )
        for reason in reasons
    )
    told = explain(
        evidence(
            tasks=tasks,
            events=tuple(events),
            target_health=tuple(targets),
            cpu=cpu,
            port=port,
            image=container,
        )
    )
    if told is None:
        return
    assert len(told.log_lines) <= 12
    for text in (told.cause, told.fix, *told.log_lines):
        assert text.strip()
        assert len(text) <= 800
        assert not [character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs")]
