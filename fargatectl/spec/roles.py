"""What the app's code may do in AWS: a role of each service's own, or a given one."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model, Text

# IAM API reference, Role and Policy: names of up to 64 and 128 characters, paths of up to 512.
_WORD = r"[\w+=,.@-]"
_ROLE_ARN = rf"arn:aws[a-z-]*:iam::\d{{12}}:role/(?:[!-~]{{1,510}}/)?{_WORD}{{1,64}}"
_POLICY_ARN = rf"arn:aws[a-z-]*:iam::(?:aws|\d{{12}}):policy/(?:[!-~]{{1,510}}/)?{_WORD}{{1,128}}"

RoleArn = Annotated[
    str, fields.matching(_ROLE_ARN, "write a role's ARN, such as arn:aws:iam::123456789012:role/my-app")
]
PolicyArn = Annotated[
    str,
    fields.matching(_POLICY_ARN, "write a policy's ARN, such as arn:aws:iam::123456789012:policy/limits"),
]
Policy = Annotated[
    str,
    fields.matching(
        rf"{_POLICY_ARN}|{_WORD}{{1,128}}",
        "write the name of an AWS managed policy, such as AmazonS3ReadOnlyAccess, or a policy's ARN",
    ),
]
Action = Annotated[
    str, fields.matching(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+", "write an action such as s3:GetObject")
]


class Statement(Model):
    """A statement of the role's inline policy."""

    actions: Annotated[list[Action], shapes.distinct(1, 100)] = Field(
        description="Actions, such as `s3:GetObject` or `s3:Get*`."
    )
    resources: Annotated[list[Text], shapes.distinct(1, 100)] = Field(
        description=(
            "ARNs, or patterns of them. `{partition}`, `{region}` and `{id}` (the account) are filled in."
        )
    )
    effect: Annotated[Literal["Allow", "Deny"], fields.one_of({"allow": "Allow", "deny": "Deny"})] = Field(
        "Allow", description="`allow` or `deny`."
    )
    conditions: dict[Text, dict[Text, Text]] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "As in IAM: operator, condition key, value, such as `StringEquals: {aws:SourceVpc: vpc-1}`."
        ),
    )


class TaskRole(Model):
    """The role that a service's code acts as in AWS."""

    arn: RoleArn | None = Field(
        None, description="A role of yours, used as it is: tasks must be allowed to assume it."
    )
    policies: Annotated[list[Policy], shapes.distinct(1, 10)] | None = Field(
        None, description="Managed policies: names of AWS's own, or ARNs; at most 10."
    )
    statements: list[Statement] | None = Field(None, description="Statements of its inline policy.")

    @model_validator(mode="after")
    def _given_or_made(self) -> Self:
        made = bool(self.policies or self.statements)
        if self.arn and made:
            raise fields.fault(
                "arn is a role of yours, which is not changed: leave policies and statements out"
            )
        if not self.arn and not made:
            raise fields.fault("needs arn, policies or statements")
        return self


class Roles(Model):
    """What all roles that are made for the app have in common."""

    boundary: PolicyArn | None = Field(
        None, description="The permissions boundary of every role: the ARN of a managed policy."
    )
    path: (
        Annotated[
            str,
            fields.matching(
                r"/(?:[\w+=,.@-]+/){1,5}", "write a path such as /team/, with a slash at each end"
            ),
        ]
        | None
    ) = Field(
        None,
        description=(
            "A path that comes before fargatectl's own, for policies that bound who may make which roles; "
            "of roles made from then on: IAM moves none."
        ),
    )
