import pytest

from fargatectl.engine.events import Failed, Finished, Progress, Started, Subject, Waiting


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Doings:
    """The events of one resource."""

    def __init__(self, kind: str, id: str, label: str, name: str) -> None:
        self.subject = (kind, id, label, name)

    def started(self, action: str = "create") -> Subject:
        return Started(*self.subject, action=action)

    def progress(self, text: str, done: int | None = None, total: int | None = None, unit: str = "",
                 lasting: bool = False) -> Subject:  # fmt: skip
        return Progress(*self.subject, text=text, done=done, total=total, unit=unit, lasting=lasting)

    def waiting(self, reason: str) -> Subject:
        return Waiting(*self.subject, reason=reason)

    def finished(self, action: str = "create", seconds: float = 0.3, summary: str = "") -> Subject:
        return Finished(*self.subject, action=action, seconds=seconds, summary=summary)

    def failed(self, error: str, action: str = "create") -> Subject:
        return Failed(*self.subject, action=action, seconds=4.0, error=error)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def image() -> Doings:
    return Doings("image.image", "web", "image", "web")


@pytest.fixture
def group() -> Doings:
    return Doings("logs.log_group", "web", "log group", "/ecs/app")


@pytest.fixture
def service() -> Doings:
    return Doings("ecs.service", "web", "service", "web")
