"""``fargatectl local``: the local AWS by hand; `--local` on any other command starts it when needed."""

from __future__ import annotations

from dataclasses import asdict

import click

from fargatectl.cli.opened import finish
from fargatectl.cli.options import Options, shared
from fargatectl.text import clean


@click.group("local")
def command() -> None:
    """Start, stop and look at the local AWS: real containers, no account, loopback only."""


def _say(text: str) -> None:
    click.echo(clean(text), err=True)


def _quietly(_text: str) -> None:
    """The result says it all."""


@command.command("start")
@shared(spec=False, aws=False)
def start(options: Options) -> None:
    """Start it, unless it runs; on first use it is installed in an environment of its own."""
    from fargatectl.local import stack

    local = stack.start(_say)
    document = {
        "schema": 1,
        "endpoint_url": local.endpoint_url,
        "region": local.region,
        "account": local.account,
    }
    finish(options, document, lambda: f"The local AWS answers at {local.endpoint_url}.")


@command.command("stop")
@shared(spec=False, aws=False)
def stop(options: Options) -> None:
    """Stop it and remove its containers."""
    from fargatectl.local import stack

    stopped = stack.stop(_quietly)
    text = (
        "The local AWS is stopped, its containers are gone." if stopped else "The local AWS was not running."
    )
    finish(options, {"schema": 1, "stopped": stopped}, lambda: text)


@command.command("status")
@shared(spec=False, aws=False)
def status(options: Options) -> None:
    """Show whether it runs, and what it lacks of the real one."""
    from fargatectl.local import stack

    found = stack.status()
    document = {
        "schema": 1,
        "running": found is not None,
        **({"local": asdict(found)} if found is not None else {}),
        "limits": [{"feature": feature, "limit": limit} for feature, limit in stack.LIMITS],
    }
    finish(options, document, lambda: _status_text(found))


@command.command("reset")
@shared(spec=False, aws=False)
def reset(options: Options) -> None:
    """Forget everything in it and remove its containers; it keeps running."""
    from fargatectl.local import stack

    stack.reset(_quietly)
    finish(options, {"schema": 1, "reset": True}, lambda: "The local AWS is empty.")


def _status_text(found: object) -> str:
    from fargatectl.console.text import columns
    from fargatectl.local import stack

    if not isinstance(found, stack.LocalStatus):
        head = "The local AWS is not running. Start it: fargatectl local start, or --local on any command."
    else:
        containers = (
            "unknown, Docker Engine does not answer" if found.containers is None else found.containers
        )
        head = "\n".join(
            columns(
                [
                    ["local AWS", f"MiniStack {found.version}"],
                    ["address", found.endpoint_url],
                    ["process", str(found.pid)],
                    ["since", found.since],
                    ["containers", str(containers)],
                ]
            )
        )
        if found.outdated:
            head += "\nIt is of another version of fargatectl: fargatectl local stop, then start it again."
    rows = columns([[feature, limit] for feature, limit in stack.LIMITS], indent="  ")
    return "\n".join([head, "", "What it lacks of AWS:", *rows])
