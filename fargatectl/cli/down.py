"""``fargatectl down``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import BREAK_LOCK, Duration, Options, shared
from fargatectl.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from fargatectl.engine.plan import Change


@click.command("down")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--timeout", type=Duration(), default="30m", show_default=True, metavar="TIME",
    help="Stop waiting after this time; AWS goes on.",
)  # fmt: skip
@click.option(
    "--delete-data", is_flag=True,
    help="Also what holds your data: the values of secrets and the files of file systems.",
)  # fmt: skip
@BREAK_LOCK
@shared(app=True)
def command(options: Options, yes: bool, timeout: float, delete_data: bool, break_lock: bool) -> None:
    """Remove everything that the app owns in this environment.

    It goes by what is tagged in AWS, not by the spec: --app NAME will do, with the spec's region (--region)
    and the environment (-e). Your data (the values of secrets and the files of file systems) is kept, and
    listed, unless you say --delete-data.
    """
    begun = time.monotonic()
    if not yes and not _can_ask(options):
        raise UsageError("down needs --yes where it cannot ask", hint="Add --yes to remove everything.")
    with opened(options, whole=False) as open_:
        from fargatectl.advice import left_elsewhere
        from fargatectl.console.report import heading
        from fargatectl.engine.events import Notice
        from fargatectl.guard import Guard
        from fargatectl.operations import down, removal

        run = open_.run
        with Guard(run, "down", begun + timeout, at_any_rate=break_lock, eager=True) as guard:
            planned = guard.look(lambda: removal(run, delete_data=delete_data), lambda _: True)
            if planned.plan.changes and not yes:
                with open_.screen.paused():
                    _ask(planned.document(run), planned.plan.lost)
            else:
                run.emit(Notice(heading(run.head(planned.account))))
            for text in left_elsewhere(planned):
                run.emit(Notice(text))
            document = down(run, planned, deadline=begun + timeout)
    finish(options, document, lambda: _text(document, run.head(planned.account)))


def _can_ask(options: Options) -> bool:
    return options.output == "text" and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(document: dict[str, object], lost: Sequence[Change]) -> None:
    from fargatectl.console.output import show
    from fargatectl.console.report import heading, plan_text
    from fargatectl.text import clean, label

    show(f"{heading(document)}\n\n{plan_text(document)}")
    data = ", ".join(f"{label(one.kind)} {clean(one.name)}" for one in lost)
    warning = f"This deletes data for good: {data}. " if data else ""
    if not click.confirm(f"{warning}Remove all this?"):
        raise Interrupted("not confirmed: nothing was removed")


def _text(document: dict[str, object], head: dict[str, object]) -> str:
    from fargatectl.console.report import down_text

    return down_text(document, head, list_deleted=False)
