"""Tables that several pages show, from the code that they tell about."""

from __future__ import annotations

import inspect

from devtools.docs import markdown
from fargatectl import errors
from fargatectl.aws.fields import settable
from fargatectl.aws.settling import TABLE
from fargatectl.errors import ExitCode
from fargatectl.local.limits import LIMITS
from fargatectl.resources._overridable import NOTHING
from fargatectl.resources.registry import load_kinds
from fargatectl.text import label

_CODES = {
    ExitCode.OK: "Done.",
    ExitCode.FAILED: "The deployment failed, or AWS refused.",
    ExitCode.USAGE: "The command or the spec is wrong. Nothing was changed.",
    ExitCode.CHANGES: "`plan --exit-code`: there are changes.",
    ExitCode.FOREIGN: "Something else in AWS has a wanted name and is not ours. Nothing was changed.",
    ExitCode.CREDENTIALS: "No credentials, no region, or not permitted.",
    ExitCode.UNREACHABLE: "Docker Engine, AWS or the local AWS cannot be reached.",
    ExitCode.TIMEOUT: "The time of `--timeout` is over. What was begun goes on in AWS.",
    ExitCode.INTERRUPTED: "Interrupted with Ctrl-C. By SIGTERM (a cancelled CI job) 143, by SIGHUP 129.",
}


def exit_codes() -> str:
    """Exit codes, their meaning, and the word that `-o json` has for them."""
    words: dict[ExitCode, set[str]] = {}
    for _, one in inspect.getmembers(errors, inspect.isclass):
        if issubclass(one, errors.FargatectlError) and one is not errors.FargatectlError:
            words.setdefault(one.exit_code, set()).add(one.default_code)
    rows = [
        [str(int(code)), _CODES[code], ", ".join(f"`{word}`" for word in sorted(words.get(code, ())))]
        for code in ExitCode
    ]
    return markdown.table(["exit code", "meaning", "`error.code` in JSON, usually"], rows)


def limits() -> str:
    """What the local AWS lacks."""
    return markdown.table(["of AWS's", "the local AWS"], [[feature, text] for feature, text in LIMITS])


def kinds() -> str:
    """Every kind of resource, what a person calls it, and its file."""
    rows = []
    for kind, cls in sorted(load_kinds().items()):
        about = " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())
        file = f"fargatectl/resources/{cls.__module__.rpartition('.')[2]}.py"
        rows.append([f"`{kind}`", label(kind), f"[{file}](../{file})", about])
    return markdown.table(["kind", "called", "file", "what it is"], rows)


def overrides() -> str:
    """What of each kind may be overridden, and what AWS takes only for a new one."""
    rows = []
    for kind, cls in sorted(load_kinds().items()):
        if cls.overridable:
            given = settable(cls.overridable)
            words = {name: f"`{name}`" + "\\*" * (name not in given.shown) for name in given.fields}
            later = ", ".join(word for name, word in words.items() if name not in given.fixed)
            new = ", ".join(word for name, word in words.items() if name in given.fixed)
            fixed = any(name in given.shown for name in given.fixed)
            kept = "refused" if cls.data or cls.overridable.keeps else "replaced"
            rows.append([f"`{kind}`", later, new, kept if fixed else ""])
    return markdown.table(
        ["kind", "at any time", "only for a new one", "one that has another value is"], rows
    )


def not_overridden() -> str:
    """The kinds of which nothing may be overridden, and why."""
    return markdown.table(["kind", "why"], [[f"`{kind}`", why] for kind, why in sorted(NOTHING.items())])


def settling() -> str:
    """AWS's eventual consistency as `fargatectl.aws.settling` has it."""
    rows = []
    for row in TABLE:
        when = [f"`{code}`" for code in sorted(row.codes)]
        if row.text:
            when.append("a message that says `" + row.text + "`")
        where = ", ".join(f"`{one}`" for one in sorted(row.operations))
        fresh = ", ".join(f"`{one}`" for one in sorted(row.fresh))
        rows.append([", ".join(when), where, fresh, f"{row.seconds:.0f} s", row.reason])
    return markdown.table(["AWS says", "to", "only if this run made", "tried for", "and tells"], rows)
