"""``fargatectl status``."""

from __future__ import annotations

import click

from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import Options, shared


@click.command("status")
@shared(app=True)
def command(options: Options) -> None:
    """Show what runs now, and where."""
    with opened(options, whole=False) as open_:
        from fargatectl.status import status

        outline = open_.outline
        if outline is not None:
            document = status(open_.run, outline.services, cluster=outline.cluster)
        else:
            document = status(open_.run)
    finish(options, document, lambda: _text(document))


def _text(document: dict[str, object]) -> str:
    from fargatectl.console.report import status_text

    return status_text(document)
