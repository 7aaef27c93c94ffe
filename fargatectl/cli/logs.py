"""``fargatectl logs``."""

from __future__ import annotations

from itertools import chain

import click

from fargatectl.cli.opened import opened
from fargatectl.cli.options import Duration, Options, shared
from fargatectl.errors import ExitCode, UsageError


@click.command("logs")
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("-f", "--follow", is_flag=True, help="Go on as lines arrive, until Ctrl-C.")
@click.option(
    "--since", type=Duration(), default="1h", show_default=True, metavar="TIME", help="How far back."
)
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=100, show_default=True, help="At most so many."
)
@shared(app=True, file_letter=False)
def command(options: Options, services: tuple[str, ...], follow: bool, since: float, lines: int) -> None:
    """Show the last log lines of the services, oldest first."""
    as_json = options.output == "json"
    with opened(options, whole=False) as open_:
        from fargatectl.console.output import show, show_document, warn
        from fargatectl.console.text import elapsed
        from fargatectl.logs import LogReader

        known = open_.outline.services if open_.outline is not None else ()
        unknown = [name for name in services if known and name not in known]
        if unknown:
            raise UsageError(f"the spec has no service {unknown[0]}", hint=f"It has {', '.join(known)}.")
        reader = LogReader(open_.run.aws, f"/ecs/{open_.run.scope.prefix}", services)
        last = reader.last(since, lines)
        if not last and lines:
            back = elapsed(since)
            warn(f"no log lines in the last {back}" + (", waiting for new ones" if follow else " (--since)"))
        try:
            for line in chain(last, reader.follow() if follow else ()):
                read = show_document(line.document(), indent=None) if as_json else show(line.text())
                if not read:
                    return
        except KeyboardInterrupt:
            if not follow:
                raise
            click.get_current_context().exit(ExitCode.INTERRUPTED)  # the way to end it, and no fault
