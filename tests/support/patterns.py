"""The rules for names and tags that AWS enforces and botocore does not check before it sends.

Sources: the API references of IAM (CreateRole), EC2 (CreateSecurityGroup), ECS (CreateCluster, CreateService,
RegisterTaskDefinition), ECR (CreateRepository), CloudWatch Logs (CreateLogGroup); the general tagging rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_ECS_NAME = r"[A-Za-z0-9_-]{1,255}"
_SG_TEXT = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}"

RULES: dict[tuple[str, str], str] = {
    ("CreateRole", "RoleName"): r"[\w+=,.@-]{1,64}",
    ("CreateRole", "Path"): r"/([\u0021-\u007E]{1,510}/)?",
    ("CreateRole", "Description"): r"[\t\n\r\x20-\x7e\xa1-\xff]{0,1000}",
    ("PutRolePolicy", "PolicyName"): r"[\w+=,.@-]{1,128}",
    ("CreateSecurityGroup", "GroupName"): rf"(?!sg-){_SG_TEXT}",
    ("CreateSecurityGroup", "Description"): _SG_TEXT,
    ("CreateCluster", "clusterName"): _ECS_NAME,
    ("CreateService", "serviceName"): _ECS_NAME,
    ("CreateService", "clientToken"): r"[\x21-\x7e]{1,36}",
    ("RegisterTaskDefinition", "family"): _ECS_NAME,
    ("CreateRepository", "repositoryName"):
        r"(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
    ("CreateLogGroup", "logGroupName"): r"[.\-_/#A-Za-z0-9]{1,512}",
}  # fmt: skip

_TAG_KEY, _TAG_VALUE = r"(?!aws:)[\w .:/=+@-]{1,128}", r"[\w .:/=+@-]{0,256}"
_MOST_TAGS = 50


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise AssertionError where AWS would refuse a name or a tag."""
    for name, value in parameters.items():
        rule = RULES.get((operation, name))
        assert rule is None or re.fullmatch(rule, value), f"{operation} {name}={value!r} is not {rule}"
    pairs = list(_tags(parameters))
    assert len(pairs) <= _MOST_TAGS
    for key, value in pairs:
        assert re.fullmatch(_TAG_KEY, key), f"{operation}: tag key {key!r}"
        assert re.fullmatch(_TAG_VALUE, value), f"{operation}: tag value {value!r}"
    for container in parameters.get("containerDefinitions", ()):
        assert re.fullmatch(_ECS_NAME, container["name"]), container["name"]


def _tags(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("tags", "Tags"):
        given = parameters.get(name) or ()
        if isinstance(given, Mapping):
            yield from given.items()
        else:
            yield from ((one.get("Key", one.get("key")), one.get("Value", one.get("value"))) for one in given)
    for specification in parameters.get("TagSpecifications", ()):
        yield from _tags({"Tags": specification["Tags"]})
