import io
import os
import sys
import threading

import pytest

from fargatectl.console.live import LiveView
from fargatectl.engine.events import ApiCall, Finished, Notice, Progress, Started

from .screen import Screen


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def make(out, clock):
    views = []

    def make(
        columns: int = 80, rows: int = 24, *, color: bool | None = False, stream=out, **options
    ) -> LiveView:
        options = {"verbose": False, "ticks_per_second": 0, **options}
        views.append(LiveView(stream, clock=clock, color=color, size=(columns, rows), **options))
        return views[-1]

    yield make
    for view in views:
        view.close()


def seen(out: io.StringIO) -> str:
    return Screen().feed(out.getvalue()).text


def test_what_is_under_way_moves_below_what_is_finished(make, out, clock, image, group, service) -> None:
    view = make(110)
    view(Notice("app  default  us-east-1"))
    view(image.started("prepare"))
    view(group.started())
    view(service.started())
    clock.pass_(31.2)
    view(image.progress("pushing 2 of 7 layers", 10_000_000, 40_000_000, "bytes"))
    view(service.waiting("the role is new"))
    view(group.finished())
    view.refresh()
    assert seen(out) == (
        "app  default  us-east-1\n"
        "  +  log group        /ecs/app\n"
        "  ⠹  image            web        31 s  ━━━━━───────────────  pushing 2 of 7 layers, 10 MB of 40 MB\n"
        "  ⠹  service          web        31 s  the role is new"
    )


def test_only_what_is_finished_stays(make, out, image, group, service) -> None:
    with make() as view:
        view(image.started("prepare"))
        view(group.started())
        view.refresh()
        view(image.progress("building", 1, 3, "steps"))
        view.refresh()
        view(group.finished())
        view(image.finished("prepare", 3.1, "built 3.1 s"))
        view.refresh()
        assert "image" not in seen(out)  # prepared: neither under way nor worth a line
        view(image.started())
        view(image.finished(seconds=3.4, summary="built 3.1 s, pushed 12 MB"))
        view(service.started())
        view(service.failed("rolled back to web:8\nKeyError: 'DATABASE_URL'"))
    screen = Screen().feed(out.getvalue())
    assert screen.text == (
        "  +  log group        /ecs/app\n"
        "  +  image            web                       built 3.1 s, pushed 12 MB\n"
        "  x  service          web                       rolled back to web:8\n"
        "     | KeyError: 'DATABASE_URL'"
    )
    assert screen.cursor


def test_the_spinner_turns_and_seconds_pass_without_events(make, out, clock, service) -> None:
    view = make()
    view(service.started())
    frames = []
    for _ in range(3):
        view.refresh()
        frames.append(seen(out))
        clock.pass_(1.125)
    assert frames == [
        "  ⠋  service          web         0 s",
        "  ⠙  service          web         1 s",
        "  ⠹  service          web         2 s",
    ]


def test_the_bar_fills_and_amounts_show_once(make, out, image) -> None:
    view = make()
    view(image.started("prepare"))
    rows = []
    for done, text in [(0, "step 0 of 4"), (2, "step 2/4: RUN"), (4, "done"), (9, "more than all")]:
        view(image.progress(text, done, 4, "steps"))
        view.refresh()
        rows.append(seen(out).partition(" s  ")[2])
    assert rows == [
        "──────────  step 0 of 4",
        "━━━━━─────  step 2/4: RUN",
        "━━━━━━━━━━  done, 4 of 4 steps",
        "━━━━━━━━━━  more than all, 9 of 4 steps",
    ]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (70, "  ⠋  image            web         0 s  pushing layers of the image to…"),
        (50, "  ⠋  web         0 s  pushing layers of the image…"),
        (20, "  ⠋  web         0 s"),
        (8, "  ⠋  web"),
    ],
)
def test_narrow_terminals_lose_the_bar_then_the_labels(make, out, image, columns: int, row: str) -> None:
    view = make(columns)
    view(image.started("prepare"))
    view(image.progress("pushing layers of the image to its repository", 1, 2, "layers"))
    view.refresh()
    assert seen(out) == row
    assert all(len(line) <= columns for line in seen(out).splitlines())


def test_names_that_begin_alike_are_told_apart(make, out) -> None:
    view = make(40)
    for name in ("shop-production-web", "shop-production-worker"):
        view(Started("ecs.service", name, "service", name, action="create"))
    view.refresh()
    assert seen(out).splitlines() == ["  ⠋  sho…on-web    0 s", "  ⠋  sho…worker    0 s"]


def test_more_than_fits_is_counted_and_leaves_nothing_behind(make, out) -> None:
    with make(rows=6) as view:
        for number in range(30):
            view(Started("a.b", f"{number}", "log group", f"g{number}", action="create"))
            view.refresh()
        assert seen(out).splitlines()[-1] == "     27 more under way"
        assert len(seen(out).splitlines()) == 4
        for number in range(30):
            view(Finished("a.b", f"{number}", "log group", f"g{number}", action="create", seconds=0.1))
            view.refresh()
    assert seen(out).splitlines() == [f"  +  log group        g{number}" for number in range(30)]


