"""The sizes of a Fargate task: which memory goes with which CPU, and how people write both.

Source: Amazon ECS developer guide, "Task definition parameters for Fargate", section "Task size". Linux only.
CPU is in CPU units (1024 are one vCPU), memory in MiB, as in RegisterTaskDefinition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

UNITS_PER_VCPU = 1024
TASK_DEFINITION_BYTES = 64 * 1024  # ECS service quotas

#: CPU units -> every memory in MiB that Fargate allows with it, ascending.
SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}

_CPU = re.compile(r"(\d+\.?\d*|\.\d+)\s*(vcpus?)?", re.IGNORECASE | re.ASCII)
_MEMORY = re.compile(r"(\d+\.?\d*|\.\d+)\s*(mi?b?|gi?b?)?", re.IGNORECASE | re.ASCII)


def smallest_memory(cpu: int) -> int:
    """The least memory, in MiB, that Fargate allows with `cpu` units."""
    return SIZES[cpu][0]


def vcpus(cpu: int) -> str:
    """`cpu` units as vCPU, the way people write it: 256 is ``0.25``."""
    return f"{Decimal(cpu) / UNITS_PER_VCPU:f}"


def cpu_units(text: str) -> int:
    """CPU units of ``0.25``, ``.5 vCPU``, ``1``, ``256`` or ``1024``.

    A bare number up to 32 counts vCPUs and one from 256 CPU units; Fargate has nothing between.

    Raises:
        ValueError: It is not a size; the text says which there are.
    """
    choices = f"use {_either([vcpus(cpu) for cpu in SIZES])} (vCPU), or 256 to 32768 (CPU units)"
    match = _CPU.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a number of vCPUs: {choices}")
    number, unit = Decimal(match[1]), match[2]
    units = number if number >= min(SIZES) and not unit else number * UNITS_PER_VCPU
    if units not in SIZES:
        raise ValueError(f"{text.strip()} is not a Fargate size: {choices}")
    return int(units)


def memory_mib(text: str) -> Decimal:
    """MiB of ``512``, ``512 MB``, ``0.5 GB``, ``1GB`` or ``2 GiB``; AWS's GB are GiB.

    Raises:
        ValueError: It is not an amount of memory.
    """
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not an amount of memory: write MiB, such as 512, or "0.5 GB"')
    return Decimal(match[1]) * (1024 if (match[2] or "m")[0] in "gG" else 1)


def allowed_memory(text: str, cpu: int) -> int:
    """MiB of `text`, which must be allowed with `cpu` units.

    Raises:
        ValueError: It is not an amount of memory, or not one that goes with `cpu`.
    """
    mib = memory_mib(text)
    if mib in SIZES[cpu]:
        return int(mib)
    fault = f"{text.strip()} is not allowed with cpu {vcpus(cpu)}: use {describe_memory(cpu)}"
    if text.strip().isdigit() and mib * 1024 in SIZES[cpu]:
        fault += f' (MiB; for {mib} GB write {mib * 1024} or "{mib} GB")'
    raise ValueError(fault)


def describe_memory(cpu: int) -> str:
    """The memory choices of `cpu` units in words: ``512, 1024 or 2048``."""
    choices = SIZES[cpu]
    if len(choices) <= 4:
        return _either([str(mib) for mib in choices])
    return f"{choices[0]} to {choices[-1]} in steps of {choices[1] - choices[0]}"


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
