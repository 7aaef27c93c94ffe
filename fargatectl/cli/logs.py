"""``fargatectl logs``."""

from __future__ import annotations

import sys

import click

from fargatectl.cli.opened import opened
from fargatectl.cli.options import Duration, Options, shared
from fargatectl.errors import UsageError


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
    with opened(options) as open_:
        from fargatectl.logs import LogReader

        known = list(open_.loaded.spec.services) if open_.loaded is not None else []
        unknown = [name for name in services if known and name not in known]
        if unknown:
            raise UsageError(f"the spec has no service {unknown[0]}", hint=f"It has {', '.join(known)}.")
        reader = LogReader(open_.run.aws, f"/ecs/{open_.run.scope.prefix}", services)
        for line in reader.last(since, lines):
            _print(line.document() if options.output == "json" else line.text(), options)
        if follow:
            for line in reader.follow():
                _print(line.document() if options.output == "json" else line.text(), options)


def _print(line: object, options: Options) -> None:
    if options.output == "json":
        import json

        line = json.dumps(line, ensure_ascii=False)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
