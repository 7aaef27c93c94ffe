"""What must be done before what: the order of work that a plan leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from fargatectl.dataclass import dataclass
from fargatectl.engine.plan import Change, Plan
from fargatectl.engine.resource import (
    KINDS,
    Live,
    Lookup,
    Resource,
    before,
    dependencies,
    kind_dependencies,
)


@dataclass(eq=False)
class Node:
    """One piece of work.

    Attributes:
        action: prepare, create, update, replace, settle (only follow what is under way), tidy (the end of an
            update) or delete.
        kind, id, name: Of the resource.
        needs: What must have ended well before.
        after: What of that must not even be held up by a person (`Settled.holds`).
        gives_way: Something goes once it has settled: what it was before must not need that any more.
    """

    action: str
    kind: str
    id: str
    name: str
    resource: Resource | None = None
    live: Live | None = None
    change: Change | None = None
    needs: set[Node] = field(default_factory=set)
    after: set[Node] = field(default_factory=set)
    gives_way: bool = False

    @property
    def is_there(self) -> bool:
        """Whether what it is about is there before it begins, and stays what it is to those who need it."""
        return self.action == "settle" or (self.action == "update" and not KINDS[self.kind].renews)

    @property
    def needs_presence(self) -> bool:
        """`Resource.needs_presence` of what it makes or changes."""
        return self.resource is not None and self.resource.needs_presence and self.action != "tidy"


def work(plan: Plan) -> list[Node]:
    """The nodes of a plan, with what each needs."""
    made: dict[Resource, Node] = {}
    nodes: list[Node] = []
    for change in plan.changes:
        if change.resource is not None:
            node = Node(change.action, change.kind, change.id, change.name,
                        change.resource, change.live, change)  # fmt: skip
            made[change.resource] = node
            if change.action != "update" and type(change.resource).prepare is not Resource.prepare:
                node.needs.add(Node("prepare", change.kind, change.id, change.name, change.resource))
                nodes += node.needs
            nodes.append(node)
    for resource in plan.desired:
        live = None if isinstance(resource, Lookup) else plan.outputs.live(resource)
        if live is not None and not live.settled and resource not in made:
            made[resource] = Node("settle", resource.kind, resource.id, resource.name, resource, live)
            nodes.append(made[resource])
    for resource, node in made.items():
        node.needs |= {made[one] for one in _ancestors(resource) if one in made}
        node.after = {made[one] for one in before(resource) if one in made}
    nodes += _tidying(made)
    nodes += _deletions(plan.changes, nodes)
    for node in nodes:
        if node.action in ("tidy", "delete") and not KINDS[node.kind].outlived:
            for one in node.needs:
                one.gives_way = True
    return nodes


def users(kinds: Iterable[type[Resource]] | None = None) -> dict[str, set[str]]:
    """For each kind, the kinds that depend on it, directly or through others."""
    known = list(kinds) if kinds is not None else list(KINDS.values())
    direct = {cls.kind: kind_dependencies(cls) for cls in known}
    found: dict[str, set[str]] = {}
    for kind in direct:
        reached: set[str] = set()
        pending = [kind]
        while pending:
            target = pending.pop()
            for user, needed in direct.items():
                if target in needed and user not in reached:
                    reached.add(user)
                    pending.append(user)
        found[kind] = reached
    return found


def _tidying(made: dict[Resource, Node]) -> list[Node]:
    found = []
    for resource, node in made.items():
        tidies = type(resource).tidy is not Resource.tidy
        if tidies and node.action == "update" and node.change is not None and _loses(node.change):
            after = {
                one
                for user, one in made.items()
                if resource in _ancestors(user) or one.kind in type(resource).gives_way_to
            }
            found.append(
                Node("tidy", node.kind, node.id, node.name, resource, node.live, None, {node, *after})
            )
    return found


def _loses(change: Change) -> bool:
    """Whether a list loses something that somebody may still use, or a text that named it becomes empty."""
    return any(
        not (isinstance(one.new, tuple) and set(one.old) <= set(one.new))
        if isinstance(one.old, tuple)
        else isinstance(one.old, str) and bool(one.old) and not one.new
        for one in change.fields
    )


def _deletions(changes: Sequence[Change], others: Sequence[Node]) -> list[Node]:
    """Reverse dependency order, kind by kind: what is left of a spec no longer says who used whom."""
    deletions = [
        Node("delete", change.kind, change.live.id, change.live.name, None, change.live, change)
        for change in changes
        if change.live is not None and change.action in ("delete", "replace")
    ]
    if not deletions:  # reading the types of all kinds takes as long as making a client
        return []
    after = users()
    for node in deletions:
        kinds = after[node.kind]
        node.needs = {one for one in [*others, *deletions] if one.kind in kinds}
        # What takes its place comes first: under another name, that may be any of its kind.
        places = {node.kind, *KINDS[node.kind].gives_way_to}
        node.needs |= {one for one in others if one.kind in places}
        node.after = node.needs  # tasks of the old version may use it still
    return deletions


def _ancestors(resource: Resource) -> list[Resource]:
    found: list[Resource] = []
    pending = dependencies(resource)
    while pending:
        one = pending.pop()
        if one not in found:
            found.append(one)
            pending += dependencies(one)
    return found
