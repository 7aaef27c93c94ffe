"""The patterns of a .dockerignore file, as moby's patternmatcher reads them, matched in bounded time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

STAR, ANY, FOLDERS = "[^/]*", ".*", "(?:.*/)?"
"""``*``, which stops at a slash; ``**`` at an end; ``**`` elsewhere: any number of folders, none too."""

_WILD = (STAR, ANY, FOLDERS)
_FEW = 3  # wildcards that `re`, which tries every way to share a path among them, may be left alone with


class Pattern:
    """One pattern; `matches` takes time in proportion to the path, however many stars there are."""

    def __init__(self, pattern: str) -> None:
        """Raises IndexError or re.error where the pattern is malformed."""
        parts = _parts(pattern)
        self._regex = re.compile("".join(parts), re.DOTALL)
        many = sum(part in _WILD for part in parts) > _FEW
        self._parts = (
            [part if part in _WILD else re.compile(part, re.DOTALL) for part in parts] if many else []
        )

    def matches(self, path: str) -> bool:
        """Whether the whole path is meant."""
        return self._walk(path) if self._parts else self._regex.fullmatch(path) is not None

    def _walk(self, path: str) -> bool:
        """As an automaton: a state is (how many parts are done, whether within a folder of the next one)."""
        states = self._closed([(0, False)])
        for char in path:
            states = self._closed(state for one in states for state in self._after(one[0], char))
            if not states:
                return False
        return (len(self._parts), False) in states

    def _closed(self, states: Iterable[tuple[int, bool]]) -> set[tuple[int, bool]]:
        found = set()
        for done, within in states:
            found.add((done, within))
            while not within and done < len(self._parts) and self._parts[done] in _WILD:
                done += 1
                found.add((done, False))
        return found

    def _after(self, done: int, char: str) -> Sequence[tuple[int, bool]]:
        part = self._parts[done] if done < len(self._parts) else None
        if part is None:
            return ()
        if part == FOLDERS:
            return ((done, True), (done + 1, False)) if char == "/" else ((done, True),)
        if isinstance(part, str):
            return ((done, False),) if part == ANY or char != "/" else ()
        return ((done + 1, False),) if part.fullmatch(char) else ()


def literal(path: str) -> Pattern:
    """The pattern of just this path."""
    return Pattern(re.sub(r"([*?\[\\])", r"\\\1", path))


def _parts(pattern: str) -> list[str]:
    """The regular expressions of which the pattern's consists, one for each character or wildcard.

    Raises:
        IndexError: A ``[...]`` is empty or not closed.
    """
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 1
            if parts[-1:] == [FOLDERS]:
                parts.pop()  # twice any number is any number
            if pattern.startswith("/", at):
                at += 1
                parts.append(FOLDERS)
            elif at == len(pattern) or (at == 2 and not set(pattern[at:]) & set("*?[\\")):
                parts.append(
                    ANY
                )  # "a/**" is all below a; "**x" at the very start is any path that ends with x
            else:
                parts.append(FOLDERS)
        elif char == "*":
            parts.append(STAR)
        elif char == "?":
            parts.append("[^/]")
        elif char == "[":
            part, at = _character_class(pattern, at)
            parts.append(part)
        elif char == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(char))
    return parts


def _character_class(pattern: str, at: int) -> tuple[str, int]:
    """The class that begins after the ``[`` before `at`, and where the pattern goes on."""
    negated = pattern[at] == "^"
    at += negated
    members = ""
    while pattern[at] != "]":
        if pattern[at] == "\\":
            at += 1
            members += re.escape(pattern[at])
        else:
            members += "-" if pattern[at] == "-" else re.escape(pattern[at])
        at += 1
    if not members:
        raise IndexError("an empty [] matches nothing")
    return f"[{'^' if negated else ''}{members}]", at + 1
