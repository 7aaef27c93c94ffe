"""Opens what a command works with: the spec, AWS, the view."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fargatectl.cli.options import Options
from fargatectl.engine.events import Emit, Notice
from fargatectl.errors import UsageError

if TYPE_CHECKING:
    from fargatectl.app import App
    from fargatectl.operations import Run
    from fargatectl.spec.load import LoadedSpec


@dataclass
class Opened:
    """What a command works with; `app` is there where a spec is."""

    run: Run
    loaded: LoadedSpec | None
    options: Options

    def app(self, images: Mapping[str, str] | None = None) -> App:
        """The resources that the spec asks for."""
        from fargatectl.app import build
        from fargatectl.images.context import content_hash

        assert self.loaded is not None
        return build(self.loaded, region=self.run.aws.region, content_hash=content_hash, images=images)


def load_spec(options: Options) -> LoadedSpec:
    """The spec that the options name; raises SpecError or UsageError."""
    from pathlib import Path

    from fargatectl.spec.load import find_spec, load

    path = options.file or find_spec(Path.cwd())
    return load(path, environment=options.env, environ=os.environ)


@contextmanager
def opened(options: Options) -> Iterator[Opened]:
    """Read the spec, then reach AWS; show events until the block ends."""
    from fargatectl.console.view import make_view
    from fargatectl.engine.scope import DEFAULT_ENVIRONMENT, Scope
    from fargatectl.operations import Run

    loaded = None
    if options.app is None:
        loaded = load_spec(options)
        scope = Scope(loaded.spec.app, loaded.environment)
    else:
        if options.file is not None:
            raise UsageError("--app and --file exclude each other", hint="Give one of them.")
        scope = Scope(_name(options.app, "--app"), _name(options.env or DEFAULT_ENVIRONMENT, "--env"))
    region = options.region or (loaded.spec.region if loaded else None)
    with make_view(
        output=options.output, verbose=options.verbose, color=False if options.no_color else None
    ) as view:
        from fargatectl.aws.session import Aws

        aws = Aws(_connection(options, region, view), view)
        yield Opened(Run(aws, scope, view, loaded), loaded, options)


def finish(options: Options, document: Mapping[str, Any], text: Callable[[], str]) -> None:
    """Print the result: the document, or what it means."""
    if options.output == "json":
        from fargatectl.console.jsonout import dump

        dump(document, sys.stdout)
    else:
        print(text())


def _connection(options: Options, region: str | None, emit: Emit) -> Any:
    from fargatectl.aws.session import Connection

    if not options.local:
        return Connection(region=region, profile=options.profile)
    if options.profile:
        raise UsageError("--local and --profile exclude each other", hint="Give one of them.")
    from fargatectl.local.stack import ensure

    local = ensure(lambda text: emit(Notice(text)))
    return Connection(
        region=region or local.region,
        endpoint_url=local.endpoint_url,
        access_key=local.access_key,
        secret_key=local.secret_key,
    )


def _name(value: str, option: str) -> str:
    import re

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", value):
        raise UsageError(
            f"{option} {value!r} is not a name",
            hint="Up to 32 lower-case letters, digits and hyphens, a letter first.",
        )
    return value
