"""``fargatectl status``."""

from __future__ import annotations

import click

from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import Options, shared


@click.command("status")
@shared(app=True)
def command(options: Options) -> None:
    """Show what runs now, and where."""
    with opened(options) as open_:
        from fargatectl.operations import status
        from fargatectl.resources.account import Account

        if open_.loaded is not None:
            app = open_.app_as_named()
            document = status(open_.run, app.services, app.account, app.desired)
        else:
            document = status(open_.run, {}, Account(id="account", name="account"), ())
    finish(options, document, lambda: _text(document))


def _text(document: dict[str, object]) -> str:
    from fargatectl.console.report import status_text

    return status_text(document)
