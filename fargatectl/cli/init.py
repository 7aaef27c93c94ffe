"""``fargatectl init``."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from fargatectl.cli.options import NAME, Options
from fargatectl.errors import UsageError


@click.command("init")
@click.option("--app", metavar="NAME", help="The app's name. Default: this folder's.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port that the container listens on.")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("fargate.yml"),
    show_default=True,
    metavar="PATH",
    help="The file to write.",
)
def command(app: str | None, port: int | None, file: Path) -> None:
    """Write a spec from what is here: a Dockerfile and its EXPOSE, or a compose file."""
    from fargatectl.console.output import show, warn
    from fargatectl.spec.init import propose

    if app is not None and not NAME.fullmatch(app):
        raise UsageError(
            f"--app {app!r} is not a name", hint="Up to 32 lower-case letters, digits and hyphens."
        )
    if os.path.lexists(file):
        raise UsageError(f"{file} is there already", hint="Edit it, or name another file: --file PATH.")
    text = propose(file.parent.resolve(), app=app, port=port)
    try:
        with file.open("x", encoding="utf-8") as stream:
            try:
                stream.write(text)
                stream.flush()
            except BaseException:
                file.unlink()  # half a spec would stand in the way of the next try
                raise
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    if (file.parent / "copilot").is_dir():
        warn("copilot/ is not read: docs/from-copilot.md says which key of a manifest is which here")
    show(f"{text}\nWritten to {file}. Next: {_first(text)}{_commands(file)}.")


def _first(text: str) -> str:
    """What must be done before a proposed spec can work."""
    from fargatectl.spec.init import NO_DOCKERFILE

    return "add the Dockerfile (or name an image in its place), then " if NO_DOCKERFILE in text else ""


def _commands(file: Path) -> str:
    """What to do with a spec, which is named where it would not be found."""
    from fargatectl.cli.hints import same_app
    from fargatectl.spec.find import find_spec

    try:
        found = find_spec(Path.cwd()) == file.parent.resolve() / file.name
    except UsageError:  # there is none here, or it is the second
        found = False
    options = Options(file=None if found else file)
    aws, local = same_app(options), same_app(replace(options, local=True))
    return ", ".join(f"fargatectl {one}".rstrip() for one in (f"validate {aws}", f"up {local}", f"up {aws}"))
