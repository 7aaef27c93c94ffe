"""One deployment under examination: the evidence, with the words that causes and fixes are made of."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import IntEnum

from fargatectl.dataclass import dataclass
from fargatectl.rollout.evidence import Evidence, StoppedContainer, StoppedTask
from fargatectl.rollout.text import clean, duration

AGAIN = ", then run fargatectl up again."
_APP_KEYS = ("network", "cluster")  # keys of the app; all others are a service's
_CONTAINER_KEYS = ("build", "command", "entrypoint", "image", "user")  # keys of sidecars too
_REFERENCE = re.compile(r"failed to resolve ref(?:erence)? \"?([^\s\"]+)")  # what containerd could not pull
_SETTLED_SECONDS = 120  # a container that ran longer did start: what stopped it came later


class Rank(IntEnum):
    """How much a finding tells; of several, the highest is shown, and of equal ones the newest."""

    SYMPTOM = 0  # ECS's summary of other failures
    PASSING = 1  # AWS's own trouble, which the next task may not have
    PLAIN = 2  # what happened, not why
    CAUSE = 3  # why


@dataclass(frozen=True)
class Finding:
    """A possible explanation; `cause` and `fix` are sentences. `lines` are the log lines that prove it."""

    code: str
    cause: str
    fix: str
    fatal: bool = False
    rank: Rank = Rank.CAUSE
    lines: tuple[str, ...] = ()
    spreading: bool = False  # a denial, while new permissions still spread


@dataclass(frozen=True)
class Case:
    """The evidence, and the stopped task that is looked at (None when only events are).

    Attributes:
        beside: The container beside the service's own that it is about; empty: it is about that.
    """

    evidence: Evidence
    task: StoppedTask | None = None
    beside: str = ""

    def about(self, text: str) -> Case:
        """The same, about the container that AWS's text speaks of."""
        return replace(self, beside=_beside(self, text))

    @property
    def image(self) -> str:
        """What the container that it is about runs."""
        return self.evidence.beside.get(self.beside, self.evidence.image)

    @property
    def key(self) -> _Keys:
        """``case.key["env"]`` -> ``services.web.env``."""
        return _Keys(self, "{key}")

    @property
    def at(self) -> _Keys:
        """``case.at["env"]`` -> ``services.web.env in fargate.yml:7``: its line, else that around it."""
        return _Keys(self, "{key} in {where}")

    @property
    def where(self) -> _Keys:
        """``case.where["env"]`` -> ``fargate.yml:7``."""
        return _Keys(self, "{where}")

    def has(self, key: str) -> bool:
        """Whether the spec says something about this key of the service, or of the container beside it."""
        return self.evidence.line_of(_path(self, key)) > 0

    def starting(self, why: str) -> str:
        """The sentence for a task that does not come up, or did not stay up."""
        ran = self.seconds_run
        verb = "does not start" if ran is None or ran < _SETTLED_SECONDS else "does not keep running"
        return f"{self.evidence.task_definition} {verb}: {why}."

    def ailing(self, why: str) -> str:
        """The sentence for a task that runs and is not found healthy."""
        return f"{self.evidence.task_definition} does not become healthy: {why}."

    @property
    def seconds_run(self) -> float | None:
        """How long the task's containers ran, or None where they never did or AWS did not say."""
        if self.task is None or self.task.started_at is None or self.task.stopped_at is None:
            return None
        try:
            return max(0.0, (self.task.stopped_at - self.task.started_at).total_seconds())
        except TypeError:  # one with, one without a time zone
            return None

    @property
    def after(self) -> str:
        """`` four seconds after it started``, or nothing where that is unknown."""
        ran = self.seconds_run
        return "" if ran is None else f" {duration(ran)} after it started"

    @property
    def culprit(self) -> StoppedContainer | None:
        """The container that brought the task down.

        AWS's own reason points at it. Otherwise it is the essential one with the most telling exit code: the
        others end with 143 or 137 only because ECS then stops them.
        """
        if self.task is None:
            return None
        return max(self.task.containers, key=_guilt, default=None)

    @property
    def container(self) -> str:
        """``the container``, with its name where there are several."""
        culprit = self.culprit
        if self.task is None or culprit is None or len(self.task.containers) < 2:
            return "the container"
        return f"the container {clean(culprit.name)}"

    @property
    def log(self) -> tuple[str, ...]:
        """The task's log lines, safe to match and to print; empty ones left out."""
        if self.task is None:
            return ()
        return tuple(line for line in map(clean, self.task.log_lines) if line)


@dataclass(frozen=True)
class _Keys:
    """Keys of one service, rendered; subscripts so that the texts' templates can say ``{at[env]}``."""

    case: Case
    shape: str

    def __getitem__(self, key: str) -> str:
        path, spec_file = _path(self.case, key), self.case.evidence.spec_file
        line = self._line(path)
        where = f"{spec_file}:{line}" if line > 0 else spec_file
        return self.shape.format(key=path, where=where)

    def _line(self, path: str) -> int:
        """The line of the key, or of the nearest one around it that the spec has; 0 where there is none."""
        while path and path != "services":
            line = self.case.evidence.line_of(path)
            if line > 0:
                return line
            path = path.rpartition(".")[0]
        return 0


def _path(case: Case, key: str) -> str:
    """The dotted path of a key in the spec."""
    evidence = case.evidence
    if key.startswith(_APP_KEYS):
        return key
    service = f"services.{evidence.service}"
    if case.beside and key in _CONTAINER_KEYS:
        sidecar = f"{service}.sidecars.{case.beside}"
        if evidence.line_of(sidecar) > 0:
            return f"{sidecar}.{key}"
        # One that another key asks for.
        return (
            f"{service}.{'log_router' if evidence.line_of(f'{service}.log_router') > 0 else 'tracing'}.{key}"
        )
    return f"{service}.{key}"


def _beside(case: Case, text: str) -> str:
    others = case.evidence.beside
    if found := _REFERENCE.search(text):
        pulled = _plain(found[1])
        if pulled == _plain(case.evidence.image):
            return ""
        return next((name for name, image in others.items() if _plain(image) == pulled), "")
    culprit = case.culprit
    return culprit.name if culprit is not None and culprit.reason and culprit.name in others else ""


def _plain(image: str) -> str:
    """A reference without what containerd adds (github.com/distribution/reference, "familiar names")."""
    found = re.sub(r"^(?:docker\.io/)?(?:library/)?", "", image.rstrip(":,."))
    return found.removesuffix(":latest")


def never_ran(reason: str) -> bool:
    """Whether ECS never started a container, because of how one that it waits for ended.

    Its exit code, 143, is then ECS's own (aws/amazon-ecs-agent, pull request 3218).
    """
    return "dependency graph:" in reason


def _guilt(container: StoppedContainer) -> tuple[bool, bool, bool, int]:
    order = {None: 0, 143: 1, 0: 2, 137: 3}
    victim = never_ran(container.reason)
    return not victim, bool(container.reason), container.essential, order.get(container.exit_code, 4)
