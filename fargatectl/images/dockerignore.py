"""The rules of a .dockerignore file, as Docker's own client applies them.

Rules: https://docs.docker.com/build/concepts/context/#dockerignore-files, in detail moby/patternmatcher's.
They are written here, and not taken from docker-py, for two reasons: importing any part of docker-py costs a
fifth of a second, and its matcher ignores upper and lower case, which Docker does not. What is hashed stays
exactly what is sent, since both come from the one walk in `fargatectl.images.files`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from fargatectl.dataclass import dataclass
from fargatectl.errors import UsageError
from fargatectl.images import globs
from fargatectl.images.globs import Pattern

FILE_NAME = ".dockerignore"

Hits = tuple[bool, ...]
"""Which rules, in their order, hold for a path: they match it or a folder above it."""


@dataclass(frozen=True)
class Rule:
    """One line of the file.

    Attributes:
        pattern: The cleaned pattern, without ``!`` and leading slash.
        keeps: True for a ``!`` line, which takes back what earlier lines ignore.
        glob: What the whole path, relative to the context and with ``/``, must match.
    """

    pattern: str
    keeps: bool
    glob: Pattern

    def may_match_below(self, folder: str) -> bool:
        """Whether the rule could match some path inside `folder`; may say yes too often, never no wrongly."""
        wanted = self.pattern.split("/")
        given = folder.split("/")
        for part, name in zip(wanted, given, strict=False):
            if any(wildcard in part for wildcard in "*?[\\"):
                return True
            if part != name:
                return False
        return len(wanted) > len(given)


class IgnoreRules:
    """All rules of one file, asked folder by folder: a path inherits what its folder matched."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._keeping = tuple(rule for rule in rules if rule.keeps)
        self.no_hits: Hits = (False,) * len(self._rules)

    def __add__(self, later: IgnoreRules) -> IgnoreRules:
        return IgnoreRules((*self._rules, *later._rules))

    def match(self, path: str, inherited: Hits) -> tuple[bool, Hits]:
        """Whether `path` (relative, with ``/``) is left out, and what its own content inherits.

        The last rule that matches decides. As in moby's MatchesUsingParentResults, a rule that would change
        nothing is not asked and so not inherited: with ``**/cache`` and ``!src``, ``src/cache`` is left out.
        """
        ignored, hits = False, []
        for hit, rule in zip(inherited, self._rules, strict=True):
            hit = hit or (rule.keeps == ignored and rule.glob.matches(path))
            hits.append(hit)
            if hit:
                ignored = not rule.keeps
        return ignored, tuple(hits)

    def may_keep_below(self, folder: str) -> bool:
        """Whether a ``!`` rule could take back something inside an ignored folder: it must then be read.

        Wildcards count, as in BuildKit; the old docker client gave up on them here.
        """
        return any(rule.may_match_below(folder) for rule in self._keeping)


def literal(paths: Sequence[str]) -> IgnoreRules:
    """Rules that ignore just these paths."""
    return IgnoreRules([Rule(path, False, globs.literal(path)) for path in paths])


def parse(text: str, source: str = FILE_NAME) -> IgnoreRules:
    """Read the rules of a file's text.

    Args:
        text: The content of the file.
        source: The path to name in an error.

    Raises:
        UsageError: A line is not a valid pattern; Docker refuses such a file too.
    """
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        keeps = line.strip().startswith("!")
        pattern = _clean(line.strip().removeprefix("!"))
        if not pattern:
            raise UsageError(
                f'{source}:{number}: "!" stands alone',
                hint="Write the path to keep after the !, or remove the line.",
            )
        try:
            rules.append(Rule(pattern, keeps, Pattern(pattern)))
        except (re.error, IndexError):
            raise UsageError(
                f"{source}:{number}: {line.strip()!r} is not a valid pattern",
                hint=r"Close every [ with a ], or write \[ where the character itself is meant.",
            ) from None
    return IgnoreRules(rules)


def _clean(pattern: str) -> str:
    """Go's filepath.Clean, then without the leading slash: ``/a/./b/`` is ``a/b``."""
    pattern = pattern.strip()
    return posixpath.normpath(pattern).lstrip("/") or "/" if pattern else ""
