"""`fargatectl.dataclass` makes what `dataclasses` makes, but for what happens on assignment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import Any, ClassVar

import pytest

from fargatectl.dataclass import dataclass

Decorate = Callable[..., Any]


def classes(dataclass: Decorate) -> dict[str, Any]:
    """The same classes, by either decorator."""

    @dataclass(frozen=True)
    class Point:
        """Two numbers."""

        kind: ClassVar[str] = "point"
        x: int
        y: int = 0
        note: str = field(default="", compare=False, repr=False)
        parts: list[int] = field(default_factory=list, hash=False)

        @cached_property
        def total(self) -> int:
            return self.x + self.y

    @dataclass(frozen=True)
    class Alone:
        one: object = None

    @dataclass(frozen=True)
    class Empty:
        pass

    @dataclass
    class Open:
        x: int = 1

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Base:
        name: str = field(metadata={"identity": True})

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Kind(Base):
        size: int

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("size")

    @dataclass(frozen=True)
    class Own:
        x: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    return {name: one for name, one in locals().items() if isinstance(one, type)}


OURS, THEIRS = classes(dataclass), classes(dataclasses.dataclass)
CASES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "shown": lambda of: repr([of["Point"](1, 2, "n", [3]), of["Alone"](), of["Empty"](), of["Own"](1)]),
    "equal": lambda of: [
        of["Point"](1, 2) == of["Point"](1, 2),
        of["Point"](1, 2) == of["Point"](2, 1),
        of["Point"](1, note="a") == of["Point"](1, note="b"),
        of["Point"](1, parts=[1]) == of["Point"](1, parts=[2]),
        of["Alone"]((1,)) == of["Alone"](1),
        of["Alone"]() == of["Empty"](),
        of["Empty"]() == of["Empty"](),
        of["Open"](2) == of["Open"](2),
        of["Kind"](name="a", size=1) == of["Kind"](name="a", size=1),
        of["Own"](1) == of["Own"](2),
    ],
    "in sets": lambda of: [
        len({of["Point"](1, 2, parts=[1]), of["Point"](1, 2, "note", [1])}),
        len({of["Alone"](1), of["Alone"](2), of["Empty"](), of["Empty"]()}),
        hash(of["Own"](1)),
        of["Open"].__hash__,
        len({of["Kind"](name="a", size=1), of["Kind"](name="a", size=1)}),
    ],
    "replaced": lambda of: repr(dataclasses.replace(of["Point"](1, 2, parts=[3]), y=5)),
    "fields": lambda of: [(one.name, one.metadata) for one in dataclasses.fields(of["Kind"])],
    "as a dictionary": lambda of: dataclasses.asdict(of["Kind"](name="a", size=1)),
    "kept": lambda of: [of["Point"](1, 2).total, of["Point"].kind, of["Point"].__doc__],
    "matched": lambda of: of["Point"].__match_args__,
}


@pytest.mark.parametrize("case", CASES)
def test_as_the_standard_library(case: str) -> None:
    assert CASES[case](OURS) == CASES[case](THEIRS)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Point", {}),
        ("Point", {"x": 1, "z": 2}),
        ("Kind", {"name": "a"}),
        ("Kind", {"name": "a", "size": -1}),
    ],
)
def test_what_is_wrong_is_refused_alike(name: str, given: dict[str, Any]) -> None:
    told = []
    for classes_ in (OURS, THEIRS):
        with pytest.raises((TypeError, ValueError)) as error:
            classes_[name](**given)
        told.append(str(error.value))
    assert told[0] == told[1]
