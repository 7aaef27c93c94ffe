"""A build context as the tar stream that Docker Engine reads: made while it is sent, never stored."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator

from fargatectl.dataclass import dataclass
from fargatectl.errors import UsageError
from fargatectl.images.context import BuildContext
from fargatectl.images.dockerignore import FILE_NAME
from fargatectl.images.files import ContextFile, Kind, link_target, read_chunks, status_of

_BLOCK = tarfile.BLOCKSIZE
_TYPES = {
    Kind.FILE: tarfile.REGTYPE,
    Kind.FOLDER: tarfile.DIRTYPE,
    Kind.LINK: tarfile.SYMTYPE,
    Kind.FIFO: tarfile.FIFOTYPE,
}


@dataclass(frozen=True)
class Archive:
    """What to send, and the name under which the Engine finds the Dockerfile in it.

    Attributes:
        files: Paths of this machine to put in.
        texts: Further files by name, which win over `files`.
        dockerfile: Path of the Dockerfile inside the archive.
    """

    files: tuple[ContextFile, ...]
    texts: dict[str, bytes]
    dockerfile: str

    def __iter__(self) -> Iterator[bytes]:
        for file in self.files:
            if file.path not in self.texts:
                yield from _member(file)
        for name, content in self.texts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            yield _header(info) + content + _padding(len(content))
        yield bytes(2 * _BLOCK)


def archive(context: BuildContext) -> Archive:
    """The archive of a context.

    The Dockerfile and .dockerignore are always sent, even when .dockerignore names them: the Engine needs
    both, and then hides from COPY the ones that are named. A Dockerfile from outside goes in under a name
    that is hidden too.
    """
    present = {file.path for file in context.files}
    texts = {}
    dockerfile = context.dockerfile.inside
    ignore_text = context.ignore_text
    if dockerfile is None:
        dockerfile = f".dockerfile.{hashlib.sha256(context.dockerfile.content).hexdigest()[:12]}"
        ignore_text = "\n".join((FILE_NAME if ignore_text is None else ignore_text, dockerfile, ""))
        present.discard(FILE_NAME)
    if dockerfile not in present:
        texts[dockerfile] = context.dockerfile.content
    if ignore_text is not None and FILE_NAME not in present:
        texts[FILE_NAME] = ignore_text.encode("utf-8", errors="surrogateescape")
    return Archive(context.files, texts, dockerfile)


def _member(file: ContextFile) -> Iterator[bytes]:
    found = status_of(file.source)
    info = tarfile.TarInfo(file.path)
    info.type = _TYPES[file.kind]
    # One mode for every checkout (see ContextFile.executable) and root as the owner, as COPY makes it anyway.
    # The time stays: it is no part of the hash or of Docker's cache, but web servers derive ETags from it.
    info.mode = 0o755 if file.executable else 0o644
    info.mtime = max(0, int(found.st_mtime))
    if file.kind is Kind.LINK:
        info.linkname = link_target(file.source)
    if file.kind is not Kind.FILE:
        yield _header(info)
        return
    info.size = found.st_size
    yield _header(info)
    sent = 0
    for chunk in read_chunks(file.source):
        sent += len(chunk)
        yield chunk
    if sent != info.size:
        raise UsageError(
            f"{file.source} changed while it was being sent to Docker",
            hint=f"Run the command again when nothing writes to it, or add it to {FILE_NAME}.",
            code="image.context",
        )
    yield _padding(sent)


def _header(info: tarfile.TarInfo) -> bytes:
    # The GNU format takes names of any length and any bytes.
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
