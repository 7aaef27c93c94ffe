"""How a known text becomes a finding: a pattern, and templates for what it means and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fargatectl.dataclass import dataclass
from fargatectl.rollout.case import AGAIN, Case, Finding, Rank
from fargatectl.rollout.text import shorten

FLAGS = re.IGNORECASE | re.DOTALL


@dataclass(frozen=True)
class Rule:
    """One known text.

    Attributes:
        code: The explanation's code.
        pattern: A regular expression, found anywhere, in any case; the templates know its named groups.
        cause: What it means, following ``web:9 does not start:``. Templates know ``{image}``, ``{service}``,
            ``{architecture}``, ``{platform}``, ``{memory}``, ``{port}``, ``{subnets}``, ``{container}``,
            ``{key[...]}``, ``{at[...]}``, ``{where[...]}``, ``{secret}``.
        fix: What to do; ``, then run fargatectl up again.`` is added unless it ends with a period.
        fix_built: The fix where the spec builds the image itself.
        fatal: Waiting cannot heal it.
        denial: A denial, which may heal while new permissions spread.
    """

    code: str
    pattern: str
    cause: str
    fix: str
    fix_built: str = ""
    fatal: bool = False
    denial: bool = False
    rank: Rank = Rank.CAUSE


def first(rules: Iterable[Rule], text: str, case: Case) -> Finding | None:
    """The finding of the first rule that knows the text, or None."""
    for rule in rules:
        match = re.search(rule.pattern, text, FLAGS)
        if match:
            return _finding(rule, match.groupdict(), case.about(text))
    return None


def _finding(rule: Rule, groups: Mapping[str, str | None], case: Case) -> Finding:
    words = _words(case) | {name: shorten(value or "", 160).rstrip(":.,") for name, value in groups.items()}
    words["secret"] = case.at[_secret(case, groups.get("name"))]
    fix = rule.fix_built if rule.fix_built and case.has("build") else rule.fix
    fix = fix.format_map(words)
    return Finding(
        code=rule.code,
        cause=case.starting(rule.cause.format_map(words)),
        fix=fix if fix.endswith(".") else fix + AGAIN,
        fatal=rule.fatal and not (rule.denial and case.evidence.settling),
        rank=rule.rank,
        spreading=rule.denial and case.evidence.settling,
    )


def _secret(case: Case, source: str | None) -> str:
    """The key of the secret whose ARN, parameter or JSON key AWS named, else that of all secrets."""
    for name, known in case.evidence.secrets.items():
        named = (source or "").rstrip(":.,")
        if named and known and (known.startswith(named) or known.endswith(named) or f":{named}:" in known):
            return f"secrets.{name}"
    return "secrets"


def _words(case: Case) -> dict[str, object]:
    evidence = case.evidence
    return {
        "image": shorten(case.image, 200),
        "service": evidence.service,
        "architecture": evidence.architecture,
        "platform": "linux/arm64" if evidence.architecture == "arm64" else "linux/amd64",
        "other": "x86_64" if evidence.architecture == "arm64" else "arm64",
        "memory": evidence.memory,
        "port": evidence.port,
        "subnets": ", ".join(evidence.subnets) or "its subnets",
        "container": case.container,
        "key": case.key,
        "at": case.at,
        "where": case.where,
    }
