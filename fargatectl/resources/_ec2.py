"""What EC2 gives an id and no name of its own: the parts of a network, known by their tags alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.resource import Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_APP, TAG_ENVIRONMENT, TAG_ID, Scope
from fargatectl.engine.tools import Tools
from fargatectl.resources._tags import index, read, upper

Filters = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ec2Resource(Resource):
    """A part of a network. Whatever its Name tag says by now, its ``fargatectl:id`` tag tells which it is."""

    doubles: ClassVar[bool] = True
    looks: ClassVar[str]
    """The action with which AWS shows all of the kind; it scopes none of them to a resource."""

    @property
    def address(self) -> str:
        return self.id

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        return (Right((Operation.SEARCH,), (cls.looks,)),)

    def permissions(
        self,
        territory: Territory,
        *,
        creates: str,
        deletes: Sequence[str],
        updates: Sequence[str] = (),
        alone: bool = False,
    ) -> tuple[Right, ...]:
        """The rights of a kind.

        EC2 gives ids by chance and asks for a call on things of several types: tags tell them apart.

        Args:
            creates: Such as ``CreateVpc``.
            alone: It is made of nothing else of the network.
        """
        things = (territory.arn("ec2", "*/*"),)
        tagged, to_tag = territory.tagged("aws:ResourceTag"), territory.tagged("aws:RequestTag")
        # Told by AWS with the tags of a call that makes something, and with no others.
        making = {"StringLike": {"ec2:CreateAction": "?*"}}
        create, removal = (Operation.CREATE,), (Operation.DELETE, Operation.PRUNE)
        return (
            Right((Operation.FIND,), (self.looks,)),
            Right(create, (f"ec2:{creates}",), things, to_tag),
            *(() if alone else (Right(create, (f"ec2:{creates}",), things, tagged),)),
            Right(create, ("ec2:CreateTags",), things, making),
            Right((Operation.UPDATE,), tuple(f"ec2:{one}" for one in updates), things, tagged),
            Right(removal, tuple(f"ec2:{one}" for one in deletes), things, tagged),
        )

    def marked(self, tools: Tools, kind: str) -> list[dict[str, Any]]:
        """``TagSpecifications`` of the call that makes it.

        Args:
            kind: EC2's ``ResourceType``, such as ``vpc``.
        """
        tags = upper({"Name": self.name, **tools.scope.tags(self.id)})
        return [{"ResourceType": kind, "Tags": tags}]

    def made(self, answer: Mapping[str, Any], fields: Mapping[str, object], **more: Any) -> Live:
        """What the call that makes it has made; `more` as in `live`."""
        return live(type(self), None, {"Tags": None, **answer}, fields, wanted=self, **more)


def sought(look: Look, wanted: Iterable[object], kind: str) -> bool:
    """Whether AWS is asked for the app's own of a kind: a spec that has no network costs no call.

    Args:
        kind: As in an ARN, such as ``natgateway``.
    """
    if any(True for _ in wanted) or look.thorough:
        return True
    parts = (arn.split(":", 5) for arn in index(look))
    return any(one[2] == "ec2" and one[5].partition("/")[0] == kind for one in parts)


def ours(scope: Scope) -> Filters:
    """The filters that leave what carries the app's tags."""
    return [
        {"Name": f"tag:{TAG_APP}", "Values": [scope.app]},
        {"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [scope.environment]},
    ]


def live(
    cls: type[Resource],
    scope: Scope | None,
    shown: Mapping[str, Any],
    fields: Mapping[str, object],
    *,
    key: str,
    outputs: Mapping[str, str] | None = None,
    settled: bool = True,
    wanted: Resource | None = None,
    raw: Mapping[str, Any] | None = None,
    **extra: Any,
) -> Live:
    """One of them as EC2 shows it.

    Args:
        scope: Whose it may be; None for what was made just now for `wanted`.
        shown: The answer's part about it.
        key: Of its EC2 id in `shown`, such as ``VpcId``; the id is its output ``arn``.
        raw: As `Live.raw`, beside `shown`.
    """
    tags = read(shown.get("Tags"))
    own_id = wanted.id if wanted is not None else tags.get(TAG_ID, "")
    return Live(
        cls.kind,
        own_id,
        wanted.name if wanted is not None else tags.get("Name") or str(shown[key]),
        own_id,
        scope is None or scope.owns(tags),
        fields,
        {"arn": str(shown[key]), **(outputs or {})},
        settled=settled,
        extra=extra,
        raw={} if wanted is not None else {**shown, **(raw or {})},
    )
