"""What it means that a container ended: its exit code, whether memory ran out, and what its log adds."""

from __future__ import annotations

import re
from dataclasses import replace

from fargatectl.rollout import logs
from fargatectl.rollout.case import AGAIN, Case, Finding, Rank
from fargatectl.rollout.traces import telling
from fargatectl.spec.sizes import SIZES

_SIGNALS = {
    129: "SIGHUP", 130: "SIGINT", 131: "SIGQUIT", 132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS",
    136: "SIGFPE", 137: "SIGKILL", 139: "SIGSEGV", 141: "SIGPIPE", 143: "SIGTERM",
}  # fmt: skip


def read(case: Case) -> Finding | None:
    """Why the task's culprit ended, or None if it did not end by itself."""
    culprit = case.culprit
    if culprit is None:
        return None
    code = culprit.exit_code
    if case.task is not None and re.search(r"outofmemory|killed due to memory", _texts(case), re.IGNORECASE):
        return _out_of_memory(case, certain=True)
    if code is None:
        return None
    said = logs.read(case)
    if said is not None:
        if said.code == "task.out_of_memory":
            return _out_of_memory(case, certain=True)
        return said if said.cause else replace(said, cause=_ended(case, code))
    if code == 137:
        return _out_of_memory(case, certain=False)
    return _by_code(case, code)


def _by_code(case: Case, code: int) -> Finding:
    command = case.at["command"]
    cause, fix, rank, fatal = _ended(case, code), "", Rank.PLAIN, False
    if code == 0:
        cause = case.starting(
            f"{case.container} finished by itself{case.after} (exit code 0), and a service must keep running"
        )
        fix = f"Let its program stay in the foreground (see {command}){AGAIN}"
        rank = Rank.CAUSE
    elif code == 126:
        cause = case.starting(f"{case.container}'s program cannot be executed (exit code 126)")
        fix = f"Run chmod +x on it in the Dockerfile, or correct {command}{AGAIN}"
        rank, fatal = Rank.CAUSE, True
    elif code == 127:
        cause = case.starting(f"{case.container}'s program is not in the image (exit code 127)")
        fix = f"Correct {command}, or the Dockerfile's CMD or ENTRYPOINT{AGAIN}"
        rank, fatal = Rank.CAUSE, True
    elif code == 139:
        cause = case.starting(
            f"{case.container} crashed with a segmentation fault (exit code 139){case.after}"
        )
        fix = (
            f"Look for native code in the image that was built for another CPU or C library than "
            f"{case.evidence.architecture}{AGAIN}"
        )
    elif code == 143:
        cause = case.starting(f"{case.container} was asked to stop (SIGTERM, exit code 143){case.after}")
        fix = f"See whether it or a failing health check ended it: fargatectl logs {_name(case)}."
    else:
        fix = f"Correct what its log says (fargatectl logs {_name(case)}){AGAIN}"
    return Finding("task.exited", cause, fix, fatal, rank, telling(case.log))


def _ended(case: Case, code: int) -> str:
    signal = f" ({_SIGNALS[code]})" if code in _SIGNALS else ""
    return case.starting(f"{case.container} exited with code {code}{signal}{case.after}")


def _out_of_memory(case: Case, *, certain: bool) -> Finding:
    evidence = case.evidence
    bigger = [size for size in SIZES.get(evidence.cpu, ()) if size > evidence.memory]
    if bigger:
        fix = f"Set {case.key['memory']} to {bigger[0]} in {case.where['memory']}{AGAIN}"
    else:
        fix = f"Raise {case.at['cpu']}, which allows more memory, and {case.key['memory']}{AGAIN}"
    if certain:
        why = f"{case.container} used more than its {evidence.memory} MiB of memory"
        return Finding("task.out_of_memory", case.starting(why), fix, lines=telling(case.log))
    why = (
        f"{case.container} was killed (exit code 137){case.after}, "
        f"which is mostly for want of memory ({evidence.memory} MiB)"
    )
    return Finding("task.out_of_memory", case.starting(why), fix, rank=Rank.PLAIN, lines=telling(case.log))


def _texts(case: Case) -> str:
    assert case.task is not None
    return " ".join([case.task.stopped_reason, *(container.reason for container in case.task.containers)])


def _name(case: Case) -> str:
    return case.evidence.service
