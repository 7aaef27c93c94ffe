"""Which values are secret, and what is printed in their place.

A value is secret by the name of its variable, wherever it came from, or by what it looks like. What a run has
learnt of them is hidden in all that it prints: messages, plans, progress, quoted logs, tracebacks.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

HIDDEN = "(hidden)"
SHORTEST = 6
"""Characters; a shorter value is hidden where it stands under its name, but not within other text."""

_LONGEST = 64 * 1024
_LONG_LINE = 16  # of a value of several lines, such as a private key: each is hidden alone too

_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|PGPASS"
    r"|(?:^|_)(?:KEY|PWD|PASS|AUTH|DSN|CONNECTION_STRING)$",
    re.IGNORECASE,
)
# What says something about a secret and is none: TOKEN_TTL, PASSWORD_FILE, AWS_ACCESS_KEY_ID, PUBLIC_KEY.
_HARMLESS = re.compile(
    r"PUBLIC|(?:^|_)(?:FILE|PATH|DIR|ARN|ID|NAME|TTL|AGE|EXPIR\w+|LENGTH|SIZE|COUNT|LIMIT|MAX|MIN|TYPE|ALGORITHM"
    r"|ENABLED|HEADER|URL|URI|HOST|ENDPOINT|REGION|TIMEOUT|POLICY|PREFIX|ISSUER|AUDIENCE|ROUNDS)S?$",
    re.IGNORECASE,
)
# Names that may hold one: too many for a warning, but a plan shows that they differ, and not how.
_MAYBE = re.compile(r"pass|secret|token|key|credential|auth|private|dsn|_url$", re.IGNORECASE)
_PLAIN = re.compile(
    r"[-+.\d]*|true|false|yes|no|on|off|none|null|\$\{.*|arn:aws.*", re.IGNORECASE | re.DOTALL
)
_URL_PASSWORD = re.compile(
    r"([a-z][a-z0-9+.-]{0,30}://[^\s/:@'\"]{0,200}:)([^\s/@'\"]{1,500})(?=@)", re.IGNORECASE
)
_OPTION = re.compile(
    r"((?:password|passwd|passphrase|secret|token|api[-_]?key)[\"']?\s?[=:]\s?[\"']?)([^\s&,;'\"]+)",
    re.IGNORECASE,
)
# Private keys in PEM (RFC 7468); tokens with the prefixes that GitHub, GitLab, Slack, Stripe and npm use.
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|[sr]k_live_\w{10,}|npm_\w{20,})"
)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable holds a secret, by its name or its value."""
    return bool(secret_parts(name, value))


def may_be_secret(name: str) -> bool:
    """Whether a variable of this name may hold a secret: a plan says then only that it differs."""
    return bool(_MAYBE.search(name) or _NAME.search(name))


def secret_parts(name: str, value: str) -> list[str]:
    """What of a variable's value is secret: all of it, the password in an address, or nothing."""
    if len(value) > _LONGEST:  # than a task definition holds: it will be refused
        return []
    if _VALUE.search(value):
        return [value]
    if passwords := [match[2] for match in _URL_PASSWORD.finditer(value) if not _PLAIN.fullmatch(match[2])]:
        return passwords
    if not _NAME.search(name) or _HARMLESS.search(name) or (name == "PWD" and value.startswith("/")):
        return []  # PWD: every shell's own, where it stands (POSIX, "Environment Variables")
    if re.fullmatch(r"\d+", value) and (len(value) >= 8 or re.search("PASS|PWD", name, re.IGNORECASE)):
        return [value]
    return [] if _PLAIN.fullmatch(value.strip()) else [value]


class Known:
    """The secrets that a run has come across. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._values, self._pattern = set(), None

    def learn(self, values: Iterable[str]) -> None:
        """Hide these from now on."""
        found = set()
        for value in values:
            lines = value.splitlines() if "\n" in value.strip() else []
            found |= {line.strip() for line in lines if len(line.strip()) >= _LONG_LINE}
            if len(value) >= SHORTEST and value.strip():
                found |= {value, value.strip()}
        with self._lock:
            if found <= self._values:
                return
            self._values |= found
            longest = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest)))

    def hide(self, text: str) -> str:
        """The text without them, and without the passwords of addresses in it."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        return _URL_PASSWORD.sub(rf"\1{HIDDEN}", text) if "://" in text else text


KNOWN = Known()
"""Of this process; each command line begins anew."""


def learn(name: str, value: str) -> None:
    """Hide what of a variable's value is secret."""
    KNOWN.learn(secret_parts(name, value))


def hide(value: Any) -> Any:
    """A text, list or map with every known secret hidden in it; anything else as it is."""
    if isinstance(value, str):
        return KNOWN.hide(value)
    if isinstance(value, Mapping):
        return {hide(key): hide(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide(item) for item in value]
    return value


def hide_variable(name: str, value: Any) -> Any:
    """The value of a variable for people and logs."""
    if isinstance(value, str) and (may_be_secret(name) or is_secret(name, value)):
        return HIDDEN
    return hide(value)


def hide_below(names: Sequence[str], value: Any) -> Any:
    """A value of any shape that stands under these names, one below the other."""
    if isinstance(value, str) and any(map(may_be_secret, names)):
        return HIDDEN
    if isinstance(value, Mapping) and not {"name", "value"} <= set(value):
        return {key: hide_below([*names, str(key)], item) for key, item in value.items()}
    return hide_words(value)


def hide_words(value: Any) -> Any:
    """A command, or a list of its words: what follows ``password=`` and its like is hidden too."""
    if isinstance(value, str):
        return _OPTION.sub(rf"\1{HIDDEN}", KNOWN.hide(value))
    if isinstance(value, Mapping):
        if {"name", "value"} <= set(value):  # a variable as ECS has it
            return {**value, "value": hide_variable(str(value["name"]), value["value"])}
        return {key: hide_words(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        words = [hide_words(item) for item in value]
        return [HIDDEN if before is not None and _asks(before) else word
                for before, word in zip([None, *value], words, strict=False)]  # fmt: skip
    return value


def _asks(word: object) -> bool:
    """Whether the next word of a command is a secret: ``--password hunter2``."""
    return isinstance(word, str) and word.startswith("-") and "=" not in word and bool(
        _NAME.search(word.strip("-").replace("-", "_"))
    )  # fmt: skip
