"""``fargatectl validate``."""

from __future__ import annotations

import click

from fargatectl.cli.opened import check_builds, finish, load_spec
from fargatectl.cli.options import Options, shared


@click.command("validate")
@shared(aws=False)
def command(options: Options) -> None:
    """Check a spec, every fault at once, without touching AWS."""
    from fargatectl.console.output import warn
    from fargatectl.spec import plaintext

    loaded = load_spec(options)
    check_builds(loaded, {})
    if loaded.spec.overrides:
        from fargatectl.app import build

        # Wherever it is: what may be overridden is the same.
        build(loaded, region=loaded.spec.region or "us-east-1", content_hash=lambda _build: "")
    for problem in plaintext.warnings(loaded):
        warn(str(problem))
    names = list(loaded.spec.services)
    document = {
        "schema": 1,
        "app": loaded.spec.app,
        "environment": loaded.environment,
        "file": str(loaded.path),
        "services": names,
    }
    finish(options, document, lambda: f"{loaded.path} is good: {loaded.spec.app} with {', '.join(names)}.")
