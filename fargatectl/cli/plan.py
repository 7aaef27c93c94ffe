"""``fargatectl plan``."""

from __future__ import annotations

import click

from fargatectl.cli.images import IMAGE, images_of
from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import SERVICES, Options, shared
from fargatectl.errors import ExitCode


@click.command("plan")
@SERVICES
@IMAGE
@click.option("--exit-code", is_flag=True, help="Exit with 3 when there are changes.")
@shared()
def command(options: Options, services: tuple[str, ...], image: tuple[str, ...], exit_code: bool) -> None:
    """Show what `up` would change. Nothing is changed.

    With SERVICEs, what `up` of these alone would change.
    """
    with opened(options) as open_:
        from fargatectl import advice
        from fargatectl.engine.events import Notice
        from fargatectl.operations import plan

        given = images_of(open_.loaded, image)
        planned = plan(open_.run, open_.app(given, services))
        for text in advice.of(planned, given):
            open_.run.emit(Notice(text, "warning"))
        document = planned.document(open_.run)
    finish(options, document, lambda: _text(document))
    if exit_code and document["changes"]:
        raise click.exceptions.Exit(ExitCode.CHANGES)


def _text(document: dict[str, object]) -> str:
    from fargatectl.console.report import heading, plan_text

    return f"{heading(document)}\n\n{plan_text(document)}"
