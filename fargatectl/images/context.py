"""What decides an image: the description of a build, and one hash over everything that goes into it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from fargatectl.dataclass import dataclass
from fargatectl.errors import UsageError
from fargatectl.images.dockerfile import Dockerfile, read_dockerfile
from fargatectl.images.dockerignore import FILE_NAME, literal, parse
from fargatectl.images.files import ContextFile, Kind, context_files, link_target, read_chunks, read_small

_FORMAT = b"fargatectl image 1"
"""Changes when the same inputs would make another image or be hashed in another way."""


@dataclass(frozen=True)
class BuildSpec:
    """One image to build; equal specs are equal and hashable.

    Attributes:
        context: The folder that the Dockerfile's COPY reads from.
        dockerfile: Path relative to the context (as in Compose) or absolute; None is ``Dockerfile``.
        args: Build arguments; a mapping is kept as sorted pairs. No place for secrets: the image keeps them.
        target: The stage to stop at; None is the last one.
        platform: ``linux/amd64`` or ``linux/arm64``.
        left_out: Paths in the context that are ours and not the app's, such as the spec: ignored as if
            .dockerignore began with them, so that ``!`` brings them back.
    """

    context: Path
    dockerfile: str | None = None
    args: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    target: str | None = None
    platform: str = "linux/amd64"
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", Path(self.context))
        object.__setattr__(self, "args", tuple(sorted(dict(self.args).items())))

    @property
    def architecture(self) -> str:
        """The CPU of the platform: ``amd64`` or ``arm64``."""
        return self.platform.split("/")[1]


@dataclass(frozen=True)
class BuildContext:
    """A build context that has been listed, ready to be hashed or sent.

    Attributes:
        files: All that the Dockerfile can copy.
        dockerfile: The Dockerfile, whether it is among the files or not.
        ignore_text: The text of .dockerignore, None where there is none.
    """

    files: tuple[ContextFile, ...]
    dockerfile: Dockerfile
    ignore_text: str | None


def scan(build: BuildSpec) -> BuildContext:
    """List what the build can see.

    ``<Dockerfile>.dockerignore`` is not read: it belongs to BuildKit, and the Engine's API builds without it.

    Raises:
        UsageError: The context, the Dockerfile or .dockerignore is missing, unreadable or malformed.
    """
    context = build.context
    if not os.path.isdir(context):  # noqa: PTH112 - Path's raises for a name that is too long
        what = "is not a folder" if os.path.lexists(context) else "does not exist"
        raise UsageError(
            f"build.context: {context} {what}",
            hint="build (or build.context) names the folder of the Dockerfile, relative to the spec.",
            code="image.context",
        )
    dockerfile = read_dockerfile(context, build.dockerfile)
    ignore_file = context / FILE_NAME
    ignore_text = None
    if ignore_file.is_file():
        ignore_text = read_small(ignore_file).decode("utf-8", errors="surrogateescape")
    rules = literal(build.left_out) + parse(ignore_text or "", source=str(ignore_file))
    return BuildContext(tuple(context_files(context, rules)), dockerfile, ignore_text)


def content_hash(build: BuildSpec) -> str:
    """SHA-256 (64 hex digits) over everything that decides the image.

    That is: the context after .dockerignore (paths, executable bits, link targets, contents), the Dockerfile
    even when it is ignored or lies outside, arguments, target and platform. Times and owners do not count,
    nor does what a base image's tag means today: a tag that moved is noticed only with a digest in FROM.

    Raises:
        UsageError: As `scan`, or a file cannot be read.
    """
    context = scan(build)
    digest = hashlib.sha256()

    def put(*fields: bytes) -> None:
        # Each field goes with its length, so that no two lists of fields run together into the same bytes.
        digest.update(b"".join(part for field in fields for part in (len(field).to_bytes(8, "big"), field)))

    put(_FORMAT, build.platform.encode(), (build.target or "").encode())
    args = dict(build.args)
    put(str(len(args)).encode(), *(part.encode() for pair in args.items() for part in pair))
    put(hashlib.sha256(context.dockerfile.content).digest())
    for file in context.files:
        path = file.path.encode("utf-8", errors="surrogateescape")
        put(file.kind.value, b"x" if file.executable else b"-", path, _content(file))
    return digest.hexdigest()


def _content(file: ContextFile) -> bytes:
    if file.kind is Kind.LINK:
        return link_target(file.source).encode("utf-8", errors="surrogateescape")
    if file.kind is not Kind.FILE:
        return b""
    digest = hashlib.sha256()
    for chunk in read_chunks(file.source):
        digest.update(chunk)
    return digest.digest()
