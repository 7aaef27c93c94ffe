"""What of a spec names its resources: all that a command needs which only looks at them, or removes them.

To check a spec takes longer than to ask AWS what runs. So what was once found free of faults is remembered,
and checked again only when it has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from fargatectl import __version__, cache
from fargatectl.dataclass import dataclass

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

_FILE = "specs"


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
    found = cache.recall(environ, _FILE, _key(text, environment))
    with suppress(TypeError, ValueError, KeyError):
        outline = Outline(**{**found, "services": tuple(found["services"])}) if found else None
        if outline is not None and all(isinstance(one, str) for one in (outline.app, *outline.services)):
            return outline if outline.services else None
    return None


def remember(text: str, environment: str | None, outline: Outline, environ: Mapping[str, str]) -> None:
    """Keep the outline of a spec without faults; never fails for want of it.

    One that refers to environment variables is not kept: with other values it may have faults.
    """
    if "$" not in text:
        kept = {**asdict(outline), "services": list(outline.services)}
        cache.remember(environ, _FILE, _key(text, environment), kept)


def _key(text: str, environment: str | None) -> str:
    """Of the program's version too: another one may have other rules."""
    return hashlib.sha256(json.dumps([__version__, environment, text]).encode()).hexdigest()
