"""``fargatectl secret``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fargatectl.cli.opened import finish, opened
from fargatectl.cli.options import Options, shared
from fargatectl.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

_MOST_READ = 65536  # bytes of a value: far more than any service takes


@click.group("secret")
def command() -> None:
    """Set, list and delete the app's own secrets.

    They are encrypted parameters in AWS (SSM Parameter Store). A service gets one as an environment variable:
    secrets: {API_KEY: app:API_KEY}. Values come from a prompt, a file or standard input, never from
    arguments, and are never shown. An up after a change of a value starts new tasks, which get it.
    """


@command.command("set")
@click.argument("name")
@click.option(
    "--from-file", type=click.Path(path_type=Path), metavar="PATH",
    help="Read the value from a file, as it is. Default: a prompt; without a terminal, standard input.",
)  # fmt: skip
@click.option(
    "--key",
    default="",
    metavar="KEY",
    help="The KMS key that encrypts it: its ARN, id or alias. Default: kms_key of the spec.",
)
@shared(app=True)
def set_(options: Options, name: str, from_file: Path | None, key: str) -> None:
    """Set a secret's value, new or not."""
    from fargatectl.secrecy import KNOWN

    _check(name)
    value = _value(name, from_file)
    KNOWN.learn([value])  # AWS repeats a value that it refuses
    with opened(options) as open_:
        from fargatectl.secrets import set_secret

        own = open_.loaded.spec.kms_key if open_.loaded else None
        document = set_secret(open_.run, name, value, key=key or own or "")
        used = _used(open_.loaded).get(name)
    finish(options, document, lambda: _set_text(document, used))


@command.command("list")
@shared(app=True)
def list_(options: Options) -> None:
    """Show which secrets there are, never their values."""
    with opened(options) as open_:
        from fargatectl.secrets import list_secrets

        document = list_secrets(open_.run, _used(open_.loaded))
    finish(options, document, lambda: _list_text(document))


@command.command("delete")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@shared(app=True)
def delete(options: Options, name: str, yes: bool) -> None:
    """Remove a secret for good."""
    _check(name)
    if not yes:
        if options.output != "text" or not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("secret delete needs --yes where it cannot ask", hint="Add --yes to remove it.")
        if not click.confirm(f"Remove the secret {name} for good?"):
            raise Interrupted("not confirmed: nothing was removed")
    with opened(options) as open_:
        from fargatectl.secrets import delete_secret

        document = delete_secret(open_.run, name)
        services = _used(open_.loaded).get(name)
    finish(options, document, lambda: _deleted_text(name, services))


def _check(name: str) -> None:
    from fargatectl.spec.secrets import OWN

    if not OWN.fullmatch(name):
        # What was given may be a value by mistake: it is not repeated.
        raise UsageError(
            "NAME is not a name of a secret",
            hint="Up to 128 letters, digits, _, . and -, such as API_KEY. The value is asked for, or read "
            "from standard input.",
        )


def _value(name: str, file: Path | None) -> str:
    if file is not None:
        try:
            with file.open("rb") as opened_:
                raw = opened_.read(_MOST_READ)
        except OSError as error:
            raise UsageError(
                f"cannot read {file}: {error.strerror}", hint="Give a file with --from-file."
            ) from None
    elif sys.stdin is not None and sys.stdin.isatty():
        prompted: str = click.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=False, err=True)
        return prompted
    else:
        raw = sys.stdin.buffer.read(_MOST_READ) if sys.stdin is not None else b""
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")  # of echo, and of whoever typed it
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise UsageError(
            "the value is not UTF-8 text", hint="Encode it, as base64 does, and decode it in the app."
        ) from None


def _used(loaded: LoadedSpec | None) -> dict[str, list[str]]:
    """Own secret -> the services that get it."""
    from fargatectl.spec.secrets import secret_source

    found: dict[str, list[str]] = {}
    for service, wanted in (loaded.spec.services if loaded else {}).items():
        for one in map(secret_source, wanted.secrets.values()):
            if one.service == "app" and service not in found.setdefault(one.name, []):
                found[one.name].append(service)
    return found


def _set_text(document: dict[str, Any], services: list[str] | None) -> str:
    what = "Set" if document["created"] else "Changed"
    done = f"{what} {document['name']} (version {document['version']})."
    if services:
        return f"{done} Give it to {', '.join(services)}: fargatectl up"
    return f"{done} A service gets it by secrets: {{{document['name']}: app:{document['name']}}}"


def _list_text(document: dict[str, Any]) -> str:
    from fargatectl.console.report import since_text
    from fargatectl.console.text import columns

    rows = []
    for one in document["secrets"]:
        state = f"version {one['version']}" if one["set"] else "not set"
        since = since_text(one["changed_at"])
        rows.append(
            [one["name"], state, since, ", ".join(one["services"]) or "used by no service of the spec"]
        )
    return "\n".join(columns(rows)) or "No secrets."


def _deleted_text(name: str, services: list[str] | None) -> str:
    if services:
        return f"Removed {name}. {', '.join(services)} still wants it: new tasks would not start without it."
    return f"Removed {name}."
