"""The table of Fargate sizes: every pair in it is accepted, everything near it is not."""

from __future__ import annotations

import pytest

from fargatectl.spec.models import Service
from fargatectl.spec.sizes import SIZES, allowed_memory, cpu_units, memory_mib, smallest_memory, vcpus

# From "Task size" in AWS's documentation, written out as there: GB of memory by vCPU.
TABLE = {
    "0.25": ["0.5", "1", "2"],
    "0.5": [str(gb) for gb in range(1, 5)],
    "1": [str(gb) for gb in range(2, 9)],
    "2": [str(gb) for gb in range(4, 17)],
    "4": [str(gb) for gb in range(8, 31)],
    "8": [str(gb) for gb in range(16, 61, 4)],
    "16": [str(gb) for gb in range(32, 121, 8)],
    "32": ["60", "120", "244"],
}
PAIRS = [(vcpu, gb) for vcpu, choices in TABLE.items() for gb in choices]


@pytest.mark.parametrize(("vcpu", "gb"), PAIRS)
def test_every_pair_of_the_table_is_allowed(vcpu: str, gb: str) -> None:
    service = Service.model_validate({"image": "nginx", "cpu": vcpu, "memory": f"{gb} GB"})
    assert service.cpu == float(vcpu) * 1024
    assert service.memory == float(gb) * 1024


def test_no_other_pair_is_allowed() -> None:
    allowed = {(int(float(vcpu) * 1024), int(float(gb) * 1024)) for vcpu, gb in PAIRS}
    candidates = {memory for _, memory in allowed} | set(range(512, 260_000, 512))
    for cpu in SIZES:
        for mib in candidates:
            if (cpu, mib) in allowed:
                assert allowed_memory(str(mib), cpu) == mib
            else:
                with pytest.raises(ValueError, match="is not allowed with cpu"):
                    allowed_memory(str(mib), cpu)


@pytest.mark.parametrize("cpu", SIZES)
def test_memory_defaults_to_the_smallest(cpu: int) -> None:
    assert (
        Service.model_validate({"image": "nginx", "cpu": cpu}).memory == smallest_memory(cpu) == SIZES[cpu][0]
    )


@pytest.mark.parametrize("text", ["0.25", ".25", "0.250", "256", "0.25 vCPU", ".25vcpu", " 0.25 VCPUS "])
def test_ways_to_write_a_quarter(text: str) -> None:
    assert cpu_units(text) == 256


@pytest.mark.parametrize(
    "text", ["", "-1", "0", "0.3", "255", "256 vCPU", "33", "64", "1e3", "nan", "½", "1,5"]
)
def test_what_is_no_cpu(text: str) -> None:
    with pytest.raises(ValueError, match=r"use 0\.25, 0\.5, 1, 2, 4, 8, 16 or 32"):
        cpu_units(text)


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("512", 512),
        ("512 MB", 512),
        ("512mib", 512),
        ("0.5 GB", 512),
        ("1GB", 1024),
        ("2 GiB", 2048),
        (".5g", 512),
    ],
)
def test_ways_to_write_memory(text: str, mib: int) -> None:
    assert memory_mib(text) == mib


@pytest.mark.parametrize("text", ["", "-512", "512 KB", "half", "1 TB", "GB", "1e3", "٥١٢"])
def test_what_is_no_memory(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of memory"):
        memory_mib(text)


def test_units_are_shown_as_vcpus() -> None:
    assert [vcpus(cpu) for cpu in SIZES] == list(TABLE)
