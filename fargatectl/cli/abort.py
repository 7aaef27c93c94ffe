"""``fargatectl abort``."""

from __future__ import annotations

import click

from fargatectl.cli.opened import opened
from fargatectl.cli.options import SERVICES, Duration, Options, shared
from fargatectl.cli.promotion import run


@click.command("abort")
@SERVICES
@click.option("--no-wait", is_flag=True, help="Do not follow it.")
@click.option(
    "--timeout", type=Duration(), default="15m", show_default=True, metavar="TIME",
    help="Stop waiting after this time; AWS goes on.",
)  # fmt: skip
@shared(app=True)
def command(options: Options, services: tuple[str, ...], no_wait: bool, timeout: float) -> None:
    """Roll a deployment under way back, and follow that until the version before serves alone.

    Of the named SERVICEs, else of all that are deployed.
    """
    with opened(options) as open_:
        run("abort", open_, services, wait=not no_wait, timeout=timeout)
