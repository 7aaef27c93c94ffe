"""The next level of cause: what a crashing program's own last words mean."""

from __future__ import annotations

import re

from fargatectl.rollout.case import AGAIN, Case, Finding
from fargatectl.rollout.pulling import IMAGE
from fargatectl.rollout.rules import Rule, first
from fargatectl.rollout.traces import shorten_line, telling

_LINES = 25  # of the log's end are read: what went wrong earlier did not end it
_NAME = r"[A-Z][A-Z0-9_]{2,}"
_LACKING = r"(?:\b[Nn]ot\b|[Mm]issing|[Rr]equire|[Uu]nset|[Uu]ndefined|[Mm]ust|[Ee]xpect)"

# How runtimes, common libraries (environs, ...) and people say that an environment variable is not set.
_UNSET = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bKeyError: '({_NAME})'",  # Python: os.environ["X"]
        rf"key not found: \"({_NAME})\"",  # Ruby: ENV.fetch
        rf"UndefinedValueError: ({_NAME}) not found",  # python-decouple
        rf"[Ee]nvironment variables?:? (?:not found: |named )?[\"'`]?({_NAME})\b.{{0,40}}{_LACKING}",
        rf"{_LACKING}.{{0,40}}\benvironment variables?:? (?:not found: |named )?[\"'`]?({_NAME})\b",
        rf"[Ee]nvironment variable not found: ({_NAME})\b",  # Prisma
        r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)[\"'`]? (?:env(?:ironment)? (?:variable|var) )?"
        r"(?:(?:is|was|must be|has) )?"
        r"(?:not (?:been )?(?:set|defined|provided|configured)|missing|unset|undefined|required)\b",
        rf"(?:[Ss]et|[Mm]issing|[Rr]equires?) (?:the |required )?({_NAME}) env(?:ironment)?",  # Django apps
        rf"required key ({_NAME}) missing value",  # Go: envconfig
        rf"\b({_NAME}): (?:unbound variable|parameter (?:not set|null or not set))",  # shell: set -u
        rf"Could not resolve placeholder '({_NAME})'",  # Spring
    )
)
_PYDANTIC = re.compile(r"validation errors? for (?P<model>\w*(?:Settings|Config|Env)\w*)")

_RULES = (
    *(rule for rule in IMAGE if rule.code == "image.platform"),
    Rule(
        "task.module_missing",
        r"modulenotfounderror: no module named '(?P<name>[\w.]+)'",
        "Python finds no module {name}",
        "Add the package that has {name} to the requirements, or COPY it if it is your own ({at[build]})",
    ),
    Rule(
        "task.module_missing",
        r"cannot find (?:module|package) '(?P<name>[./][^']{0,200})'",
        "Node.js finds no file {name} in the image",
        "COPY it in the Dockerfile, or correct {at[command]}",
    ),
    Rule(
        "task.module_missing",
        r"cannot find (?:module|package) '(?P<name>[^']{1,200})'",
        "Node.js finds no package {name}",
        "Add {name} to the dependencies in package.json, so that the image holds it ({at[build]})",
    ),
    Rule(
        "task.file_missing",
        r"can't open file '(?P<name>[^']+)'|unable to access jarfile (?P<jar>\S+)",
        "the image has no file {name}{jar}",
        "COPY it in the Dockerfile, or correct {at[command]}",
    ),
    Rule(
        "task.port_in_use",
        r"address already in use|eaddrinuse|connection in use: |only one usage of each socket",
        "another process of the same task listens on its port already",
        "Start the server once, and give each container of the task a port of its own ({at[port]})",
    ),
    Rule(
        "task.port_denied",
        r"eacces: permission denied .{0,40}:(?P<name>\d{1,3})\b|:(?P<go>\d{1,3}): bind: permission denied"
        r"|bind\(\) to \S{0,40}:(?P<nginx>\d{1,3}) failed \(13",
        "its user may not listen on port {name}{go}{nginx}, which is below 1024",
        "Let it listen on 8080, set {key[port]} to 8080 in {where[port]}",
    ),
    Rule(
        "task.out_of_memory",
        r"heap out of memory|java\.lang\.outofmemoryerror|^memoryerror|sigkill! perhaps out of memory"
        r"|cannot allocate memory",
        "{container} ran out of its {memory} MiB of memory",
        "Raise {at[memory]}",
    ),
    Rule(
        "task.read_only",
        r"read-only file system",
        "it writes to its root file system, which is read-only",
        "Let it write to a volume, or to a file system that is not read-only",
    ),
    Rule(
        "task.disk_full",
        r"no space left on device|enospc",
        "its disk is full",
        "Let it write less: the task has 20 GiB, its image included",
    ),
    Rule(
        "task.access_denied",
        r"not authorized to perform: (?P<name>[\w-]+:\w+)",
        "the task's role does not allow {name}",
        "Allow the task role {name}",
    ),
    Rule(
        "task.access_denied",
        r"unable to locate credentials|nocredentialserror|could not load credentials from any providers",
        "it calls AWS, and the task has no role",
        "Give its task role the permissions that it needs",
    ),
    Rule(
        "task.connection",
        r"(?:econnrefused|connection refused|connect: connection).{0,200}(?:127\.0\.0\.1|localhost|::1)"
        r"|(?:127\.0\.0\.1|localhost|::1).{0,200}(?:econnrefused|connection refused)",
        "it looks for another service on localhost, which in a task is the task itself",
        "Set that service's own address in {at[env]}",
    ),
    Rule(
        "task.connection",
        r"(?:enotfound|eai_again) (?P<name>[\w.-]+)|could not translate host name \"(?P<pg>[^\"]+)\""
        r"|failed to resolve '(?P<py>[^']+)'|lookup (?P<go>[\w.-]+)[^:]{0,60}: no such host",
        "it cannot resolve the host name {name}{pg}{py}{go}",
        "Correct the address in {at[env]} (names from a compose file do not exist here)",
    ),
    Rule(
        "task.connection",
        r"econnrefused|connection refused|etimedout|connection timed out|could not connect to server",
        "it cannot reach a service that it needs",
        "Correct the address in {at[env]}, and see that the other side's security group lets the task in",
    ),
)


def read(case: Case) -> Finding | None:
    """What the log of a container that ended says about why, or None where it says nothing known."""
    lines = case.log
    name = _unset(case, lines)
    if name:
        where = case.at["env"].removeprefix(case.key["env"])
        fix = f"Set {name} under {case.key['env']} or secrets{where}{AGAIN}"
        return Finding("task.env_missing", "", fix, lines=telling(lines))
    for line in reversed(lines[-_LINES:]):
        finding = first(_RULES, line, case)
        if finding:
            lines = telling(lines)
            proof = shorten_line(line)
            return Finding(
                finding.code,
                finding.cause,
                finding.fix,
                finding.fatal,
                lines=lines if any(proof.strip() in shown for shown in lines) else (proof, *lines[:3]),
            )
    return None


def _unset(case: Case, lines: tuple[str, ...]) -> str:
    """The name of an environment variable that the program misses, and that the spec does not set."""
    known = {*case.evidence.env_names, *case.evidence.secrets}
    for at in range(len(lines) - 1, max(-1, len(lines) - 1 - _LINES), -1):
        for pattern in _UNSET:
            match = pattern.search(lines[at])
            name = next((group for group in match.groups() if group), "") if match else ""
            if name and name not in known:
                return name
        if _PYDANTIC.search(lines[at]) and at + 2 < len(lines) and "required" in lines[at + 2].lower():
            name = lines[at + 1].strip().upper()
            if re.fullmatch(_NAME, name) and name not in known:
                return name
    return ""
