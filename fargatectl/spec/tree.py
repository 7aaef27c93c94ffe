"""A YAML text as a tree of texts, lists and maps in which every value knows its line and its key path.

Scalars keep the text that was written; only an empty or `null` one is None. What it means is up to the
field's reader. Aliases and merge keys (`<<`) work, within bounds: no small file becomes a huge tree.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import yaml

from fargatectl.dataclass import dataclass
from fargatectl.errors import Problem, SpecError

#: What a tree may hold at most, aliases expanded.
MAX_NODES = 10_000
#: Characters of a key.
MAX_KEY = 255
#: How deep maps and lists may be nested.
MAX_DEPTH = 32

Path = tuple[str | int, ...]
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
_TAGS = frozenset(
    f"tag:yaml.org,2002:{tag}"
    for tag in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
)


@dataclass(frozen=True)
class Node:
    """A value of the file.

    Attributes:
        value: The text of a scalar (None where it is empty or null), or the nodes of a list or map.
        line: 1-based line of the key that it belongs to, else of the value itself.
        path: The keys and list positions that lead to it, as they stand in the file.
    """

    value: str | list[Node] | dict[str, Node] | None
    line: int
    path: Path = ()

    @property
    def children(self) -> list[tuple[str | int, Node]]:
        """The entries of a map or list, in the file's order."""
        if isinstance(self.value, dict):
            return list(self.value.items())
        return list(enumerate(self.value)) if isinstance(self.value, list) else []

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for _, child in self.children:
            yield from child.walk()

    def plain(self) -> object:
        """The value without its lines: texts, None, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


def dotted(path: Path) -> str:
    """A key path as it is shown: ``services.web.command[0]``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def parse(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The tree of a YAML text, and the faults that leave a tree to be checked further.

    Returns:
        The root, or None where the text holds nothing but comments; and the faults found.

    Raises:
        SpecError: It is not YAML, or too large or too deeply nested.
    """
    try:
        _refuse_deep_nesting(text, file)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise SpecError([_syntax_problem(error, text, file)]) from None
    if root is None:
        return None, []
    builder = _Builder(file)
    return builder.build(root, root.start_mark.line + 1, (), frozenset()), builder.problems


def _refuse_deep_nesting(text: str, file: str) -> None:
    """Composing is recursive, going through the events is not: so this comes first."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise _too_deep(file, event.start_mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.MarkedYAMLError as error:
        # libyaml has a limit of its own from 0.2.6 on, and reads ahead until it meets it.
        if "nesting" in str(error.problem or error.context):
            raise _too_deep(file, error.problem_mark) from error
        raise


def _too_deep(file: str, mark: Any) -> SpecError:
    line = mark.line + 1 if mark else 0
    return SpecError([Problem(file, line, "", f"is nested more than {MAX_DEPTH} levels deep")])


class _Builder:
    """Turns composed YAML nodes into a tree, with every fault collected on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}
        self._numbers = itertools.count(1)

    @property
    def problems(self) -> list[Problem]:
        """The faults found, each once."""
        return list(self._found)

    def build(self, node: yaml.Node, line: int, path: Path, above: frozenset[int]) -> Node:
        if next(self._numbers) > MAX_NODES:
            fault = f"holds more than {MAX_NODES} values once its aliases are expanded"
            raise SpecError([Problem(self.file, line, dotted(path), fault)])
        if id(node) in above:
            raise SpecError(
                [Problem(self.file, line, dotted(path), "is an alias of something that contains it")]
            )
        above |= {id(node)}
        if node.tag not in _TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._fault(line, path, f"{tag} is not supported: use plain texts, numbers, lists and maps")
        if isinstance(node, yaml.MappingNode):
            return Node(self._entries(node, path, above), line, path)
        if isinstance(node, yaml.SequenceNode):
            items = [
                self.build(item, item.start_mark.line + 1, (*path, position), above)
                for position, item in enumerate(node.value)
            ]
            return Node(items, line, path)
        return Node(None if node.tag == _NULL else node.value, line, path)

    def _entries(self, node: yaml.MappingNode, path: Path, above: frozenset[int]) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        merged: list[Node] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                merged += self._merged(value_node, line, path, above)
                continue
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _NULL:
                self._fault(line, path, "has a key that is not a text: write NAME: value")
                continue
            key = key_node.value
            if len(key) > MAX_KEY:
                self._fault(line, path, f"has a key of {len(key):,} characters")
                continue
            if key in entries:
                first = entries[key].line
                where = f", on lines {first} and {line}" if first != line else ""
                self._fault(line, (*path, key), f"is given twice{where}: keep one")
                continue
            entries[key] = self.build(value_node, line, (*path, key), above)
        for source in merged:  # what stands in the map itself comes first, then the first source that has it
            for key, child in source.children:
                entries.setdefault(str(key), child)
        return entries

    def _merged(self, node: yaml.Node, line: int, path: Path, above: frozenset[int]) -> list[Node]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(source, yaml.MappingNode) for source in sources):
            self._fault(line, (*path, "<<"), "must be an alias of a map, or a list of such aliases")
            return []
        return [self.build(source, line, path, above) for source in sources]

    def _fault(self, line: int, path: Path, text: str) -> None:
        self._found[Problem(self.file, line, dotted(path), text)] = None  # an alias would repeat it


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """A syntax error in plain words, where its cause can be seen; else in the parser's."""
    lines = text.splitlines() or [""]
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    if number >= len(lines) and error.context_mark:  # something was opened there and never closed
        number = min(error.context_mark.line, len(lines) - 1)
        return Problem(file, number + 1, "", "not YAML: what begins here is not closed before the file ends")
    number = min(number, len(lines) - 1)
    written = lines[number]
    what = error.problem or "not YAML"
    if re.match(r" *\t", written):
        fault = "a tab is used for indentation: use spaces"
    elif "undefined alias" in what:
        fault = "an alias (*name) has no anchor (&name) before it"
    elif "expected a single document" in str(error):
        fault = "a second document starts here (---): a spec is one document"
    elif re.search(r"[{\[,].*\$\{", written):
        fault = 'not YAML: inside { } or [ ] put quotes around a text with ${...}, such as "${NAME}"'
    elif re.search(r":\s+[@`%]", written):
        fault = "not YAML: put quotes around a text that starts with @, ` or %"
    elif "mapping values are not allowed" in what:
        fault = (
            'not YAML: there is a ": " inside a value; put quotes around the value, or check the indentation'
        )
    else:
        fault = f"not YAML: {what}" + (f" {error.context}" if error.context else "")
    return Problem(file, number + 1, "", fault)
