"""Every error that fargatectl raises on purpose, and the exit code each one ends with.

    FargatectlError
    ├── UsageError            2    the command or the spec is wrong
    │   ├── SpecError         2    ... with one Problem per fault found in the spec
    │   └── NoEnvironment     2    ... the spec has no environment of that name
    ├── DeployError           1    the deployment failed, or AWS refused
    ├── NotPermitted          5    a permission is missing
    ├── ForeignError          4    something with our name is not ours
    ├── CredentialsError      5    no credentials, or not permitted
    ├── UnreachableError      6    Docker Engine or the local AWS cannot be reached
    ├── TimeoutExpired        7    the time given is over; the work still goes on in AWS
    ├── Interrupted         130    Ctrl-C
    └── Several                    more than one; ends as the worst of them

Only `fargatectl.cli` turns one into an exit; anything else that escapes is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process ends with; scripts rely on these numbers."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 3
    FOREIGN = 4
    CREDENTIALS = 5
    UNREACHABLE = 6
    TIMEOUT = 7
    INTERRUPTED = 130


class FargatectlError(Exception):
    """An error with a message for a person, a code for a script and, where there is one, a way out.

    Args:
        message: What is wrong, in a sentence without a final period where it is a single one.
        hint: What to do about it.
        code: A stable dotted word for scripts, such as ``spec.invalid``.
        details: More facts, JSON-serialisable, one mapping each.
        brief: A few words for a line that the whole message will follow; the message itself if not given.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    default_code: ClassVar[str] = "failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        details: Sequence[Mapping[str, object]] = (),
        brief: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.brief = brief or message
        self.hint = hint
        self.code = code or self.default_code
        self.ends_with = self.exit_code
        self.details = [dict(detail) for detail in details]

    def take_in(self, other: FargatectlError) -> None:
        """Another failure that came with this one, told in its message: adds its hint, its details and,
        where that is the worse one, its exit code."""
        self.hint = _lines(self, other)
        self.details += other.details
        self.ends_with = max(self.ends_with, other.ends_with)


class UsageError(FargatectlError):
    """The command line or a file it names is wrong; nothing was asked of AWS."""

    exit_code = ExitCode.USAGE
    default_code = "usage"


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in a spec: where it stands and what is wrong, with the way out in the text.

    Attributes:
        file: Path of the spec as the user gave it.
        line: 1-based line, 0 where no line can be named.
        key: Dotted key path, such as ``services.web.memory``; empty for the whole file.
        text: What is wrong and what is allowed.
    """

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.text}" if self.key else f"{where}: {self.text}"


_MOST_PROBLEMS = 200  # in a message


class SpecError(UsageError):
    """The spec has faults: all of them, by line; of very many the message has the first."""

    default_code = "spec.invalid"

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        self.problems = sorted(problems)
        lines = [str(problem) for problem in self.problems[:_MOST_PROBLEMS]]
        if more := len(self.problems) - len(lines):
            lines.append(f"and {more:,} more")
        super().__init__(
            "\n".join(lines),
            hint=hint,
            details=[vars(problem) for problem in self.problems],
        )


class NoEnvironment(UsageError):
    """The spec has no environment of that name. It may have had one."""


class DeployError(FargatectlError):
    """The deployment failed, or AWS refused a call."""

    default_code = "deploy.failed"


class ForeignError(FargatectlError):
    """Something in AWS holds a name that we want and is not ours; nothing was changed."""

    exit_code = ExitCode.FOREIGN
    default_code = "foreign"


class CredentialsError(FargatectlError):
    """There are no credentials, they expired, or they do not permit a call."""

    exit_code = ExitCode.CREDENTIALS
    default_code = "credentials"


class NotPermitted(FargatectlError):
    """A registry refused for want of a permission.

    Attributes:
        action: The IAM action that is missing.
        text: What the registry said.
    """

    exit_code = ExitCode.CREDENTIALS
    default_code = "aws.denied"

    def __init__(self, action: str, text: str) -> None:
        self.action, self.text = action, text
        super().__init__(f"not permitted: {action} ({text})")


class UnreachableError(FargatectlError):
    """Docker Engine or the local AWS cannot be reached."""

    exit_code = ExitCode.UNREACHABLE
    default_code = "unreachable"


class TimeoutExpired(FargatectlError):
    """The time given is over; what was begun goes on in AWS."""

    exit_code = ExitCode.TIMEOUT
    default_code = "timeout"


class Interrupted(FargatectlError):
    """The user pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    default_code = "interrupted"


class Several(FargatectlError):
    """More than one thing failed: all the messages and hints, and the worst one's code and exit code."""

    def __init__(self, worst: FargatectlError, others: Sequence[FargatectlError]) -> None:
        every = [worst, *others]
        super().__init__(
            "\n".join(error.message for error in every),
            hint=_lines(*every),
            code=worst.code,
            details=[detail for error in every for detail in error.details],
        )
        self.ends_with = worst.exit_code


def _lines(*errors: FargatectlError) -> str:
    """The lines of their hints, each once."""
    return "\n".join(dict.fromkeys(line for error in errors for line in error.hint.splitlines()))
