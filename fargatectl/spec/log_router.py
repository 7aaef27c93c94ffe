"""A log router (FireLens): a container of each task that sends on what the others print.

Sources: the Amazon ECS developer guide, "Send Amazon ECS logs to an AWS service or AWS Partner" and
"Configuring Amazon ECS logs for high throughput"; ECS API reference, FirelensConfiguration.
"""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from fargatectl.spec import fields
from fargatectl.spec.parts import Image, Model, Text

NAME = "log_router"
"""Its container's name, which AWS's own examples use."""
IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"
_BUFFER = "log-driver-buffer-limit"
_MOST_LINES = 536_870_911  # "less than 536870912"

Option = Annotated[
    str,
    fields.matching(r"[A-Za-z@][A-Za-z0-9@_.-]{0,127}", "is no name of an option, such as Name or region"),
]


class LogRouter(Model):
    """Sends what the task's containers print somewhere else than CloudWatch Logs, or there in another way."""

    type: Annotated[
        Literal["fluentbit", "fluentd"],
        fields.one_of({"fluentbit": "fluentbit", "fluentd": "fluentd"}),
    ] = Field("fluentbit", description="Its program: `fluentbit` or `fluentd`.")
    image: Image = Field(IMAGE, description="Its image; AWS's own of Fluent Bit if not given.")
    config_file: (
        Annotated[str, fields.matching(r"/[^\s:]{1,254}", "write an absolute path inside its image")] | None
    ) = Field(
        None,
        description=(
            "A configuration file in its image, for filters or several destinations. Fargate takes none "
            "from S3."
        ),
    )
    metadata: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="Whether each line gets the names of cluster, task and task definition."
    )
    options: dict[Option, Text] = Field(
        default_factory=fields.fresh(dict),
        description=(
            "Where lines go: the options of an output of Fluent Bit, `Name` and more, or of Fluentd, `@type` "
            "and more. What they need in AWS belongs in the service's `role`."
        ),
    )
    secrets: dict[Option, Annotated[str, fields.secret()]] = Field(
        default_factory=fields.fresh(dict),
        description="Options filled from a secret when the task starts, such as `apikey`.",
    )
    buffer_lines: Annotated[int, fields.whole(0, _MOST_LINES)] | None = Field(
        None,
        description=(
            "Lines kept in memory while the router does not take them; nothing ever waits for it, further "
            "lines are lost. ECS's default is 1048576."
        ),
    )

    @field_validator("options")
    @classmethod
    def _of_the_output(cls, options: dict[str, str]) -> dict[str, str]:
        if _BUFFER in options:
            raise fields.fault("is set by buffer_lines", _BUFFER)
        return options

    @field_validator("secrets")
    @classmethod
    def _once(cls, secrets: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        for name in secrets:
            if name in info.data.get("options", {}):
                raise fields.fault("is set in options as well: keep it in one of them", name)
        return secrets

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        first = "Name" if self.type == "fluentbit" else "@type"
        given = {name.lower() for name in self.options}  # Fluent Bit's are the same in any case
        if not self.config_file and first.lower() not in given:
            raise fields.fault(
                f"needs {first}, the output that lines go to, such as "
                f"{'cloudwatch_logs' if first == 'Name' else 'cloudwatch_logs or s3'}, or a config_file",
                "options",
            )
        return self

    def driver_options(self) -> dict[str, str]:
        """The options of the log driver ``awsfirelens``, as ECS takes them."""
        buffer = {} if self.buffer_lines is None else {_BUFFER: str(self.buffer_lines)}
        return {**self.options, **buffer}


def router_faults(
    service: str, own: str, router: LogRouter | None, sidecars: Collection[str]
) -> Iterator[PydanticCustomError]:
    """A container of the task that has the router's name.

    Args:
        own: The name of the service's container.
    """
    if router is None:
        return
    if NAME in sidecars:
        yield fields.fault(
            "has the name of the log router's container: give it another", service, "sidecars", NAME
        )
    if own == NAME:
        yield fields.fault("is the name of the log router's container: give another", service, "container")
