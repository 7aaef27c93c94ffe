"""What came back, held against AWS's own model of it: whatever else it may be, it is not AWS's answer.

botocore takes a great deal for an answer: a login page in place of JSON is an empty one to it, and an empty
one says that nothing is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fargatectl.errors import UnreachableError

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "character": str, "boolean": bool, "integer": int, "long": int, "float": (int, float),
    "double": (int, float), "timestamp": datetime, "list": list, "map": dict, "structure": dict,
}  # fmt: skip
_DECODED = "policyDocumentType"  # of IAM: a text, which botocore decodes


def not_aws(service: str, operation: str, why: str) -> UnreachableError:
    """The error for an answer that cannot be AWS's."""
    return UnreachableError(
        f"what answered {service}:{operation} is not AWS: {why}",
        hint="A proxy or login page may stand in between. Check the network and AWS_ENDPOINT_URL.",
        code="aws.unreachable",
    )


class Answer(dict[str, Any]):
    """A structure of an answer; a member that is asked for and lacking means that it is not AWS's."""

    def __init__(self, members: Mapping[str, Any], service: str, operation: str) -> None:
        super().__init__(members)
        self._of = service, operation

    def __missing__(self, key: str) -> Any:
        raise not_aws(*self._of, f"it has no {key}")


def checked(answer: Mapping[str, Any], shape: Any, service: str, operation: str) -> Answer:
    """The answer, each value of the type that AWS's model gives it.

    Args:
        answer: As botocore's client returns it.
        shape: The operation's output shape; None where it has none.

    Raises:
        UnreachableError: A value has another type.
    """

    def check(value: Any, model: Any, where: str) -> Any:
        kind = _TYPES.get(model.type_name, object)
        fits = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
        if not fits and not (model.name == _DECODED and isinstance(value, dict)):
            raise not_aws(service, operation, f"its {where} is no {model.type_name}")
        if model.type_name == "list":
            return [check(item, model.member, where) for item in value]
        if model.type_name == "map":
            return {key: check(item, model.value, where) for key, item in value.items()}
        if model.type_name != "structure":
            return value
        # What AWS has added since has no model yet.
        known = {name: check(item, model.members[name], name) if name in model.members else item
                 for name, item in value.items()}  # fmt: skip
        return Answer(known, service, operation)

    return check(answer, shape, "answer") if shape is not None else Answer(answer, service, operation)


def refuse_text(response_dict: Mapping[str, Any], operation_model: Any, **_: Any) -> None:
    """A handler of botocore's ``before-parse``: a body that is no JSON where JSON is due is not AWS's.

    Raises:
        ValueError: It is not.
    """
    service = operation_model.service_model
    if service.resolved_protocol != "json" or response_dict["status_code"] >= 300:
        return
    if not isinstance(json.loads(response_dict["body"] or b"{}"), dict):
        raise ValueError("not a JSON object")
