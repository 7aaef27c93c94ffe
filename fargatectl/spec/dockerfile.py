"""Reading a Dockerfile, and what it says about the container it makes: the port it listens on."""

from __future__ import annotations

import re
from pathlib import Path

_LONGEST = 200  # characters of a variable's value: no port is longer, and one may double the other
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_MOST_BYTES = 1 << 20
_PAIR = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""")


def head(path: Path) -> str:
    """The beginning of a file, which for a Dockerfile is all of it; empty where it cannot be read."""
    try:
        if not path.is_file():  # a pipe would keep us waiting, a device never end
            return ""
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def exposed_port(text: str, target: str | None = None) -> int | None:
    """The first TCP port that a stage exposes, else one that it is made from; None where none can be seen.

    Args:
        target: The stage that is built; the last if None.
    """
    stages: dict[str, int | None] = {}
    name, own, inherited = "", None, None
    variables: dict[str, str] = {}
    for instruction, rest in instructions(text):
        if instruction == "FROM":
            if target and name == target.lower():
                break
            base, name = stage(rest)
            own, inherited = None, stages.get(base)
        elif instruction in ("ARG", "ENV"):
            pairs = _PAIR.findall(rest) or [tuple(rest.split(None, 1))]
            variables |= {
                pair[0]: _resolve(pair[1].strip("\"'"), variables)[:_LONGEST]
                for pair in pairs
                if len(pair) == 2
            }
        elif instruction == "EXPOSE" and own is None:
            own = next(filter(None, map(_tcp_port, _resolve(rest, variables).split())), None)
        stages[name] = own or inherited
    return own or inherited


def stage(rest: str) -> tuple[str, str]:
    """What a stage is made from, and its name or nothing, of the arguments of its FROM; without capitals."""
    words = [word.lower() for word in rest.split() if not word.startswith("--")]
    return words[0] if words else "", words[2] if len(words) > 2 and words[1] == "as" else ""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction in capitals with its arguments; continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\[ \t]*\n", " ", "\n".join(lines))
    matches = map(_INSTRUCTION.fullmatch, joined.splitlines())
    return [(match[1].upper(), match[2].strip()) for match in matches if match]


def _resolve(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[3]) or match[2] or "", text)


def _tcp_port(word: str) -> int | None:
    match = re.fullmatch(r"(\d{1,5})(?:-\d{1,5})?(?:/tcp)?", word, re.ASCII | re.IGNORECASE)
    return int(match[1]) if match and 1 <= int(match[1]) <= 65535 else None
