"""Connections opened ahead: those that the last run of the same command had."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fargatectl import cache

if TYPE_CHECKING:
    from fargatectl.aws.connections import Connections

_FILE = "hosts"
_WHERE = re.compile(r"AWS_(?:(?:DEFAULT_)?(?:REGION|PROFILE)|CONFIG_FILE|ENDPOINT_URL\w*|USE_\w+)")
MOST = 32  # hosts


class Ahead:
    """What one command opens before it has anything to ask.

    Args:
        words: What the hosts depend on: the command, and what it was given.
        environ: Of this process.
    """

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        where = sorted(pair for pair in environ.items() if _WHERE.fullmatch(pair[0]))
        told = json.dumps([_here(), *words, where])
        self._key = hashlib.sha256(told.encode()).hexdigest()
        self._environ = environ

    def open(self) -> Connections | None:
        """The connections, opened in the background; None where the last run had none by TLS."""
        hosts = _checked(cache.recall(self._environ, _FILE, self._key))
        if not hosts:
            return None
        from fargatectl.aws.connections import Connections

        connections = Connections()
        connections.ahead(hosts, self._environ)
        return connections

    def remember(self, hosts: Mapping[str, int]) -> None:
        """Keep for the next run where this one went."""
        if hosts:
            cache.remember(self._environ, _FILE, self._key, dict(hosts))


def _here() -> str:
    """The current folder, which may be gone: an app may be named without one."""
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109 - pathlib's import costs a short run
    return ""


def _checked(found: Any) -> dict[str, int]:
    """What is kept, where it is addresses and numbers."""
    if not isinstance(found, dict) or len(found) > MOST:
        return {}
    right = all(url.startswith("https://") and type(count) is int for url, count in found.items())
    return found if right else {}
