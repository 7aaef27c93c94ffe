"""``fargatectl promote``."""

from __future__ import annotations

import click

from fargatectl.cli.opened import opened
from fargatectl.cli.options import SERVICES, Duration, Options, shared
from fargatectl.cli.promotion import run


@click.command("promote")
@SERVICES
@click.option("--no-wait", is_flag=True, help="Do not follow it.")
@click.option(
    "--timeout", type=Duration(), default="15m", show_default=True, metavar="TIME",
    help="Stop waiting after this time; AWS goes on.",
)  # fmt: skip
@shared(app=True)
def command(options: Options, services: tuple[str, ...], no_wait: bool, timeout: float) -> None:
    """Let a paused deployment go on, and follow it to its end or the next pause.

    Of the named SERVICEs, else of all that wait.
    """
    with opened(options) as open_:
        run("promote", open_, services, wait=not no_wait, timeout=timeout)
