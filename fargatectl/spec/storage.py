"""File systems whose files outlive tasks and deployments: Amazon EFS."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from fargatectl.spec import fields
from fargatectl.spec.parts import Model, Name

if TYPE_CHECKING:
    from fargatectl.spec.models import Service

# EFS API reference, TransitionToIA.
INFREQUENT_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
_MOST_MIBPS = 3414  # Amazon EFS quotas, provisioned throughput
_MOST_ID = 2**32 - 1
_ELASTIC, _BURSTING = "elastic", "bursting"


def _throughput() -> fields.Reader:
    """``elastic``, ``bursting``, or MiB/s that are provisioned."""

    def read(value: object) -> str:
        written = fields.as_text(value).strip().lower()
        if written in (_ELASTIC, _BURSTING):
            return written
        if not written.isdigit() or not written.isascii() or not 1 <= int(written[:9]) <= _MOST_MIBPS:
            raise fields.fault(
                f"must be elastic, bursting or a number of MiB/s from 1 to {_MOST_MIBPS} to provision, "
                f"not {fields.describe(value)}"
            )
        return str(int(written))

    number = {"type": "integer", "minimum": 1, "maximum": _MOST_MIBPS}
    return fields.Reader(read, {"anyOf": [{"enum": [_ELASTIC, _BURSTING]}, number]})


def _owner() -> fields.Reader:
    """A POSIX user as ``uid:gid``; one number is both."""

    def read(value: object) -> str:
        uid, colon, gid = fields.as_text(value).strip().partition(":")
        ids = (uid, gid if colon else uid)
        if not all(one.isdigit() and one.isascii() and int(one[:11]) <= _MOST_ID for one in ids):
            raise fields.fault(
                f"{fields.describe(value)} is not a POSIX user: write uid or uid:gid in numbers"
            )
        return f"{int(ids[0])}:{int(ids[1])}"

    pattern = {"type": "string", "pattern": "^[0-9]{1,10}(:[0-9]{1,10})?$"}
    return fields.Reader(read, {"anyOf": [{"type": "integer", "minimum": 0}, pattern]})


class FileSystem(Model):
    """A file system of Amazon EFS, encrypted, that containers mount by its name."""

    id: (
        Annotated[
            str,
            fields.matching(r"fs-(?:[0-9a-f]{8}|[0-9a-f]{17})", "write an id such as fs-0a1b2c3d4e5f60718"),
        ]
        | None
    ) = Field(
        None,
        description=(
            "One that is there already, with mount targets that let the tasks in; none is made, changed or "
            "removed then. It comes with `path` or `access_point`."
        ),
    )
    access_point: (
        Annotated[
            str,
            fields.matching(
                r"fsap-(?:[0-9a-f]{8}|[0-9a-f]{17})", "write an id such as fsap-0a1b2c3d4e5f60718"
            ),
        ]
        | None
    ) = Field(None, description="An access point of the file system `id`, in place of one that is made.")
    path: (
        Annotated[
            str,
            fields.matching(
                r"/|(?:/[^\s/$#<>;`|&?{}^*\\]{1,60}){1,4}", "write a folder such as /data, at most 4 deep"
            ),
        ]
        | None
    ) = Field(
        None,
        description=(
            "The folder of the file system that containers see, made when it is not there: /data if not "
            "given. `/` is for a file system that is there already."
        ),
    )
    user: Annotated[str, _owner()] = Field(
        "1000:1000",
        description=(
            "The POSIX user, uid or uid:gid, as whom all files are read and written, whichever user a "
            "container runs as; the folder is made as that user's. 0 is root and needs `root_access`."
        ),
    )
    permissions: Annotated[str, fields.matching("0?[0-7]{3}", "write octal digits such as 755")] = Field(
        "755", description="Of the folder when it is made."
    )
    root_access: Annotated[bool, fields.yes_or_no()] = Field(
        False, description="Whether tasks may act as root on it (`elasticfilesystem:ClientRootAccess`)."
    )
    throughput: Annotated[str, _throughput()] = Field(
        _ELASTIC,
        description=(
            "`elastic` grows with the load and is paid for by use, `bursting` grows with what is stored, a "
            "number is so many MiB/s that are kept ready and paid for. AWS allows one change a day."
        ),
    )
    backup: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="Whether AWS Backup keeps a copy of each day for five weeks."
    )
    infrequent_access_days: Annotated[int, fields.one_number_of(INFREQUENT_DAYS)] | None = Field(
        None,
        description=(
            "Files that nobody reads for so many days move to the cheaper Infrequent Access storage; never, "
            "if not given."
        ),
    )

    @field_validator("access_point")
    @classmethod
    def _of_a_file_system(cls, point: str | None, info: ValidationInfo) -> str | None:
        if point is not None and info.data.get("id", "") is None:
            raise fields.fault("needs id: the file system whose access point it is")
        return point

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.user.startswith("0:") and not self.root_access:
            raise fields.fault("is root, who needs root_access: true", "user")
        if self.id is None:
            if self.path == "/":
                raise fields.fault("is root's in a new file system: name a folder, such as /data", "path")
            return self
        if (self.path is None) == (self.access_point is None):
            raise fields.fault("needs path or access_point beside it, and not both", "id")
        theirs = ("throughput", "backup", "infrequent_access_days")
        own = (*theirs, *(("user", "permissions") if self.access_point else ()))
        for name in own:
            if name in self.model_fields_set:
                what = "a file system" if name in theirs else "an access point"
                raise fields.fault(f"belongs to {what} that is made, and this one is there already", name)
        return self


FileSystems = Annotated[
    dict[Name, FileSystem],
    Field(
        default_factory=fields.fresh(dict),
        description=(
            "File systems of Amazon EFS by name, for the `mounts` of containers. Their files outlive tasks, "
            "deployments and `down`, until `down --delete-data`. Tasks get the rights to mount them in the "
            "role that is made for them; a `role` of yours, given by its ARN, must have them."
        ),
    ),
]

_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key/[a-zA-Z0-9-]{1,64}|alias/[a-zA-Z0-9/_-]{1,250})"
Key = Annotated[
    Annotated[
        str,
        fields.matching(
            rf"{_KEY}|alias/[a-zA-Z0-9/_-]{{1,250}}|(?:mrk-)?[0-9a-f-]{{32,36}}",
            "write the ARN, the id or the alias of a key of KMS, such as alias/app",
        ),
    ]
    | None,
    Field(
        default=None,
        description=(
            "A key of KMS, by ARN, id or alias, in place of AWS's own: for the log group, the ECR "
            "repository, file systems, the app's own secrets and the disks of tasks. Its key policy must let "
            "`logs.REGION.amazonaws.com` and `fargate.amazonaws.com` use it. A repository or file system "
            "that is there keeps its key for ever: with another one in the spec, `up` refuses. Where this "
            "key is taken out again, what is encrypted stays so. A secret gets it when its value is set."
        ),
    ),
]


def storage_faults(
    file_systems: Mapping[str, FileSystem], services: Mapping[str, "Service"]
) -> Iterator[PydanticCustomError]:
    """The rules between file systems and what mounts them."""
    for name, service in services.items():
        used = mounted(service) & set(file_systems)
        if used and service.platform_version == "1.3.0":
            yield fields.fault(
                f"mounts {', '.join(sorted(used))}, and a file system needs platform version 1.4.0",
                name,
                "platform_version",
            )
    everywhere = {volume for service in services.values() for volume in mounted(service)}
    for name in file_systems:
        if name not in everywhere:
            yield fields.fault(
                f"is mounted nowhere: name it in the mounts of a service, such as mounts: {{{name}: /data}}",
                "file_systems",
                name,
                up=1,
            )


def mounted(service: "Service") -> set[str]:
    """The names of the volumes that the containers of a service mount."""
    every: Iterable[Mapping[str, object]] = [
        service.mounts,
        *(one.mounts for one in service.sidecars.values()),
    ]
    return {name for mounts in every for name in mounts}
