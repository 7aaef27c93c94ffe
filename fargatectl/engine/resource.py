"""What a kind of resource is: the contract between `fargatectl.resources` and the engine.

A resource is a frozen dataclass. Its fields say what the spec asks for; a field that holds another
resource (or a tuple of them) is a dependency. Fields are compared with what AWS has, one by one;
`field(metadata=FIXED)` marks one that AWS cannot change in place, `metadata=SET_ONCE` one that a further
call sets and nothing changes then, `metadata=IDENTITY` one that only finds the resource again and is never
compared, and `metadata=AFTER` one that only names what must have come to its end before.

A kind writes `find`, `create`, `update` and `delete`, one AWS state change at a time, and no loops or
sleeps: the engine waits, retries and orders. `create` makes ONE call with the tags inside it; whatever AWS
wants in further calls (a policy, a retention, rules) is left to `update`, which the engine calls with the
fields that still differ. So a half-made resource is completed on the same path as a changed one.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from fargatectl.dataclass import dataclass
from fargatectl.engine.overrides import NONE, Overridable, Overrides

if TYPE_CHECKING:
    from fargatectl.engine.observe import Look
    from fargatectl.engine.outputs import Outputs
    from fargatectl.engine.rights import Right, Territory
    from fargatectl.engine.tools import Tools

FIXED: Mapping[str, bool] = {"fixed": True}
SET_ONCE: Mapping[str, bool] = {"fixed": True, "once": True}
IDENTITY: Mapping[str, bool] = {"identity": True}
AFTER: Mapping[str, bool] = {"identity": True, "after": True}

KINDS: dict[str, type[Resource]] = {}
"""Every concrete kind by name, filled as their modules are imported."""


@dataclass(frozen=True)
class Live:
    """One thing as it stands in AWS.

    Attributes:
        kind: Such as ``ecs.service``.
        id: The ``fargatectl:id`` it was made with; empty when it is somebody else's.
        name: Its name in AWS.
        address: What a wanted resource is matched by: the name, with its parent's where names repeat.
        owned: Whether its tags (or its path, for IAM) say that this app and environment made it.
        fields: What it is, in the shape and under the names of the kind's dataclass fields.
        outputs: What others need of it, such as its ``arn``.
        settled: False while AWS is still changing it.
        fingerprint: Of the wanted fields that an immutable thing was made from; see `Resource.fingerprint`.
        summary: How it came to be, for people, such as ``pushed 2 of 7 layers``.
        extra: Whatever the kind itself needs later, to delete or to follow it.
        raw: As AWS describes it, where fields of it may be overridden.
    """

    kind: str
    id: str
    name: str
    address: str
    owned: bool
    fields: Mapping[str, object] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    settled: bool = True
    fingerprint: str = ""
    summary: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldChange:
    """One field that differs, `field` dotted where only a part of a mapping does."""

    field: str
    old: object
    new: object
    fixed: bool = False

    @property
    def root(self) -> str:
        """The dataclass field this belongs to."""
        return self.field.partition(".")[0]


@dataclass(frozen=True)
class NotYet:
    """It has not settled: ask again after `seconds`; `text` says how far it is, for people."""

    text: str
    seconds: float = 2.0


@dataclass(frozen=True)
class Settled:
    """It has settled.

    Attributes:
        summary: How, for people.
        holds: It goes on only once somebody has said so. What must come after it (`AFTER`), and what removes
            something that it may still use, is left for a later run; this says why, for people.
    """

    summary: str = ""
    holds: str = ""


class Watch(Protocol):
    """Follows one resource until it has settled."""

    def poll(self) -> NotYet | Settled:
        """Look once; raise when it has failed."""

    def abandon(self) -> str:
        """What still goes on when nobody follows it any more, for people."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource(ABC):
    """A wanted resource; see the module's docstring for the contract."""

    kind: ClassVar[str]
    follows: ClassVar[bool] = False
    """Whether `watch` follows a rollout, which ``--no-wait`` leaves out."""
    usable_early: ClassVar[bool] = False
    """Whether what needs it may begin once it is made: only the end of the run waits until it has settled."""
    needs_presence: ClassVar[bool] = False
    """Whether it may begin as soon as all that it needs is there, complete or not: AWS asks for no more. What
    needs it in turn still waits for all of that."""
    renews: ClassVar[bool] = False
    """Whether an update gives it new outputs: a new revision."""
    doubles: ClassVar[bool] = False
    """Whether AWS makes another one each time that it is asked: after a call that nobody knows the end of,
    the engine looks for one of this `fingerprint` before it asks again."""

    assigned: ClassVar[frozenset[str]] = frozenset()
    """Fields that no `fingerprint` covers, as AWS gives them: compared even where it is equal."""

    remade: ClassVar[frozenset[str]] = frozenset()
    """Fields that get another value, which no `fingerprint` covers, when what they refer to is made anew."""

    outlived: ClassVar[bool] = False
    """Whether whoever used it before does without it: nobody's end is waited for before it goes."""

    data: ClassVar[str] = ""
    """What people put into it that AWS could not give back, such as ``files``: it is removed only at their
    word (``down --delete-data``), and kept and told of otherwise."""

    gives_way_to: ClassVar[frozenset[str]] = frozenset()
    """Kinds that may take its place though nothing holds the two together: another way to the same end. It
    is deleted, or loses something (`tidy`), only once all of them that a run makes or changes has settled."""

    if_foreign: ClassVar[str] = (
        "Choose another app, cluster or repository name in the spec, another environment (-e), "
        "or remove it yourself if nobody needs it."
    )
    """What to do where somebody else's has the wanted name."""

    overridable: ClassVar[Overridable | None] = None
    """What of its requests the spec may set itself (``overrides``); None: nothing."""

    id: str = field(metadata=IDENTITY)
    name: str = field(metadata=IDENTITY)
    overrides: Overrides = field(default=NONE, metadata=IDENTITY)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" not in vars(cls):
            return
        names = {name for base in cls.__mro__ for name in vars(base)}
        missing = {name for name in names if getattr(getattr(cls, name, None), "__isabstractmethod__", False)}
        if missing:
            raise TypeError(f"{cls.__name__} ({cls.kind}) lacks {', '.join(sorted(missing))}")
        if cls.kind in KINDS:
            raise TypeError(f"{cls.__name__} and {KINDS[cls.kind].__name__} are both of the kind {cls.kind}")
        KINDS[cls.kind] = cls

    @property
    def address(self) -> str:
        """What a live resource is matched by; see `Live.address`."""
        return self.name

    @property
    def fingerprint(self) -> str:
        """Hash of all its wanted fields, for kinds whose things never change once made; else empty.

        Equal to the live one's, the fields need neither be read nor compared.
        """
        return ""

    @classmethod
    @abstractmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        """Everything of this kind that the app owns, and whatever else holds a name in `wanted`."""

    @abstractmethod
    def create(self, tools: Tools, outputs: Outputs) -> Live:
        """Make it in one call, tags included; the answer's fields say what that call has set."""

    @abstractmethod
    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        """Set the fields (by root name) that differ; return it as it is then."""

    @classmethod
    @abstractmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        """Ask AWS to remove it."""

    def values(self, outputs: Outputs) -> dict[str, object]:
        """The fields as AWS would show them, references resolved; the shape of `Live.fields`."""
        return {spec.name: outputs.resolve(getattr(self, spec.name)) for spec in compared(type(self))}

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        """Outputs that are known before it exists, such as an ARN made of names."""
        return {}

    def parts(self, member: str) -> Collection[str]:
        """The names of which alone a map in place of a list in a request may speak; empty: of any."""
        return ()

    def overriding(self, api: str = "") -> tuple[str, ...]:
        """The actions that only an override makes the tool ask for.

        Args:
            api: What they begin with, such as ``iam``; empty: their bare names.
        """
        return tuple(f"{api}:{one}" if api else one for one in self.overrides.operations())

    def rights(self, territory: Territory) -> Sequence[Right]:
        """The permissions that its operations need, for ``fargatectl policy``."""
        return ()

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        """The permissions that a thorough look takes even where the spec has none of the kind."""
        return ()

    def prepare(self, tools: Tools) -> None:  # noqa: B027 - most kinds have nothing to prepare
        """Work for a creation that needs nothing from AWS, begun at once: a build."""

    def tidy(  # noqa: B027 - an update of most kinds shuts nobody out
        self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs
    ) -> None:
        """End what `update` has left as it was for those who still use it.

        Done once all that depends on it has settled, and not at all where one of them fails: then the
        version that went on serving needs it. The next run sees the difference.

        Args:
            live: As it was before the update.
            fields: As `update` gets them.
        """

    def watch(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        """Who follows it until it has settled; None where the last call already settles it."""
        return None

    def leaves(self, tools: Tools, live: Live, outputs: Outputs) -> Watch | None:
        """Who follows what it was before, once it has settled; None where nothing is left of that.

        Only asked where something else is to go afterwards.
        """
        return None

    @classmethod
    def gone(cls, tools: Tools, live: Live) -> NotYet | Settled:
        """Whether a deletion is complete."""
        return Settled()


class Lookup(Resource):
    """Something that must be there and is only looked at: a VPC, the account.

    `find` returns exactly one owned `Live` for each wanted one, or raises what is missing.
    """

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        raise TypeError(f"{self.kind} is only looked up")

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        raise TypeError(f"{self.kind} is only looked up")

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        raise TypeError(f"{cls.kind} is only looked up")

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {}


def compared(cls: type[Resource]) -> Iterator[dataclasses.Field[Any]]:
    """The fields of a kind that are compared with AWS."""
    return (spec for spec in dataclasses.fields(cls) if not spec.metadata.get("identity"))


def dependencies(resource: Resource) -> list[Resource]:
    """The resources that this one's fields hold, in field order."""
    found: list[Resource] = []
    for spec in dataclasses.fields(resource):
        value = getattr(resource, spec.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Resource) and item not in found:
                found.append(item)
    return found


def before(resource: Resource) -> list[Resource]:
    """What must have come to its end before a resource is touched, one by one or by way of another."""
    found: list[Resource] = []
    pending = [resource]
    while pending:
        one = pending.pop()
        for spec in dataclasses.fields(one):
            if spec.metadata.get("after"):
                new = [other for other in getattr(one, spec.name) if other not in found]
                found += new
                pending += new
    return found


def kind_dependencies(cls: type[Resource]) -> set[str]:
    """The kinds that a kind's field types name: what must outlive it when both are deleted."""
    hints = typing.get_type_hints(cls)
    found: set[str] = set()
    pending = [hints[spec.name] for spec in dataclasses.fields(cls)]
    while pending:
        hint = pending.pop()
        if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
            if issubclass(hint, Resource) and "kind" in vars(hint):
                found.add(hint.kind)
        else:
            pending.extend(arg for arg in typing.get_args(hint) if arg is not Ellipsis)
    return found - {cls.kind}
