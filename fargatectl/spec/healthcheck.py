"""A Dockerfile's HEALTHCHECK, which ECS ignores, as the ``health_check`` that says the same.

Sources: Dockerfile reference, "HEALTHCHECK" (defaults: interval 30 s, timeout 30 s, 3 retries, no start
period); ECS API reference, HealthCheck: it "overrides any container health checks that are present in the
container image", and without one the image's is not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from fargatectl.dataclass import dataclass
from fargatectl.spec.dockerfile import head, instructions, stage
from fargatectl.spec.yaml_text import scalar

if TYPE_CHECKING:
    from fargatectl.spec.models import LoadedSpec

_OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_DOCKER = {"interval": 30, "timeout": 30, "retries": 3, "start_period": 0}
_OURS = {"interval": 5, "timeout": 5, "retries": 3, "start_period": 0}
_LIMITS = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "start_period": (0, 300)}


@dataclass(frozen=True)
class Ignored:
    """A HEALTHCHECK.

    Attributes:
        command: A text for the shell, or the words of a program.
        numbers: ``interval``, ``timeout``, ``retries`` and ``start_period``, brought within ECS's limits;
            only those that differ from what a spec has by itself.
    """

    command: str | tuple[str, ...]
    numbers: tuple[tuple[str, int], ...]

    def lines(self) -> list[str]:
        """The spec's lines, ``health_check:`` first, without the indentation that they need there."""
        if isinstance(self.command, str):
            command = _text(self.command)
        else:
            command = f"[{', '.join(map(_text, self.command))}]"
        return [
            "health_check:",
            f"  command: {command}",
            *(f"  {name}: {value}" for name, value in self.numbers),
        ]


def ignored(text: str, target: str | None = None) -> Ignored | None:
    """The HEALTHCHECK of the stage that a Dockerfile makes; None without one, or one that cannot be read.

    Args:
        target: The stage that is built; the last if None.
    """
    stages: dict[str, Ignored | None] = {}
    name, found = "", None
    for instruction, rest in instructions(text):
        if instruction == "FROM":
            if target and name == target.lower():
                break
            base, name = stage(rest)
            found = stages.get(base)  # a stage has what the one that it is made from has
        elif instruction == "HEALTHCHECK":
            found = _read(rest)
        stages[name] = found
    return found


def notices(loaded: LoadedSpec, given: Collection[str] = ()) -> Iterator[str]:
    """What to say of each service whose Dockerfile has a HEALTHCHECK and whose spec says nothing of it.

    Args:
        given: Services whose image is not built.
    """
    for name, service in loaded.spec.services.items():
        if service.build is None or name in given or "health_check" in service.model_fields_set:
            continue
        context = loaded.path.parent / service.build.context
        dockerfile = context / (service.build.dockerfile or "Dockerfile")
        found = ignored(head(dockerfile), service.build.target)
        if found:
            where = f"{loaded.path}:{loaded.line_of(f'services.{name}')}"
            lines = "\n".join(f"    {line}" for line in found.lines())
            yield (
                f"{name}: ECS ignores the Dockerfile's HEALTHCHECK. To have it run, put this below "
                f"services.{name} in {where}; health_check: false ends this notice.\n{lines}"
            )


def _read(rest: str) -> Ignored | None:
    numbers = dict(_DOCKER)
    while option := _OPTION.match(rest):
        rest, name = rest[option.end() :], option[1].replace("-", "_")
        if name in numbers:
            value = int(option[2]) if option[2].isdigit() else _seconds(option[2])
            if value:  # 0 stands for the default
                numbers[name] = value
    word, _, command = rest.strip().partition(" ")
    command = command.strip()
    if word.upper() != "CMD" or not command:
        return None
    within = {name: min(max(numbers[name], low), high) for name, (low, high) in _LIMITS.items()}
    different = tuple((name, value) for name, value in within.items() if value != _OURS[name])
    return Ignored(_words(command) or command, different)


def _words(command: str) -> tuple[str, ...] | None:
    """The words of the exec form; None where it is the shell form."""
    try:
        words = json.loads(command) if command.startswith("[") else None
    except ValueError:
        return None
    return tuple(words) if isinstance(words, list) and all(isinstance(one, str) for one in words) else None


def _seconds(text: str) -> int:
    """A duration of Go's, such as ``1m30s``, in whole seconds, rounded up; 0 where it is none."""
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return 0
    return int(-(-sum(float(number) * _SECONDS[unit] for number, unit in parts) // 1))


def _text(text: str) -> str:
    """As YAML, with what a spec would take for a variable kept."""
    return scalar(text.replace("$$", "$$$$").replace("${", "$${"))