def test_colours_tell_what_happens(make, out, group, service) -> None:
    view = make(color=None)
    for action in ("create", "update", "delete"):
        view(group.finished(action))
    view(service.failed("boom"))
    view(Notice("careful", "warning"))
    colours = [line for line in out.getvalue().split("\n") if "\x1b[" in line]
    for colour, sign in [("32", "+"), ("33", "~"), ("31", "-"), ("1;31", "x"), ("33", "warning: careful")]:
        assert any(f"\x1b[{colour}m{sign}\x1b[0m" in line for line in colours), sign


@pytest.mark.parametrize(("color", "no_color", "coloured"), [
    (None, "1", False), (False, "", False), (True, "1", True), (None, "", True),
])  # fmt: skip
def test_no_color(make, out, group, monkeypatch, color, no_color, coloured) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    view = make(color=color)
    view(group.started())
    view.refresh()
    view(group.finished())
    assert ("m" in {code[-1] for code in _codes(out.getvalue())}) is coloured


def _codes(written: str) -> list[str]:
    return [
        part[: next(i for i, char in enumerate(part) if char.isalpha()) + 1]
        for part in written.split("\x1b[")[1:]
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_the_terminal_is_restored_and_the_rest_is_told_when_a_run_breaks_off(
    make, out, clock, service, error
) -> None:
    def run() -> None:
        with make() as view:
            view(service.started())
            view(service.progress("0 of 1 running"))
            clock.pass_(12)
            view.refresh()
            assert not Screen().feed(out.getvalue()).cursor
            raise error

    with pytest.raises(error):
        run()
    screen = Screen().feed(out.getvalue())
    assert screen.cursor
    assert (
        screen.text
        == "  ·  service          web                       not finished after 12 s: 0 of 1 running"
    )


def test_late_events_after_the_end_still_show_and_hide_no_cursor(make, out, service) -> None:
    view = make()
    view.close()
    view(service.finished(summary="late"))
    screen = Screen().feed(out.getvalue())
    assert screen.text == "  +  service          web                       late"
    assert screen.cursor


def test_verbose_keeps_api_calls_and_lasting_progress(make, out, service) -> None:
    view = make(verbose=True)
    view(service.started())
    view(service.progress("0 of 1 running", lasting=True))
    view(ApiCall("ecs", "CreateService", 0.118))
    assert seen(out).splitlines()[:2] == [
        "  ·  service          web                       0 of 1 running",
        "    ecs CreateService 0.12 s",
    ]


def test_hostile_text_reaches_the_terminal_without_its_sequences(make, out) -> None:
    view = make()
    view(Started("a.b", "x", "log\x1b[2Jgroup", "\x1b]0;owned\x07/ecs\rfake", action="create"))
    view(
        Progress("a.b", "x", "log\x1b[2Jgroup", "\x1b]0;owned\x07/ecs\rfake", text="[bold]\x1b[31mred\x9b1m")
    )
    view.refresh()
    view(Finished("a.b", "x", "loggroup", "\x1b]0;owned\x07/ecs", "create", 0.1, "[red]:smile:\x1b[2J"))
    view.close()
    assert "\x1b]" not in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert "\x9b" not in out.getvalue()
    assert "[bold]red" in out.getvalue()
    assert seen(out) == "  +  loggroup         /ecs                      [red]:smile:"


def test_an_ascii_terminal_gets_ascii(make, image) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    view = make(stream=stream)
    view(image.started("prepare"))
    view(image.progress("pushing", 1, 2, "layers"))
    view.refresh()
    assert Screen().feed(raw.getvalue().decode("ascii")).text == (
        "  |  image            web         0 s  =====-----  pushing, 1 of 2 layers"
    )


def test_a_long_line_is_not_broken_by_us(make, out, group) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:service/" + "x" * 80
    view = make(60)
    view(group.finished(summary=arn))
    assert arn in out.getvalue()


def test_many_threads_and_the_ticker_never_tear_a_line(make) -> None:
    def work(view: LiveView, thread: int) -> None:
        for turn in range(12):
            one = ("a.b", f"{thread}-{turn}", "log group", f"{thread}-{turn}")
            view(Started(*one, action="create"))
            view(Progress(*one, text="news"))
            view(Finished(*one, action="create", seconds=0.1))

    names = [f"{thread}-{turn}" for thread in range(8) for turn in range(12)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(12):  # without our lock about one round in four goes wrong
            out = io.StringIO()
            with make(stream=out, ticks_per_second=500) as view:
                threads = [threading.Thread(target=work, args=(view, number)) for number in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            screen = Screen().feed(out.getvalue())
            assert sorted(screen.text.splitlines()) == sorted(f"  +  log group        {one}" for one in names)
            assert screen.cursor
    finally:
        sys.setswitchinterval(interval)


def test_what_others_print_meanwhile_stays_above(make, clock, service, monkeypatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    with make(stream=out) as view:
        view(service.started())
        view.refresh()
        print("a library says something")
        view.refresh()
        assert seen(out) == "a library says something\n  ⠋  service          web         0 s"
        view(service.finished())
    assert seen(out) == "a library says something\n  +  service          web"


def test_a_terminal_that_goes_away_does_not_stop_the_run(service) -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        view = LiveView(stream, verbose=False, ticks_per_second=0)
        view(service.started())
        os.close(leader)
        view(service.progress("0 of 1 running"))
        view.refresh()
        view(service.finished())
        view.close()
