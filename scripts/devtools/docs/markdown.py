"""The little Markdown that the pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by scripts/docs from the code: change that, then run scripts/docs. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in lines)


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading."""
    kept = "".join(char for char in heading.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def page(*parts: str) -> str:
    """A page of parts with an empty line between them."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
