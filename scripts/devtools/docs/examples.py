"""The examples, as they stand in examples/, for the pages that show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from devtools.docs import ROOT, markdown

FOLDER = ROOT / "examples"
FILE = "fargate.yml"


@dataclass(frozen=True)
class Use:
    """A key as an example has it.

    Attributes:
        key: Its path with `*` for names that people choose: ``services.*.port``.
        example: The example's folder.
        text: The lines of it, without comments and indentation.
    """

    key: str
    example: str
    text: str


def all_specs() -> list[Path]:
    """Every example's spec; the smallest example first."""
    return sorted(FOLDER.glob(f"*/{FILE}"), key=lambda path: (path.parent.name != "flask-hello", path))


def quoted(name: str) -> str:
    """An example as a block of YAML."""
    return f"```yaml\n{(FOLDER / name / FILE).read_text('utf-8').strip()}\n```"


def listed() -> str:
    """The examples and the first line of their comments."""
    rows = []
    for path in all_specs():
        first = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        name = path.parent.name
        rows.append([f"[{name}](examples/{name}/{FILE})", first])
    return markdown.table(["example", "what it shows"], rows)


def uses(path: Path) -> Iterator[Use]:
    """Every key of a spec, outermost first; those of overlays as the keys they lay over."""
    text = path.read_text("utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    for key, node, value in _walk(root, ""):
        yield Use(key, path.parent.name, _lines(text, node, value))


# Below these, people choose the names.
_CHOSEN = (
    *("services", "env", "secrets", "args", "environments", "sidecars", "mounts", "ulimits", "depends_on"),
    *("schedule", "dimensions"),
)
_OPEN = ("conditions", "overrides")  # what stands below is AWS's


def _walk(parent: yaml.MappingNode, under: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for name, value in parent.value:
        chosen = under.rpartition(".")[2] in _CHOSEN
        key = f"{under}.{'*' if chosen else name.value}".lstrip(".")
        if key != "environments.*":
            yield key, name, value
        if isinstance(value, yaml.MappingNode) and name.value not in _OPEN:
            yield from _walk(value, "" if key == "environments.*" else key)
        elif isinstance(value, yaml.SequenceNode):
            for item in value.value:
                if isinstance(item, yaml.MappingNode):
                    yield from _walk(item, f"{key}.*")


def _lines(text: str, key: yaml.Node, value: yaml.Node) -> str:
    start, end = key.start_mark, value.end_mark
    piece = text[start.index : end.index]
    kept = []
    for line in piece.splitlines():
        code = line[start.column :] if line[: start.column].isspace() else line
        code = code.partition(" #")[0].rstrip()
        if code and not code.lstrip().startswith("#"):
            kept.append(code)
    return "\n".join(kept)
