"""What to add to a suggested command so that it means the same app."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
from typing import TYPE_CHECKING

import click

from fargatectl.cli.options import Options
from fargatectl.errors import NoEnvironment, SpecError, UsageError

if TYPE_CHECKING:
    from fargatectl.aws.errors import Caller

_COMMAND = re.compile(
    r"\bfargatectl (up|down|status|logs(?: -f\b)?+|plan|promote|abort|secret (?:set|list|delete))\b"
    r"(?! --(?:app|local)\b| needs\b)"
)
_BY_SPEC = ("up", "plan")  # they have no --app

# Command -> what `policy --for` calls its permissions; deploy where it stands not here.
_PURPOSES = {
    "plan": "read-only", "status": "read-only", "logs": "read-only", "down": "destroy", "secret": "secrets",
}  # fmt: skip


def same_app(options: Options) -> str:
    """The options that a user gave and must give again, such as ``--local -e prod``."""
    words = ["--local"] if options.local else []
    for name, value in (
        ("--file", options.file),
        ("--app", options.app),
        ("-e", options.env),
        ("--region", options.region),
        ("--profile", options.profile),
    ):
        if value is not None:
            words += [name, str(value)]
    return shlex.join(words)


def addressed(text: str, options: Options) -> str:
    """The text, its commands meant for this very app: what is typed for another environment does harm.

    `policy` and what the report suggests say it by themselves.
    """

    def address(found: re.Match[str]) -> str:
        given = dataclasses.replace(options, app=None) if found[1] in _BY_SPEC else options
        if text.startswith(" --region ", found.end()):
            given = dataclasses.replace(given, region=None)
        same = same_app(given)
        return found[0] if not same or text.startswith(f" {same}", found.end()) else f"{found[0]} {same}"

    return _COMMAND.sub(address, text)


def without_spec(error: UsageError, options: Options) -> str:
    """The hint of an error of the spec, and how to name the app without it where the command can.

    What the spec fails for, or no longer has, may well run.
    """
    context = click.get_current_context()
    known = {one.name for one in context.command.params}
    spec = {SpecError: "The spec is not needed", NoEnvironment: "One that it no longer has"}
    if "app" not in known or type(error) not in spec:
        return error.hint
    words = [context.command_path, same_app(dataclasses.replace(options, file=None, app="NAME"))]
    words += [] if options.env else ["[-e ENVIRONMENT]"]
    words += [] if options.region else ["[--region REGION]"]
    words += ["[--key KEY]"] if "key" in known else []  # by default the spec's
    return "\n".join(filter(None, [error.hint, f"{spec[type(error)]}: {' '.join(words)}"]))


def caller_of(options: Options) -> Caller:
    """The command that runs, and the one that prints the permissions that it needs."""
    from fargatectl.aws.errors import Caller

    name, *more = click.get_current_context().command_path.split()[1:]
    same = same_app(dataclasses.replace(options, app=None))  # `policy` reads the spec
    words = ["fargatectl policy --for", _PURPOSES.get(name, "deploy"), same]
    profile = options.profile or os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or ""
    return Caller(" ".join(["fargatectl", name, *more]), " ".join(filter(None, words)), profile)
