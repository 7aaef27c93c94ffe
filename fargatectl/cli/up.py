"""``fargatectl up``."""

from __future__ import annotations

import time

import click

from fargatectl.cli.images import IMAGE, images_of
from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import Duration, Options, shared

DEFAULT_TIMEOUT = "15m"


@click.command("up")
@IMAGE
@click.option("--no-wait", is_flag=True, help="Do not follow the rollout to its end.")
@click.option(
    "--timeout", type=Duration(), default=DEFAULT_TIMEOUT, show_default=True, metavar="TIME",
    help="Stop waiting after this time; AWS goes on.",
)  # fmt: skip
@shared()
def command(options: Options, image: tuple[str, ...], no_wait: bool, timeout: float) -> None:
    """Build, push, make the difference in AWS, follow the rollout, print the address."""
    begun = time.monotonic()
    with opened(options) as open_:
        from fargatectl.console.report import heading
        from fargatectl.engine.events import Notice
        from fargatectl.operations import plan, up

        app = open_.app(images_of(open_.loaded, image))
        planned = plan(open_.run, app)
        open_.run.emit(Notice(heading(open_.run.head(planned.account))))
        document = up(open_.run, app, planned, wait=not no_wait, deadline=begun + timeout)
    finish(options, document, lambda: _text(document, options))


def _text(document: dict[str, object], options: Options) -> str:
    from fargatectl.cli.hints import same_app
    from fargatectl.console.report import up_text

    return "\n" + up_text(document, options=same_app(options))
