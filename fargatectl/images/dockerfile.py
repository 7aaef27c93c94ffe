"""Finding and reading a build's Dockerfile, and what it asks of the builder."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from fargatectl.dataclass import dataclass
from fargatectl.errors import UsageError

MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile that has been read.

    Attributes:
        path: Where it is, links followed.
        inside: Its path relative to the build context with ``/``, or None where it lies outside.
        content: Its bytes.
    """

    path: Path
    inside: str | None
    content: bytes

    @property
    def text(self) -> str:
        """The content as text; a byte that is not UTF-8 becomes a replacement character."""
        return self.content.decode("utf-8", errors="replace")


def read_dockerfile(context: Path, name: str | None) -> Dockerfile:
    """Read the Dockerfile of a build; `name` is relative to the context, as in Compose.

    Raises:
        UsageError: It does not exist or cannot be read.
    """
    path = context / (name or "Dockerfile")
    try:
        # Opened like this a pipe has no writer to be waited for; a device has no end.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(errno.EINVAL, "it is no file")
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        hint = (
            "build.dockerfile is relative to build.context: correct either of them."
            if name
            else "Write a Dockerfile there, or say where it is: build.dockerfile, relative to build.context."
        )
        raise UsageError(
            f"build.dockerfile: there is no {path}", hint=hint, code="image.dockerfile"
        ) from None
    except OSError as error:
        raise UsageError(
            f"build.dockerfile: {path} cannot be read: {error.strerror or error}",
            hint="It must be a file that you may read.",
            code="image.dockerfile",
        ) from None
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"build.dockerfile: {path} is larger than {MOST_BYTES >> 20} MiB",
            hint="That is no Dockerfile.",
            code="image.dockerfile",
        )
    real, root = path.resolve(), context.resolve()
    return Dockerfile(real, real.relative_to(root).as_posix() if real.is_relative_to(root) else None, content)


@dataclass(frozen=True)
class BuildKitNeed:
    """A line that only BuildKit understands.

    Attributes:
        line: 1-based.
        feature: What it is, such as ``RUN --mount``.
        instead: How to write it for the classic builder.
    """

    line: int
    feature: str
    instead: str


_FLAG = r"\s+(?:--\S+\s+)*--"

# What https://docs.docker.com/reference/dockerfile/ marks as needing BuildKit or a frontend version.
_BUILDKIT_ONLY = tuple(
    (re.compile(pattern, re.IGNORECASE), feature, instead)
    for pattern, feature, instead in (
        (rf"RUN{_FLAG}mount=", "RUN --mount", "run the command without it and COPY what it needs"),
        (rf"RUN{_FLAG}(network|security)=", "RUN --network or --security", "leave the option out"),
        (rf"(COPY|ADD){_FLAG}chmod=", "COPY --chmod", "use RUN chmod, or set the mode of the file itself"),
        (rf"(COPY|ADD){_FLAG}link\b", "COPY --link", "leave --link out"),
        (rf"COPY{_FLAG}(parents|exclude)\b", "COPY --parents or --exclude", "copy the folders by name"),
        (rf"ADD{_FLAG}(checksum|keep-git-dir|unpack)\b", "ADD --checksum", "use RUN with curl and sha256sum"),
        (
            r"FROM\s+--platform=\$\{?(BUILD|TARGET)",
            "FROM --platform=$BUILDPLATFORM",
            "leave it out: platform in the spec decides",
        ),
    )
)
_HERE_DOCUMENT = re.compile(
    r"(?:RUN|COPY|ADD)\s(?:.*\s)?\d*<<-?[\"']?([A-Za-z_]\w*)[\"']?(?:\s|$)", re.IGNORECASE
)


def buildkit_needs(text: str) -> list[BuildKitNeed]:
    """The lines of a Dockerfile that the classic builder, which the Engine's API offers, cannot build."""
    needs: list[BuildKitNeed] = []
    lines = iter(enumerate(text.splitlines(), start=1))
    for first, line in lines:
        instruction = line.strip()
        if instruction.startswith("#"):
            continue
        instruction = _continued(instruction, lines)
        needs += [
            BuildKitNeed(first, feature, instead)
            for pattern, feature, instead in _BUILDKIT_ONLY
            if pattern.match(instruction)
        ]
        if here := _HERE_DOCUMENT.match(instruction):
            needs.append(
                BuildKitNeed(first, f"a here-document (<<{here[1]})", "put the text in a file, COPY it")
            )
            next((number for number, body in lines if body.strip() == here[1]), None)
    return needs


def _continued(instruction: str, lines: Iterator[tuple[int, str]]) -> str:
    """The instruction with the lines that go on with it, comments among them left out."""
    parts = [instruction]
    while parts[-1].endswith("\\"):
        _, following = next(lines, (0, ""))
        if not following.lstrip().startswith("#"):
            parts[-1] = parts[-1][:-1]
            parts.append(following.strip())
    return " ".join(parts)


def platform_args(text: str, platform: str) -> dict[str, str]:
    """Values for the platform arguments that the Dockerfile declares.

    BuildKit sets TARGETARCH and its kin by itself; with the classic builder they would be empty.
    Source: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
    """
    system, architecture = platform.split("/")[:2]
    known = {
        f"{side}{name}": value
        for side in ("TARGET", "BUILD")
        for name, value in (("PLATFORM", platform), ("OS", system), ("ARCH", architecture), ("VARIANT", ""))
    }
    declared = re.findall(r"^[ \t]*ARG[ \t]+(\w+)[ \t\r]*$", text, re.IGNORECASE | re.MULTILINE)
    return {name: known[name] for name in declared if name in known}
