"""``fargatectl schema``."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the spec, for editors that check and complete it."""
    from fargatectl.console.output import show_document
    from fargatectl.spec.schema import json_schema

    show_document(json_schema())
