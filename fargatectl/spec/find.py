"""Where the spec is, when nobody says so."""

from __future__ import annotations

import os
from pathlib import Path

from fargatectl.errors import UsageError

FILE_NAMES = ("fargate.yml", "fargate.yaml")


def find_spec(start: Path) -> Path:
    """The spec in `start` or the nearest folder above it; relative if `start` is.

    Raises:
        UsageError: There is none, or a folder has two.
    """
    absolute = start.resolve()
    for folder in (absolute, *absolute.parents):
        found = [folder / name for name in FILE_NAMES if (folder / name).is_file()]
        if len(found) > 1:
            raise UsageError(
                f"{folder} has both {' and '.join(FILE_NAMES)}", hint="Remove one, or choose with -f."
            )
        if found:
            return found[0] if start.is_absolute() else Path(os.path.relpath(found[0]))
    raise UsageError(
        f"there is no {FILE_NAMES[0]} in {absolute} or a folder above it",
        hint="Write one with fargatectl init, or name one with -f.",
    )
