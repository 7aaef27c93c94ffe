"""The bytes of a spec file as text, or why they are none."""

from __future__ import annotations

import codecs
import errno
import os
import re
import select
import stat
from pathlib import Path

from fargatectl.errors import Problem, SpecError

MAX_BYTES = 1024 * 1024
MAX_SILENCE = 5  # seconds that a pipe may take for its next byte

# What YAML 1.1 does not allow in a text: its parsers give no line for it.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _bytes(path: Path) -> bytes:
    """The content, of which one byte more than `MAX_BYTES` at most.

    A pipe (``-f <(template)``) is read too, but not waited for where nobody writes into it.
    """
    parts, size = [], 0
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(file).st_mode)
        while size <= MAX_BYTES:
            if is_pipe and not select.select([file], [], [], MAX_SILENCE)[0]:
                raise TimeoutError(errno.ETIMEDOUT, f"nobody has written into this pipe for {MAX_SILENCE} s")
            if not (part := os.read(file, MAX_BYTES + 1 - size)):
                break
            parts.append(part)
            size += len(part)
    finally:
        os.close(file)
    return b"".join(parts)


def read(path: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark.

    Raises:
        SpecError: It cannot be read, is too large, or is not a text in UTF-8.
    """
    file = str(path)
    try:
        data = _bytes(path)
    except FileNotFoundError:
        raise SpecError([Problem(file, 0, "", "there is no such file")]) from None
    except IsADirectoryError:
        raise SpecError([Problem(file, 0, "", "is a folder: name the file in it")]) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError([Problem(file, 0, "", f"cannot be read: {reason.lower()}")]) from None
    if len(data) > MAX_BYTES:
        raise SpecError([Problem(file, 0, "", "is larger than 1 MiB: this is not a spec")])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SpecError([Problem(file, 1, "", "is in UTF-16: save it as UTF-8")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"is not in UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8"
        raise SpecError([Problem(file, line, "", fault)]) from None
    if match := _NOT_PRINTABLE.search(text):
        line = text.count("\n", 0, match.start()) + 1
        fault = f"has a character that a YAML file cannot hold (U+{ord(match[0]):04X})"
        raise SpecError([Problem(file, line, "", fault)])
    return text
