"""Opens what a command works with: the spec, AWS, the view."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from fargatectl.cli.options import NAME, Options
from fargatectl.dataclass import dataclass
from fargatectl.engine.events import Emit, Event, Notice
from fargatectl.errors import FargatectlError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from fargatectl.app import App
    from fargatectl.aws.ahead import Ahead
    from fargatectl.aws.connections import Connections
    from fargatectl.console.view import View
    from fargatectl.errors import Problem
    from fargatectl.run import Run
    from fargatectl.spec.models import LoadedSpec
    from fargatectl.spec.outline import Outline

_TEXTS = ("text", "reason", "summary", "error")  # what events say; the rest of them are names and numbers


@dataclass
class Opened:
    """What a command works with; `app` is there where a spec is.

    Attributes:
        loaded: The spec; None without one, or where only its outline was asked for.
        outline: What the spec names; None without one.
    """

    run: Run
    loaded: LoadedSpec | None
    outline: Outline | None
    options: Options
    screen: Screen

    def app(self, images: Mapping[str, str] | None = None, services: Sequence[str] = ()) -> App:
        """The resources that the spec asks for.

        Args:
            images: Service name -> image that takes the place of a build.
            services: The services that it is about, and what they need; empty for all.

        Raises:
            SpecError: What is to be built is not there.
            UsageError: The spec has no such service.
        """
        from fargatectl.app import build, only
        from fargatectl.images.context import content_hash
        from fargatectl.spec import healthcheck, plaintext

        assert self.loaded is not None
        check_services(self.loaded, services)
        check_builds([self.loaded], images or {})
        for problem in plaintext.warnings(self.loaded):
            self.run.emit(Notice(str(problem), level="warning"))
        for text in healthcheck.notices(self.loaded, images or {}):
            self.run.emit(Notice(text))
        app = build(self.loaded, region=self.run.aws.region, content_hash=content_hash, images=images)
        return only(app, services) if services else app

    def app_as_named(self) -> App:
        """As `app`, where only names matter: what is built need not be there, nor is it read."""
        from fargatectl.app import build

        assert self.loaded is not None
        return build(self.loaded, region=self.run.aws.region, content_hash=lambda _build: "")


class Screen:
    """Passes events to the view of the moment; `paused` gives the terminal back for a question."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._view = self._make()

    def __call__(self, event: Event) -> None:
        self._view(_hidden(event, self._options))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No view while the block runs, a new one after it."""
        self.close()
        yield
        self._view = self._make()

    def close(self) -> None:
        """Stop showing events and restore the terminal."""
        self._view.__exit__(None, None, None)

    def _make(self) -> View:
        from fargatectl.console.view import make_view

        options = self._options
        color = False if options.no_color else None
        return make_view(output=options.output, verbose=options.verbose, color=color).__enter__()


def _hidden(event: Event, options: Options) -> Event:
    """The event with every known secret hidden in its texts, and commands meant for this app."""
    from fargatectl.cli.hints import addressed
    from fargatectl.secrecy import hide

    texts = {name: getattr(event, name) for name in _TEXTS if getattr(event, name, "")}
    hidden = {name: hide(addressed(text, options)) for name, text in texts.items()}
    return event if hidden == texts else replace(event, **hidden)


def load_specs(options: Options) -> tuple[list[LoadedSpec], list[Problem]]:
    """The spec in the environment that is named, else without one and in each, as `load_every` says.

    Raises SpecError or UsageError.
    """
    from fargatectl.spec.load import load, load_every

    if options.env is None:
        return load_every(_path(options), environ=os.environ)
    return [load(_path(options), environment=options.env, environ=os.environ)], []


def _path(options: Options) -> Path:
    from pathlib import Path

    from fargatectl.spec.find import find_spec

    return options.file or find_spec(Path())  # relative: what is told of it is short


def _spec(options: Options, *, whole: bool, right: Callable[[], object]) -> tuple[LoadedSpec | None, Outline]:
    """The spec and its outline; the outline alone where that is enough and the file is known to be right.

    Args:
        right: Called as soon as it is known to be.
    """
    from fargatectl.spec.outline import outline_of, recall, remember
    from fargatectl.spec.source import read

    path = _path(options)
    text = read(path)
    known = recall(text, options.env, os.environ)
    if known is not None:
        right()
        if not whole:
            return None, known
    from fargatectl.spec.load import load

    loaded = load(path, environment=options.env, environ=os.environ, text=text)
    outline = outline_of(loaded)
    if known is None:
        right()
        remember(text, options.env, outline, os.environ)
    return loaded, outline


def check_services(loaded: LoadedSpec, services: Iterable[str]) -> None:
    """Raise UsageError for a name that is no service of the spec."""
    from fargatectl.spec.explain import suggestion

    known = list(loaded.spec.services)
    for name in services:
        if name not in known:
            meant = suggestion(name, known)
            raise UsageError(
                f"the spec has no service {name}" + (f": did you mean {meant}?" if meant else ""),
                hint=f"{loaded.path} has {', '.join(known)}.",
            )


def check_builds(every: Iterable[LoadedSpec], images: Mapping[str, str]) -> None:
    """Raise SpecError for every folder and Dockerfile that is missing and needed in any environment."""
    from fargatectl.errors import SpecError
    from fargatectl.spec.load import missing_files

    given = {f"services.{name}.build" for name in images}
    missing = [problem for one in every for problem in missing_files(one) if problem.key not in given]
    if missing:
        hint = "build names a folder with a Dockerfile, relative to the spec."
        raise SpecError(list(dict.fromkeys(missing)), hint=hint)


class _Opening:
    """Connections that are opened while the rest is made ready; see `fargatectl.aws.ahead`.

    Attributes:
        connections: None where there are none.
    """

    def __init__(self, options: Options) -> None:
        self.connections: Connections | None = None
        self._ahead: Ahead | None = None
        if not options.local:
            from fargatectl.aws.ahead import Ahead
            from fargatectl.cli.hints import same_app

            command = click.get_current_context().command_path
            self._ahead = Ahead([command, same_app(options)], os.environ)

    def begin(self) -> None:
        """Open what the last such run had; nothing is asked."""
        if self._ahead is not None:
            self.connections = self._ahead.open()

    def remember(self, hosts: Mapping[str, int]) -> None:
        """Keep for the next run where this one went."""
        if self._ahead is not None:
            self._ahead.remember(hosts)


@contextmanager
def opened(options: Options, *, whole: bool = True) -> Iterator[Opened]:
    """Read the spec, then reach AWS; show events until the block ends.

    Args:
        whole: All of the spec is needed, not only its outline.
    """
    from fargatectl.engine.scope import DEFAULT_ENVIRONMENT, Scope
    from fargatectl.run import Run

    loaded = outline = None
    ahead = _Opening(options)
    if options.app is None:
        try:
            loaded, outline = _spec(options, whole=whole, right=ahead.begin)
        except UsageError as error:
            from fargatectl.cli.hints import without_spec

            error.hint = without_spec(error, options)
            raise
        scope = Scope(outline.app, outline.environment)
    else:
        if options.file is not None:
            raise UsageError("--app and --file exclude each other", hint="Give one of them.")
        scope = Scope(_name(options.app, "--app"), _name(options.env or DEFAULT_ENVIRONMENT, "--env"))
        ahead.begin()
    region = options.region or (outline.region if outline else None)
    screen = Screen(options)
    aws = None
    try:
        from fargatectl.aws.session import Aws
        from fargatectl.cli.hints import caller_of

        where = _connection(options, region, screen)
        aws = Aws(where, screen, caller_of(options), ahead.connections)
        yield Opened(Run(aws, scope, screen, loaded), loaded, outline, options, screen)
    except FargatectlError as error:
        from fargatectl.cli.hints import addressed

        error.hint = addressed(error.hint, options)
        error.message = addressed(error.message, options)
        raise
    finally:
        screen.close()
        if aws is not None:
            ahead.remember(aws.close())


def finish(options: Options, document: Mapping[str, Any], text: Callable[[], str]) -> None:
    """Print the result: the document, or what it means."""
    from fargatectl.cli.hints import addressed
    from fargatectl.console.output import show, show_document

    for one in (*document.get("kept", ()), *document.get("left", ())):
        one["why"] = addressed(one["why"], options)
    if options.output == "json":
        show_document(document)
    else:
        show(addressed(text(), options))


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
    if not NAME.fullmatch(value):
        raise UsageError(
            f"{option} {value!r} is not a name",
            hint="Up to 32 lower-case letters, digits and hyphens, a letter first.",
        )
    return value
