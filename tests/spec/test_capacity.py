"""Where tasks run, as a spec says it: Spot, sizes, disk, platform versions."""

from __future__ import annotations

import pytest

from fargatectl.spec.capacity import Spot, too_old
from fargatectl.spec.models import Service
from fargatectl.spec.sizes import SIZES

from .conftest import Loader


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", Spot(base=0, percent=100)),
        ("{}", Spot()),
        ("{base: 2}", Spot(base=2)),
        ("{base: 1, percent: 75}", Spot(base=1, percent=75)),
        ("false", None),
        ("null", None),
    ],
)
def test_spot(written: str, value: Spot | None, loaded: Loader) -> None:
    spec = loaded(f"app: shop\nservices: {{web: {{image: nginx, spot: {written}}}}}").spec
    assert spec.services["web"].spot == value


@pytest.mark.parametrize(
    ("written", "gib"), [("21", 21), ("40 GB", 40), ("100GiB", 100), ('"200"', 200), ("null", None)]
)
def test_ephemeral_storage(written: str, gib: int | None, loaded: Loader) -> None:
    spec = loaded(f"app: shop\nservices: {{web: {{image: nginx, ephemeral_storage: {written}}}}}").spec
    assert spec.services["web"].ephemeral_storage == gib


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, one) for cpu in SIZES for one in SIZES[cpu]])
def test_every_size_there_is(cpu: int, memory: int) -> None:
    """And those from 8 vCPU on no platform before 1.4.0."""
    made = Service(image="nginx", cpu=cpu, memory=memory)
    assert (made.cpu, made.memory, made.platform_version) == (cpu, memory, "LATEST")
    old = too_old("1.3.0", cpu=cpu, architecture="x86_64", storage=None)
    assert bool(old) == (cpu >= 8192)
    assert not too_old("1.4.0", cpu=cpu, architecture="arm64", storage=200)


def test_versions_in_any_case(loaded: Loader) -> None:
    spec = loaded("app: shop\nservices: {web: {image: nginx, platform_version: latest}}").spec
    assert spec.services["web"].platform_version == "LATEST"
