"""What of a spec names its resources: all that a command needs which only looks at them, or removes them.

To check a spec takes longer than to ask AWS what runs. So what was once found free of faults is remembered,
and checked again only when it has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fargatectl import __version__, cache

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

MOST = 64  # that are remembered; the oldest go


@dataclass(frozen=True)
class Outline:
    """Of one spec in one environment.

    Attributes:
        region: None where the spec names none.
        cluster: None where it is the app's own.
        services: Their names, in the spec's order.
    """

    app: str
    environment: str
    region: str | None
    cluster: str | None
    services: tuple[str, ...]


def outline_of(loaded: LoadedSpec) -> Outline:
    """The outline of a checked spec."""
    spec = loaded.spec
    return Outline(spec.app, loaded.environment, spec.region, spec.cluster, tuple(spec.services))


def recall(text: str, environment: str | None, environ: Mapping[str, str]) -> Outline | None:
    """The outline of a spec that was checked before, or None.

    Args:
        text: All of the file.
        environment: As it was asked for.
        environ: Of this process.
    """
    found = _read(_file(environ)).get(_key(text, environment))
    with suppress(TypeError, ValueError, KeyError):
        outline = Outline(**{**found, "services": tuple(found["services"])}) if found else None
        if outline is not None and all(isinstance(one, str) for one in (outline.app, *outline.services)):
            return outline if outline.services else None
    return None


def remember(text: str, environment: str | None, outline: Outline, environ: Mapping[str, str]) -> None:
    """Keep the outline of a spec without faults; never fails for want of it.

    One that refers to environment variables is not kept: with other values it may have faults.
    """
    file = _file(environ)
    if file is None or "$" in text:
        return
    if recall(text, environment, environ) == outline:
        return
    key = _key(text, environment)
    kept = {name: one for name, one in _read(file).items() if name != key}
    newest = [*kept.items(), (key, asdict(outline))][-MOST:]
    with suppress(OSError):
        cache.write(file, json.dumps(dict(newest)).encode())


def _file(environ: Mapping[str, str]) -> str | None:
    folder = cache.folder(environ)
    return f"{folder}/specs.json" if folder else None


def _key(text: str, environment: str | None) -> str:
    """Of the program's version too: another one may have other rules."""
    return hashlib.sha256(json.dumps([__version__, environment, text]).encode()).hexdigest()


def _read(file: str | None) -> dict[str, Any]:
    try:
        with open(file or os.devnull, "rb") as opened:  # noqa: PTH123
            kept = json.load(opened)
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
