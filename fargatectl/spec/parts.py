"""The parts of a spec that services and the app are made of, and the names they use; see `models`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from fargatectl.spec import fields, shapes

# pydantic would look for plugins in the metadata of every package that is installed ("Pydantic Plugins").
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

NAME = r"[a-z][a-z0-9-]{0,31}"
NAME_RULE = "use 1 to 32 lower-case letters, digits and -, starting with a letter"
# ECR API, RepositoryName; ECS API, CreateCluster and ContainerDefinition.
_REPOSITORY = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
_ECS_NAME = r"[A-Za-z0-9_-]{1,255}"
_ECS_RULE = "use 1 to 255 letters, digits, - and _"
_IMAGE = (  # the grammar of github.com/distribution/reference
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)

# CloudWatch Logs API, PutRetentionPolicy, retentionInDays.
RETENTION = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

Name = Annotated[str, fields.matching(NAME, NAME_RULE)]
EcsName = Annotated[str, fields.matching(_ECS_NAME, _ECS_RULE)]
Repository = Annotated[
    str,
    fields.matching(
        f"(?=.{{2,256}}$){_REPOSITORY}",
        "use 2 to 256 lower-case letters and digits, with single . _ / or - between them",
    ),
]
Image = Annotated[
    str,
    fields.matching(
        _IMAGE, "write an image such as nginx:1.27 or registry.example.com/team/app:v1", longest=1024
    ),
]
Region = Annotated[
    str, fields.matching(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}", "write a region such as us-east-1")
]
Text = Annotated[str, fields.text()]
EnvName = Annotated[
    str, fields.matching(r"[A-Za-z_][A-Za-z0-9_]*", "use letters, digits and _, not starting with a digit")
]


def _aws_id(prefix: str) -> fields.Reader:
    return fields.matching(
        rf"{prefix}-[0-9a-f]{{8}}(?:[0-9a-f]{{9}})?", f"write an id such as {prefix}-0a1b2c3d4e5f60718"
    )


VpcId = Annotated[str, _aws_id("vpc")]
SubnetId = Annotated[str, _aws_id("subnet")]
SecurityGroupId = Annotated[str, _aws_id("sg")]


class Model(BaseModel):
    """Base of all: no unknown keys, no changes, and a key without a value counts as not given.

    Models are much of what a command loads of ours. So a file with models postpones no annotations, which
    pydantic would compile one by one, and a model is only made ready where one is read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        optional = {name for name, info in cls.model_fields.items() if not info.is_required()}
        return {key: value for key, value in data.items() if value is not None or key not in optional}


class Build(Model):
    """An image that is built from a folder with a Dockerfile."""

    context: Annotated[Path, fields.text()] = Field(
        description="The folder that is sent to the build, relative to the spec file's folder."
    )
    dockerfile: Annotated[str, fields.text()] = Field(
        "Dockerfile", description="The Dockerfile's path, relative to the context."
    )
    args: dict[EnvName, Text] = Field(
        default_factory=fields.fresh(dict),
        description="Build arguments (`ARG` in the Dockerfile). Never put secrets here: images keep them.",
    )
    target: Annotated[str, fields.text()] | None = Field(
        None, description="The stage of the Dockerfile to build; the last one if not given."
    )
    platform: (
        Annotated[
            str,
            fields.matching(
                r"linux/(?:amd64|arm64)", "Fargate runs linux/amd64 and linux/arm64; Windows is not supported"
            ),
        ]
        | None
    ) = Field(None, description="The platform to build for; follows from `architecture` if not given.")

    @field_validator("context")
    @classmethod
    def _from_spec_folder(cls, context: Path, info: ValidationInfo) -> Path:
        folder = (info.context or {}).get("folder")
        # Path.resolve() would raise at a link that leads to itself.
        return Path(os.path.realpath(folder / context)) if folder else context


class HealthCheck(Model):
    """A command that ECS runs inside the container to see whether it is well (it ignores HEALTHCHECK)."""

    command: Annotated[list[Text], shapes.health_command()] = Field(
        description=(
            "What to run: a text for the container's shell (CMD-SHELL), or a list to run directly (CMD). "
            "Exit code 0 means healthy."
        )
    )
    interval: Annotated[int, fields.seconds(5, 300)] = Field(
        5,
        description=(
            "Seconds between two checks, 5 to 300. ECS's own default is 30; 5 makes deployments faster."
        ),
    )
    timeout: Annotated[int, fields.seconds(2, 60)] = Field(
        5, description="Seconds after which a check counts as failed, 2 to 60."
    )
    retries: Annotated[int, fields.whole(1, 10)] = Field(
        3, description="Failed checks in a row that make the container unhealthy, 1 to 10."
    )
    start_period: Annotated[int, fields.seconds(0, 300)] = Field(
        0, description="Seconds after the start in which failed checks do not count, 0 to 300."
    )


class Logs(Model):
    """The app's log group in CloudWatch Logs."""

    retention_days: Annotated[int, fields.one_number_of(RETENTION)] = Field(
        30, description="Days that log lines are kept, one of the numbers CloudWatch Logs allows."
    )
    log_class: Annotated[
        Literal["STANDARD", "INFREQUENT_ACCESS"],
        fields.one_of({"standard": "STANDARD", "infrequent_access": "INFREQUENT_ACCESS"}),
    ] = Field(
        "STANDARD",
        description=(
            "The log class: standard, or infrequent_access, which costs half and is read with Logs Insights: "
            "`fargatectl logs` and explanations of failures may find no lines there. AWS cannot change the "
            "class of a log group, and fargatectl removes none for that: it says so."
        ),
    )
