"""What Docker Engine says during a build, made sense of: a pure function of its messages."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from fargatectl.images.answers import no_sense

_STEP = re.compile(r"step\s+(\d+)/(\d+)\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_BUILT = re.compile(r"Successfully built ([0-9a-f]{12,64})")
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")
_KEPT_LINES = 15

Progress = tuple[str, int | None, int | None]
"""A line for people, the step and the number of steps."""


class BuildOutput:
    """The state of a build, fed with one decoded message of the Engine after the other.

    Attributes:
        image_id: ``sha256:...`` once built, empty before.
        step, steps: The step under way and their number, 0 before the first.
        instruction: That step's line of the Dockerfile.
        error: Why the build failed, empty while it has not.
    """

    def __init__(self) -> None:
        self.image_id = ""
        self.step = self.steps = 0
        self.instruction = ""
        self.error = ""
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._from_cache: dict[int, bool] = {}
        self._in_stage = False

    @property
    def last_lines(self) -> list[str]:
        """The last lines that the step printed, without the builder's own."""
        return list(self._lines)

    @property
    def cached(self) -> bool:
        """Whether every step was taken from the cache."""
        return all(self._from_cache.values())

    def feed(self, message: Mapping[str, Any]) -> Progress | None:
        """Take in one message; what is worth showing, if anything."""
        if error := error_in(message):
            self.error = _plain(error).strip()
        elif identity := (message.get("aux") or {}).get("ID"):
            if not _ID.fullmatch(identity):
                raise no_sense("an image's id is no digest")
            self.image_id = identity
        elif str(message.get("status", "")).startswith("Pulling from"):
            image = f"{message['status'].removeprefix('Pulling from').strip()}:{message.get('id', 'latest')}"
            return f"pulling {image}", self.step, self.steps
        elif "stream" in message:
            return self._stream(_plain(message["stream"]).rstrip("\n"))
        return None

    def _stream(self, text: str) -> Progress | None:
        if step := _STEP.match(text):
            self.step, self.steps, self.instruction = int(step[1]), int(step[2]), step[3].strip()
            self._lines.clear()
            opens_stage = self.instruction.upper().startswith("FROM")
            self._in_stage = self._in_stage or opens_stage
            if self._in_stage and not opens_stage:  # FROM, and ARG before it, have nothing to cache
                self._from_cache[self.step] = False
            return f"Step {self.step}/{self.steps} : {self.instruction}", self.step, self.steps
        if re.match(r"\s*--+> Using cache", text):
            self._from_cache[self.step] = True
        elif built := _BUILT.match(text):
            self.image_id = self.image_id or built[1]
        elif not re.match(r"\s*--+>|Removing intermediate container", text):
            self._lines += [line for line in text.split("\n") if line.strip()]
        return None


def error_in(message: Mapping[str, Any]) -> str:
    """What went wrong, as a message tells it; empty where it tells of no error.

    ``message`` alone is how the Engine answers in place of a stream (ErrorResponse).
    """
    detail = message.get("errorDetail")
    if isinstance(detail, Mapping) and detail.get("message"):
        return str(detail["message"])
    if detail or message.get("error"):
        return str(message.get("error") or detail)
    return str(message["message"]) if set(message) == {"message"} else ""


def _plain(text: str) -> str:
    return _TERMINAL_CODES.sub("", text.replace("\r\n", "\n"))
