"""The rules of .dockerignore, case by case."""

from __future__ import annotations

import random

import pytest

from fargatectl.errors import UsageError
from fargatectl.images.dockerignore import parse
from fargatectl.images.globs import Pattern


def ignored(text: str, path: str) -> bool:
    """Ask as the walk does: folder by folder, each path inheriting what its folder matched."""
    rules = parse(text)
    hits = rules.no_hits
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        result, hits = rules.match("/".join(parts[:depth]), hits)
    return result


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "a", False),
        ("a", "a", True),
        ("a", "b/a", False),
        ("/a", "a", True),
        ("./a/", "a/b/c", True),
        ("a/../b", "b", True),
        ("README.md", "readme.md", False),
        ("*.pyc", "x.pyc", True),
        ("*.pyc", "d/x.pyc", False),
        ("*/*.pyc", "d/x.pyc", True),
        ("**/*.pyc", "x.pyc", True),
        ("**/*.pyc", "a/b/x.pyc", True),
        ("**/.git", ".git", True),
        ("**/.git", "sub/.git/config", True),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/b/c/zz", False),
        ("**.log", "deep/er/x.log", True),
        ("temp?", "temp1", True),
        ("temp?", "temp12", False),
        ("temp?", "temp", False),
        ("[ab].txt", "a.txt", True),
        ("[ab].txt", "c.txt", False),
        ("[^ab].txt", "c.txt", True),
        ("[^ab].txt", "a.txt", False),
        ("[a-c].txt", "b.txt", True),
        ("[[].txt", "[.txt", True),
        (r"\*.txt", "*.txt", True),
        (r"\*.txt", "a.txt", False),
        ("a.b", "axb", False),
        ("a+(b)", "a+(b)", True),
        ("# a", "# a", False),
        ("  a  ", "a", True),
        ("\ufeffa", "a", True),
        (".", "a", False),
        ("*\n!keep", "keep", False),
        ("*\n!keep", "other", True),
        ("*\n! keep", "keep", False),
        ("!keep\n*", "keep", True),
        ("*.md\n!README*.md\nREADME-secret.md", "README.md", False),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
        ("docs\n!docs/api", "docs/api/index.html", False),
        ("docs\n!docs/api", "docs/guide/index.html", True),
        ("**/cache\n!src", "src/cache", True),
        ("*\n!src\n**/cache", "src/cache/x", True),
    ],
)
def test_whether_a_path_is_left_out(text: str, path: str, expected: bool) -> None:
    assert ignored(text, path) is expected


@pytest.mark.parametrize(
    ("text", "folder", "expected"),
    [
        ("node_modules", "node_modules", False),
        ("docs\n!docs/api/index.html", "docs", True),
        ("docs\n!docs/api/index.html", "docs/api", True),
        ("docs\n!docs/api/index.html", "docs/guide", False),
        ("docs\n!docs/api/index.html", "documents", False),
        ("*\n!**/*.py", "a/b/c", True),
        ("*\n!src", "lib", False),
        ("*\n!s*/x", "lib", True),
    ],
)
def test_an_ignored_folder_is_read_only_where_a_rule_could_keep_something_in_it(
    text: str, folder: str, expected: bool
) -> None:
    assert parse(text).may_keep_below(folder) is expected


@pytest.mark.parametrize("line", ["a[", "[]", "[z-a]", "a[b\\", "!"])
def test_a_malformed_line_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=r"^web/\.dockerignore:2: ") as raised:
        parse(f"# comment\n{line}\n", source="web/.dockerignore")
    assert raised.value.hint


def test_many_wildcards_match_as_few_do() -> None:
    """What is matched in another way, to be done in bounded time, comes out the same."""
    chance = random.Random(1)
    compared = 0
    for _ in range(4000):
        pieces = chance.choices(["*", "**", "**/", "/", "a", "b", "?", "[ab]"], k=chance.randrange(1, 9))
        try:
            pattern = Pattern("".join(pieces))
        except IndexError:
            continue
        for _ in range(4 if pattern._parts else 0):
            path = "".join(chance.choices("ab/", k=chance.randrange(1, 9)))
            assert pattern.matches(path) == (pattern._regex.fullmatch(path) is not None), (pieces, path)
            compared += 1
    assert compared > 400
