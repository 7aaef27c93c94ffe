"""`${VAR}` and `${VAR:-default}` in the values of a spec; `$$` is a plain `$`.

Values only, never keys, and after the YAML is read: what a variable holds is one text and adds no keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from fargatectl import secrecy
from fargatectl.errors import Problem
from fargatectl.spec.tree import Node, dotted

_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<broken>\{[^}]*\}?))",
    re.ASCII,
)


def substitute(node: Node, environ: Mapping[str, str], file: str, problems: list[Problem]) -> Node:
    """The tree with every reference in its texts replaced; a fault is added for each that cannot be.

    As in a shell, `:-` gives the default for a variable that is not set or empty.
    """
    if isinstance(node.value, dict):
        entries = {key: substitute(child, environ, file, problems) for key, child in node.value.items()}
        return replace(node, value=entries)
    if isinstance(node.value, list):
        return replace(node, value=[substitute(child, environ, file, problems) for child in node.value])
    if node.value is None or "$" not in node.value:
        return node

    def resolved(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name, default = match["name"], match["default"]
        if name is None:
            fault = (
                f"{match[0][:60]} is not a reference: "
                "write ${NAME} or ${NAME:-default}, or $$ for a plain $"
            )
        elif environ.get(name) or (name in environ and default is None):
            secrecy.learn(name, environ[name])
            return environ[name]
        elif default is not None:
            return default
        else:
            fault = f"the environment variable {name} is not set: set it, or give a default: ${{{name}:-...}}"
        problems.append(Problem(file, node.line, dotted(node.path), fault))
        return ""

    return replace(node, value=_REFERENCE.sub(resolved, node.value))
