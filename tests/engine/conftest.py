"""Two or three kinds that use each other, and a world for them to live in."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

import pytest

from fargatectl.dataclass import dataclass
from fargatectl.engine.resource import IDENTITY, Resource

from .fakes import Fake, World


@pytest.fixture
def world(kinds: dict[str, Any]) -> World:
    return World()


@pytest.fixture
def base(kinds: dict[str, Any]) -> type[Any]:
    """A kind that needs no other."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Base(Fake):
        kind: ClassVar[str] = "fake.base"

    return Base


@pytest.fixture
def user(base: type[Any]) -> type[Any]:
    """A kind whose things use things of `base`."""
    Base = base  # noqa: N806 - read by name in the annotation below

    @dataclass(frozen=True, kw_only=True, eq=False)
    class User(Fake):
        kind: ClassVar[str] = "fake.user"

        bases: tuple[Resource, ...] = ()

    # What get_type_hints would read at module level.
    User.__annotations__["bases"] = tuple[Base, ...]
    return User


@pytest.fixture
def top(user: type[Any]) -> type[Any]:
    """A kind whose things use things of `user`."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Top(Fake):
        kind: ClassVar[str] = "fake.top"

        below: Resource | None = None

    Top.__annotations__["below"] = user | None
    return Top


@pytest.fixture
def immutable(kinds: dict[str, Any]) -> type[Any]:
    """A kind whose things carry a fingerprint and are renewed by an update, as task definitions are."""

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Immutable(Fake):
        kind: ClassVar[str] = "fake.immutable"
        renews: ClassVar[bool] = True

        label: str = field(default="", metadata=IDENTITY)

        @property
        def fingerprint(self) -> str:
            return f"fp-{self.size}"

    return Immutable
