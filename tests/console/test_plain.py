import io
import sys
import threading

import pytest

from fargatectl.console.plain import PlainView
from fargatectl.engine.events import ApiCall, Finished, Notice, Skipped


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def test_a_run_reads_as_a_log(out, clock, image, group, service) -> None:
    with PlainView(out, verbose=False, clock=clock) as view:
        view(Notice("app  default  us-east-1  123456789012"))
        view(image.started("prepare"))
        view(group.started())
        view(group.finished(seconds=0.4))
        view(image.progress("step 1 of 3: FROM python", 1, 3, "steps", lasting=True))
        view(image.finished("prepare", 3.1, "built"))
        view(image.started())
        view(image.finished("create", 2.2, "built 3.1 s, pushed 2 of 7 layers (12 MB)"))
        view(service.started())
        view(service.progress("0 of 1 running", lasting=True))
        view(service.finished(seconds=41.0))
        view(Notice("the lock file is old", "warning"))
    assert out.getvalue() == (
        "app  default  us-east-1  123456789012\n"
        "  ·  image            web                       started\n"
        "  +  log group        /ecs/app\n"
        "  ·  image            web                       step 1 of 3: FROM python\n"
        "  +  image            web                       built 3.1 s, pushed 2 of 7 layers (12 MB)\n"
        "  ·  service          web                       0 of 1 running\n"
        "  +  service          web                       41 s\n"
        "warning: the lock file is old\n"
    )


def test_each_action_has_its_mark(out, group) -> None:
    with PlainView(out, verbose=False) as view:
        for action in ("create", "update", "replace", "delete", "settle"):
            view(group.started(action))
            view(group.finished(action))
    signs = [line.split()[0] for line in out.getvalue().splitlines() if not line.endswith("started")]
    assert signs == ["+", "~", "~", "-", "✓"]


def test_failures_show_every_line_and_what_was_left_out(out, clock, service, group) -> None:
    with PlainView(out, verbose=False, clock=clock) as view:
        view(service.started())
        view(service.failed("rolled back to web:8, which still serves\nKeyError: 'DATABASE_URL'\n  | quoted"))
        view(Skipped(*group.subject, action="create", reason="the service web failed"))
    assert out.getvalue() == (
        "  x  service          web                       rolled back to web:8, which still serves\n"
        "     | KeyError: 'DATABASE_URL'\n"
        "     | quoted\n"
        "  ·  log group        /ecs/app                  skipped: the service web failed\n"
    )


def test_ticks_show_life_at_most_every_ten_seconds_for_each_resource(out, clock, image, service) -> None:
    view = PlainView(out, verbose=False, clock=clock)
    view(image.started())
    clock.pass_(5)
    view(service.started())
    for _ in range(25):
        clock.pass_(1)
        view(image.progress("pushing", 12_000_000, 40_000_000, "bytes"))
        view(service.progress("0 of 1 running"))
    assert out.getvalue() == (
        "  ·  image            web                       still going, 10 s: pushing, 12 MB of 40 MB\n"
        "  ·  service          web                       still going, 10 s: 0 of 1 running\n"
        "  ·  image            web                       still going, 20 s: pushing, 12 MB of 40 MB\n"
        "  ·  service          web                       still going, 20 s: 0 of 1 running\n"
        "  ·  image            web                       still going, 30 s: pushing, 12 MB of 40 MB\n"
    )


def test_a_long_preparation_that_ended_is_not_told_as_unfinished(out, clock, image) -> None:
    with PlainView(out, verbose=False, clock=clock) as view:
        view(image.started("prepare"))
        clock.pass_(60)
        view(image.finished("prepare", 60.0, "built 60 s"))
    assert out.getvalue().split() == ["·", "image", "web", "started"]


def test_a_lasting_line_counts_as_life(out, clock, image) -> None:
    view = PlainView(out, verbose=False, clock=clock)
    view(image.started())
    clock.pass_(9)
    view(image.progress("built", lasting=True))
    clock.pass_(9)
    view(image.progress("pushing"))
    assert out.getvalue().split() == ["·", "image", "web", "built"]


def test_a_reason_to_wait_shows_once_for_each_resource(out, group, service) -> None:
    view = PlainView(out, verbose=False)
    view(group.started())
    view(service.started())
    for _ in range(3):
        view(service.waiting("the role is new"))
        view(group.waiting("the role is new"))
        view(service.waiting("the cluster is new"))
    assert out.getvalue() == (
        "  ·  service          web                       the role is new\n"
        "  ·  log group        /ecs/app                  the role is new\n"
        "  ·  service          web                       the cluster is new\n"
    )


def test_api_calls_show_only_when_asked_for(group) -> None:
    calls = [ApiCall("ecs", "CreateService", 0.118), ApiCall("iam", "CreateRole", 1.0, "AccessDenied")]
    quiet, talkative = io.StringIO(), io.StringIO()
    for call in calls:
        PlainView(quiet, verbose=False)(call)
        PlainView(talkative, verbose=True)(call)
    assert quiet.getvalue() == ""
    assert talkative.getvalue() == "    ecs CreateService 0.12 s\n    iam CreateRole 1.00 s AccessDenied\n"


def test_closing_early_says_what_is_not_finished_once(out, clock, service) -> None:
    view = PlainView(out, verbose=False, clock=clock)
    view(service.started())
    view(service.progress("0 of 1 running"))
    clock.pass_(12)
    view.close()
    view.close()
    assert out.getvalue() == (
        "  ·  service          web                       not finished after 12 s: 0 of 1 running\n"
    )


def test_what_an_interruption_cuts_off_is_said_though_the_error_goes_on(out, service) -> None:
    def run() -> None:
        with PlainView(out, verbose=False) as view:
            view(service.started())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert "service          web                       not finished after 0 s" in out.getvalue()


def test_hostile_names_and_texts_are_harmless(out) -> None:
    view = PlainView(out, verbose=True)
    view(
        Finished("a.b", "x", "log\x1b[2Jgroup", "\x1b]0;owned\x07/ecs/app\rfake", "create", 0.1, "ok\x9b31m")
    )
    view(Notice("notice \x1b[31mred\x1b[0m"))
    view(ApiCall("ecs\x1b[1m", "CreateService", 0.1, "Err\nor"))
    assert out.getvalue() == (
        "  +  loggroup         /ecs/app fake             ok\n"
        "notice red\n"
        "    ecs CreateService 0.10 s Err or\n"
    )


def test_an_ascii_stream_gets_ascii() -> None:
    raw = io.BytesIO()
    view = PlainView(io.TextIOWrapper(raw, encoding="ascii"), verbose=False)
    view(Finished("image.image", "web", "image", "web", "settle", 0.1, "gebaut für 世"))
    assert raw.getvalue() == b"  *  image            web                       gebaut f?r ?\n"


class SlowStream(io.StringIO):
    """Takes one character at a time and lets other threads run in between."""

    def write(self, text: str) -> int:
        for char in text:
            super().write(char)
            threading.Event().wait(0) if char == " " else None
        return len(text)


def test_lines_of_many_threads_never_mix() -> None:
    out = SlowStream()
    view = PlainView(out, verbose=False)
    barrier = threading.Barrier(12)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(15):
            view(Finished("a.b", f"{number}", "log group", f"thread-{number}", "create", 0.1, f"turn {turn}"))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    expected = {
        f"  +  log group        {f'thread-{number}':24}  turn {turn}"
        for number in range(12)
        for turn in range(15)
    }
    lines = out.getvalue().splitlines()
    assert len(lines) == 180
    assert set(lines) == expected
