"""Where a secret of a container comes from: the ways a spec names one.

Source: ECS API, data type Secret, `valueFrom`; ECS too reads a bare name as one of SSM Parameter Store.
"""

import re
from typing import Literal

from fargatectl.dataclass import dataclass

_ARN = re.compile(
    r"arn:aws[a-z-]*:(?:"
    r"(?P<secretsmanager>secretsmanager):[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(?::[^:\s]*){0,3}"
    r"|(?P<ssm>ssm):[a-z0-9-]+:\d{12}:parameter/[\w./-]+)",
    re.ASCII,
)
_PARAMETER = re.compile(r"[\w./-]{1,1011}", re.ASCII)  # SSM PutParameter, "Naming Constraints"
OWN = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}", re.ASCII)
"""Names of an app's own secrets: one part of a parameter's name."""
_SECRET = re.compile(r"[\w/+=.@-]{1,512}", re.ASCII)  # Secrets Manager CreateSecret, Name

_KEY = re.compile(r"[^:\s{}]{0,256}")  # ECS splits at colons; braces are this program's own


@dataclass(frozen=True)
class SecretSource:
    """A secret as a spec names it.

    Attributes:
        service: The AWS service that keeps it; ``app`` for the app's own, which lie in SSM too.
        name: Its name there, or its whole ARN (with Secrets Manager's `:json-key:stage:version` where given).
        key: The one of a secret in Secrets Manager that is a JSON object; all of it if empty.
        generated: Whether an own one gets a random value where it has none.
    """

    service: Literal["ssm", "secretsmanager", "app"]
    name: str
    key: str = ""
    generated: bool = False

    @property
    def is_arn(self) -> bool:
        """Whether `name` is an ARN, which ECS takes as it stands."""
        return self.name.startswith("arn:")


def secret_source(value: str) -> SecretSource:
    """What a secret's text means: an ARN, ``ssm:NAME``, ``secretsmanager:NAME`` (``:KEY`` of a JSON object),
    a bare parameter name, or one of the app's own: ``app:NAME``, ``generated:NAME``.

    Raises:
        ValueError: None of these. Its text leaves the value out: it may be a secret put here by mistake.
    """
    if match := _ARN.fullmatch(value):
        return SecretSource("ssm" if match["ssm"] else "secretsmanager", value)
    service, colon, name = value.partition(":")
    if colon and service in ("app", "generated") and OWN.fullmatch(name):
        return SecretSource("app", name, generated=service == "generated")
    secret, _, key = name.partition(":")
    if colon and service == "secretsmanager" and _SECRET.fullmatch(secret) and _KEY.fullmatch(key):
        return SecretSource("secretsmanager", secret, key=key)
    parameter = name if colon and service == "ssm" else value
    if _PARAMETER.fullmatch(parameter):
        return SecretSource("ssm", parameter)
    raise ValueError(
        "is not the name of a secret (and must not be its value): "
        "use app:NAME (set by fargatectl secret set), generated:NAME, ssm:NAME, secretsmanager:NAME[:KEY], "
        "or the ARN of a parameter or secret"
    )
