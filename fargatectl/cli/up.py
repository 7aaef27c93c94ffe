"""``fargatectl up``."""

from __future__ import annotations

import time

import click

from fargatectl.cli.images import IMAGE, images_of
from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import BREAK_LOCK, SERVICES, Duration, Options, shared

DEFAULT_TIMEOUT = "15m"


@click.command("up")
@SERVICES
@IMAGE
@click.option("--no-wait", is_flag=True, help="Do not follow the rollout to its end.")
@click.option(
    "--timeout", type=Duration(), default=DEFAULT_TIMEOUT, show_default=True, metavar="TIME",
    help="Stop waiting after this time; AWS goes on.",
)  # fmt: skip
@BREAK_LOCK
@shared()
def command(
    options: Options,
    services: tuple[str, ...],
    image: tuple[str, ...],
    no_wait: bool,
    timeout: float,
    break_lock: bool,
) -> None:
    """Build, push, make the difference in AWS, follow the rollout, print the address.

    With SERVICEs, only these and what they need are deployed; nothing else is touched or removed.
    """
    begun = time.monotonic()
    with opened(options) as open_:
        from fargatectl import advice
        from fargatectl.console.report import heading
        from fargatectl.engine.events import Notice
        from fargatectl.guard import Guard
        from fargatectl.operations import plan, up

        given = images_of(open_.loaded, image)
        run, app = open_.run, open_.app(given, services)
        # An image that is named by hand is a new one, most of the time.
        with Guard(run, "up", begun + timeout, at_any_rate=break_lock, eager=bool(image)) as guard:
            planned = guard.look(
                lambda: plan(run, app, at_once=bool(image), tasks=True), lambda found: not found.is_done
            )
            run.emit(Notice(heading(run.head(planned.account))))
            for text in advice.of(planned, given):
                run.emit(Notice(text, "warning"))
            # What a rollout has come to is told before anybody else may begin.
            changed = guard.let_go if no_wait or planned.is_done else lambda: None
            document = up(run, app, planned, wait=not no_wait, deadline=begun + timeout, changed=changed)
    finish(options, document, lambda: _text(document, options))


def _text(document: dict[str, object], options: Options) -> str:
    from fargatectl.cli.hints import same_app
    from fargatectl.console.report import up_text

    return "\n" + up_text(document, options=same_app(options))
