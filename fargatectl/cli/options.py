"""The options that commands share, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fargatectl.dataclass import dataclass

F = TypeVar("F", bound=Callable[..., Any])

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""Names of apps, environments and services."""


@dataclass(frozen=True)
class Options:
    """The values of the shared options; those that a command does not take have their defaults."""

    file: Path | None = None
    env: str | None = None
    app: str | None = None
    region: str | None = None
    profile: str | None = None
    local: bool = False
    output: str = "text"
    verbose: bool = False
    no_color: bool = False


class Duration(click.ParamType[float]):
    """A time such as ``90``, ``90s``, ``15m`` or ``1h``; in seconds."""

    name = "duration"
    _UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        if not match or not float(match[1]):
            self.fail(f"{value!r} is not a time above 0 such as 90s, 15m or 1h", param, ctx)
        return float(match[1]) * self._UNITS[match[2]]


SERVICES = click.argument("services", nargs=-1, metavar="[SERVICE]...")
"""For the commands that may be about a part of an app."""

BREAK_LOCK = click.option(
    "--break-lock", is_flag=True, help="Do not wait for another run of this app: take the lock from it."
)
"""For the commands that change what an app owns."""


def _file(*names: str) -> Callable[[F], F]:
    return click.option(
        *names,
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The spec. Default: fargate.yml here or in a parent folder.",
    )


_ENV = click.option("-e", "--env", metavar="NAME", help="The environment of the spec. Default: default.")
_APP = click.option("--app", metavar="NAME", help="The app, where there is no spec.")
_VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Show each AWS API call and its time.")
_OUTPUT = [
    click.option(
        "-o",
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        help="json: one document on standard output, all else on standard error.",
    ),
    click.option("--no-color", is_flag=True, help="No colours (as NO_COLOR=1)."),
]
_AWS = [
    click.option(
        "--region", metavar="NAME", help="The AWS region. Default: the spec's, else AWS's own settings."
    ),
    click.option("--profile", metavar="NAME", help="The AWS profile."),
    click.option(
        "--local", is_flag=True, help="Use the local AWS with real containers; started when needed."
    ),
]


def shared(
    *, spec: bool = True, aws: bool = True, app: bool = False, file_letter: bool = True
) -> Callable[[F], F]:
    """Give a command the shared options; it gets them as one `Options`, its first argument.

    Args:
        file_letter: Whether ``-f`` means ``--file``; ``logs -f`` follows, as everywhere.
    """
    file = _file("-f", "--file") if file_letter else _file("--file")
    wanted = [
        *([file, _ENV] if spec else []),
        *([_APP] if app else []),
        *([*_AWS, _VERBOSE] if aws else []),
        *_OUTPUT,
    ]

    def decorate(function: F) -> F:
        import functools

        names = set(Options.__dataclass_fields__)

        @functools.wraps(function)
        def call(**values: Any) -> Any:
            options = Options(**{name: values.pop(name) for name in list(values) if name in names})
            return function(options, **values)

        for option in reversed(wanted):
            option(call)
        return call  # type: ignore[return-value]

    return decorate
