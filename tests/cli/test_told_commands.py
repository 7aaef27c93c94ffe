"""Commands that the program's texts name are there, with the options that stand beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import fargatectl
from fargatectl.cli.main import NOT_YET
from fargatectl.cli.main import cli as group

PACKAGE = Path(fargatectl.__file__).parent
# What follows the program's name where a sentence is about it: these, and what it does ("it knows").
WORDS = {"and", "for", "from", "make", "spec", "that"}
DOES = re.compile("[a-z]+s")
_NAMED = re.compile(r"\bfargatectl ([a-z]+)(?: ([a-z]+))?((?: --?[a-z][a-z-]*)*)")


def texts(path: Path) -> Iterator[str]:
    """Every text of a module that somebody may see; not what its docstrings say of the code."""
    tree = ast.parse(path.read_text("utf-8"))
    unseen = {
        id(one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            yield node.value


def fault(name: str, below: str, options: str) -> str:
    """What of a command that a text names is not there."""
    command = group.get_command(click.Context(group), name)
    if command is None:
        is_sentence = name in WORDS or DOES.fullmatch(name)
        return "" if is_sentence and name not in NOT_YET else name
    if isinstance(command, click.Group) and below:
        inner = command.commands.get(below)
        if inner is None:
            return f"{name} {below}"
        command = inner
    known = {written for one in command.params for written in one.opts}
    return " ".join(option for option in options.split() if option not in known)


FOUND = sorted(
    {
        (path.relative_to(PACKAGE).as_posix(), *match.groups())
        for path in PACKAGE.rglob("*.py")
        if "ministack" not in path.as_posix()
        for text in texts(path)
        for match in _NAMED.finditer(text)
    },
    key=str,
)


def test_many_are_found() -> None:
    assert len(FOUND) > 60
    assert {"up", "down", "status", "logs", "secret", "policy"} <= {name for _, name, *_ in FOUND}


@pytest.mark.parametrize(("file", "name", "below", "options"), FOUND)
def test_what_a_text_names_is_there(file: str, name: str, below: str | None, options: str) -> None:
    assert fault(name, below or "", options) == "", file
