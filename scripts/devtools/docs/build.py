"""Every generated document, and every block between ``<!-- made: NAME -->`` and ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from devtools.docs import ROOT, cli, examples, spec, tables

WHOLE: dict[str, Callable[[], str]] = {"docs/cli.md": cli.page, "docs/spec.md": spec.page}
WITH_BLOCKS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/how-it-works.md",
    "docs/local-aws.md",
    "docs/overrides.md",
)
BLOCKS: dict[str, Callable[[], str]] = {
    "example": lambda: examples.quoted("flask-hello"),
    "exit-codes": tables.exit_codes,
    "kinds": tables.kinds,
    "not-overridden": tables.not_overridden,
    "overrides": tables.overrides,
    "limits": tables.limits,
    "settling": tables.settling,
    "examples": examples.listed,
}

_BLOCK = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def documents() -> dict[Path, str]:
    """Each document that holds something generated, as it should be.

    Raises:
        KeyError: A block has a name that nothing makes.
    """
    made = {ROOT / name: make() for name, make in WHOLE.items()}
    for name in WITH_BLOCKS:
        text = current(ROOT / name)
        made[ROOT / name] = _BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]]()}\n{block[3]}", text)
    return made


def current(path: Path) -> str:
    """A document as it is; empty where there is none."""
    return path.read_text("utf-8") if path.exists() else ""
