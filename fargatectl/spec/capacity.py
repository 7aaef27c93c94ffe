"""Where and how large tasks run: the keys of a service about Fargate's capacity, and the rules between them.

Sources: Amazon ECS developer guide, "Fargate platform versions" and "Task definition parameters for Fargate";
ECS API reference, CapacityProviderStrategyItem and EphemeralStorage.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from fargatectl.spec import fields, sizes
from fargatectl.spec.parts import Build, Model

LATEST = "LATEST"
_OLD = "1.3.0"
_VERSIONS = (LATEST, "1.4.0", _OLD)
_LARGEST_OF_OLD = 4096  # CPU units: larger tasks came with 1.4.0
_STORAGE = (21, 200)  # GiB; every task has 20

NO_WINDOWS = "Windows tasks are not supported: fargatectl builds and runs Linux images, for x86_64 and arm64"


class Spot(Model):
    """Which tasks run on Fargate Spot; `true` stands for all of them."""

    # CapacityProviderStrategyItem allows 100,000; a service has at most 5,000 tasks.
    base: Annotated[int, fields.whole(0, 5000)] = Field(
        0, description="Tasks that run on demand before any runs on Spot: those that must not be interrupted."
    )
    percent: Annotated[int, fields.whole(1, 100)] = Field(
        100, description="How many of the tasks beyond `base` run on Spot, in percent; the others on demand."
    )


def spot() -> fields.Reader:
    """`true` (all on Spot), `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | Spot) or value is None:
            return value
        try:
            return {} if fields.yes_or_no().read(value) else None
        except ValueError:
            said = fields.describe(value)
            raise fields.fault(f"must be true, false, or a map with base and percent, not {said}") from None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


def ephemeral_storage() -> fields.Reader:
    """GiB of ``40``, ``40 GB`` or ``40 GiB``; AWS's GB are GiB."""
    low, high = _STORAGE

    def read(value: object) -> int:
        written = fields.as_text(value).strip()
        match = re.fullmatch(r"(\d{1,9})\s*(?:gi?b?)?", written, re.IGNORECASE | re.ASCII)
        if match is None:
            raise fields.fault(f"{fields.describe(written)} is not a size: write GiB, such as 40")
        if int(match[1]) == low - 1:
            raise fields.fault(f"{match[1]} GiB is what every task has: leave the key out, or ask for more")
        if not low <= int(match[1]) <= high:
            raise fields.fault(f"must be {low} to {high} GiB, not {fields.describe(written)}")
        return int(match[1])

    number = {"type": "integer", "minimum": low, "maximum": high}
    return fields.Reader(
        read, {"anyOf": [number, {"type": "string", "pattern": "^ *[0-9]+ *([gG][iI]?[bB]?)? *$"}]}
    )


def platform_version() -> fields.Reader:
    """A platform version of Fargate for Linux."""
    return fields.one_of({one: one for one in _VERSIONS} | {LATEST.lower(): LATEST})


def operating_system() -> fields.Reader:
    """Linux; whoever asks for Windows is told."""

    def read(value: object) -> str:
        written = fields.as_text(value)
        if "windows" in written.lower():
            raise fields.fault(NO_WINDOWS)
        if written.lower() != "linux":
            raise fields.fault(f"must be linux, not {fields.describe(written)}")
        return "linux"

    return fields.Reader(read, {"enum": ["linux"]})


PlatformVersion = Annotated[Literal["LATEST", "1.4.0", "1.3.0"], platform_version()]
OperatingSystem = Annotated[Literal["linux"], operating_system()]
Storage = Annotated[int, ephemeral_storage()]


def too_old(version: str, *, cpu: int, architecture: str, storage: int | None) -> str:
    """Why a platform version cannot run such tasks, and what to write; empty if it can.

    Args:
        cpu: CPU units.
        storage: GiB; None for what every task has.
    """
    if version != _OLD:
        return ""
    new = {
        f"tasks of {sizes.vcpus(cpu)} vCPU": cpu > _LARGEST_OF_OLD,
        "arm64": architecture == "arm64",
        "ephemeral_storage": storage is not None,
    }
    asked = next((what for what, is_asked in new.items() if is_asked), "")
    return f"{version} has no {asked}: use 1.4.0 or LATEST" if asked else ""


def other_platform(build: Build | None, architecture: str) -> str:
    """Why tasks could not run what is built, and what to write; empty if they can."""
    wanted = "linux/arm64" if architecture == "arm64" else "linux/amd64"
    if build is None or build.platform in (None, wanted):
        return ""
    other = "arm64" if architecture == "x86_64" else "x86_64"
    return (
        f"{build.platform} cannot run on {architecture}: leave it out, or set the service's "
        f"architecture to {other}"
    )
