"""What stands before the services: the keys of a service and of the app about load balancing.

Sources: Elastic Load Balancing API reference (CreateTargetGroup, CreateRule, attributes of load balancers
and target groups); quotas of the user guide for Application Load Balancers.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from fargatectl.spec import fields, shapes
from fargatectl.spec.parts import Model, SubnetId

_PATH = r"/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}"
_HOST = r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_CODES = r"[2-4][0-9]{2}(?:-[2-4][0-9]{2})?(?:,[2-4][0-9]{2}(?:-[2-4][0-9]{2})?)*"
MOST_PATTERNS = 5  # of one rule, hosts and paths together

Path = Annotated[
    str,
    fields.matching(_PATH, "write a path such as /api or /static/*, at most 128 characters"),
]
Host = Annotated[
    str,
    fields.matching(
        rf"(?=.{{1,128}}$){_HOST}",
        "write a host name such as api.example.com or *.example.com, in lower case",
    ),
]


Domain = Annotated[
    str,
    fields.matching(
        rf"(?=.{{1,128}}$)(?!\*){_HOST}", "write a domain name such as shop.example.com, in lower case"
    ),
]


def source() -> fields.Reader:
    """Who may connect: addresses as a CIDR, or the id of a security group or a prefix list."""
    rule = "write addresses such as 10.0.0.0/8, or the id of a security group or prefix list"

    def read(value: object) -> str:
        written = fields.as_text(value).strip()
        if re.fullmatch(r"(?:sg|pl)-[0-9a-f]{8}(?:[0-9a-f]{9})?", written):
            return written
        try:
            return str(ipaddress.ip_network(written))
        except ValueError as error:
            why = " (bits beyond the length are set)" if "host bits" in str(error) else ""
            raise fields.fault(f"{fields.describe(written)} is not valid{why}: {rule}") from None

    return fields.Reader(read, {"type": "string"})


Allowed = Annotated[list[Annotated[str, source()]], shapes.distinct(0, 50)]


def no_use_of_allow(allow: list[str] | None, port: int | None, balanced: bool) -> str:
    """Why nothing would come of a service's `allow`; empty if something does."""
    if allow is None or (port is not None and not balanced):
        return ""
    if balanced:
        return "is for services without a load balancer: who may connect to that is load_balancer.allow"
    return "needs port: the one that the container listens on"


class TargetHealth(Model):
    """How the load balancer asks a task whether it is well: over HTTP, or by connecting to it alone."""

    port: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None,
        description="The TCP port that is asked; the service's if not given. With UDP it must answer on one.",
    )
    path: Path = Field("/", description="The path that is asked for.")
    codes: Annotated[str, fields.matching(_CODES, "write status codes such as 200, 200-299 or 200,301")] = (
        Field("200-399", description="The HTTP status codes that mean well, 200 to 499.")
    )
    interval: Annotated[int, fields.seconds(5, 300)] = Field(
        5, description="Seconds between two checks, 5 to 300. AWS's own default of 30 makes deployments slow."
    )
    timeout: Annotated[int, fields.seconds(2, 120)] = Field(
        3,
        validate_default=True,
        description="Seconds after which a check counts as failed, 2 to 120; less than `interval`.",
    )
    healthy: Annotated[int, fields.whole(2, 10)] = Field(
        2, description="Good checks in a row after which a task gets requests, 2 to 10."
    )
    unhealthy: Annotated[int, fields.whole(2, 10)] = Field(
        3, description="Failed checks in a row after which a task gets no requests any more, 2 to 10."
    )

    @field_validator("timeout")
    @classmethod
    def _within_the_interval(cls, timeout: int, info: ValidationInfo) -> int:
        interval = info.data.get("interval")
        if interval is not None and timeout >= interval:
            raise fields.fault(f"must be less than the interval of {interval} seconds, not {timeout}")
        return timeout


class ServiceLoadBalancer(Model):
    """A service behind the app's load balancer; `true` stands for all the defaults."""

    path: Annotated[list[Path], shapes.one_or_more()] = Field(
        default_factory=fields.fresh(list),
        description=(
            "Which paths go to this service: one or a list, with `*` and `?`. A path without them stands for "
            "itself and all below it. All that no other service takes, if not given."
        ),
    )
    host: Annotated[list[Host], shapes.one_or_more()] = Field(
        default_factory=fields.fresh(list),
        description="Which host names go to this service: one or a list, with `*.`; all if not given.",
    )
    protocol: Annotated[
        Literal["http", "tcp", "udp"], fields.one_of({"http": "http", "tcp": "tcp", "udp": "udp"})
    ] = Field(
        "http",
        validate_default=True,
        description=(
            "What clients speak: http, or tcp or udp, for which there is a Network Load Balancer beside the "
            "other one."
        ),
    )
    listen: Annotated[int, fields.whole(1, 65535)] | None = Field(
        None,
        description="With tcp and udp the port that clients connect to; the service's port if not given.",
    )
    health_check: TargetHealth = Field(
        default_factory=fields.fresh(TargetHealth),
        description="How the load balancer asks whether a task is well.",
    )
    deregistration_delay: Annotated[int, fields.seconds(0, 3600)] = Field(
        10,
        description=(
            "Seconds that a task which is to stop may still take for requests under way, 0 to 3600. AWS's "
            "own default of 300 makes deployments slow."
        ),
    )
    sticky: Annotated[int, fields.seconds(1, 604800)] | None = Field(
        None,
        description=(
            "Seconds for which a client stays with one task, by a cookie, 1 to 604800 (7 days); off if not "
            "given."
        ),
    )

    @field_validator("protocol")
    @classmethod
    def _has_no_paths(cls, protocol: str, info: ValidationInfo) -> str:
        if protocol != "http" and (info.data.get("path") or info.data.get("host")):
            raise fields.fault(f"{protocol} knows no path and no host: leave them out")
        return protocol

    @field_validator("listen")
    @classmethod
    def _has_a_port_of_its_own(cls, listen: int | None, info: ValidationInfo) -> int | None:
        if listen is not None and info.data.get("protocol") == "http":
            raise fields.fault("is for protocol tcp and udp: http is at 80, and at 443 with a certificate")
        return listen

    @field_validator("sticky")
    @classmethod
    def _has_cookies(cls, sticky: int | None, info: ValidationInfo) -> int | None:
        if sticky is not None and info.data.get("protocol") not in ("http", None):
            raise fields.fault("is for protocol http: others have no cookies")
        return sticky

    @field_validator("path")
    @classmethod
    def _paths_fit_into_a_rule(cls, path: list[str]) -> list[str]:
        return _fitting(path, len(patterns(path)))

    @field_validator("host")
    @classmethod
    def _all_fits_into_a_rule(cls, host: list[str], info: ValidationInfo) -> list[str]:
        return _fitting(host, len(host) + len(patterns(info.data.get("path", ()))))


def _fitting(given: list[str], count: int) -> list[str]:
    if count > MOST_PATTERNS:
        raise fields.fault(
            f"a rule of a load balancer takes {MOST_PATTERNS} hosts and paths together, not {count} (a path "
            "without * counts twice: itself, and what is below it)"
        )
    return given


class LoadBalancer(Model):
    """The load balancer that the services share; there is one as soon as a service asks for it."""

    public: Annotated[bool, fields.yes_or_no()] = Field(
        True, description="Whether it can be reached from the internet, or from within the VPC alone."
    )
    allow: Annotated[list[Annotated[str, source()]], shapes.distinct(1, 50)] = Field(
        default_factory=lambda: ["0.0.0.0/0"],
        description=(
            "Who may connect: addresses as CIDR, ids of security groups or prefix lists; everybody if not "
            "given."
        ),
    )
    domain: Domain | None = Field(
        None,
        description=(
            "The domain name that leads here, in a hosted zone of Route 53 in the same account: its record "
            "is made, and those of all `host`s; and a certificate for them, if none is given. HTTP is then "
            "redirected to HTTPS."
        ),
    )
    certificate: (
        Annotated[
            str,
            fields.matching(
                r"arn:aws[a-z-]*:(?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+"
                r"|iam::[0-9]{12}:server-certificate/[A-Za-z0-9/+=,.@_-]+)",
                "write the ARN of a certificate of ACM or IAM",
            ),
        ]
        | None
    ) = Field(
        None,
        description=(
            "The ARN of a certificate of yours, in place of one that is made for `domain`. HTTP is then "
            "redirected to HTTPS."
        ),
    )
    idle_timeout: Annotated[int, fields.seconds(1, 4000)] = Field(
        3600,
        description=(
            "Seconds that a connection may stay without traffic, 1 to 4000. AWS's own default of 60 cuts "
            "WebSockets."
        ),
    )
    subnets: Annotated[list[SubnetId], shapes.distinct(1, 16)] | None = Field(
        None,
        description=(
            "Ids of its subnets, one in each zone; one of each zone of the VPC if not given, public ones if "
            "it is public."
        ),
    )


def behind() -> fields.Reader:
    """`true` (with all the defaults), `false`, or a map."""

    def read(value: object) -> object:
        if isinstance(value, Mapping | ServiceLoadBalancer) or value is None:
            return value
        try:
            return {} if fields.yes_or_no().read(value) else None
        except ValueError:
            said = fields.describe(value)
            raise fields.fault(
                f"must be true, false, or a map with path, host and more, not {said}"
            ) from None

    return fields.Reader(read, {"type": "boolean"}, extends=True)


def patterns(paths: list[str] | tuple[str, ...]) -> list[str]:
    """ALB's patterns for paths: one without wildcards stands for itself and all below it."""
    found = []
    for path in paths:
        plain = not re.search(r"[*?]", path)
        found += [path, f"{path.rstrip('/')}/*"] if plain and path != "/" else [path]
    return found


def conflicts(
    services: Mapping[str, ServiceLoadBalancer], ports: Mapping[str, int | None]
) -> Iterator[tuple[str, str]]:
    """(service, why) for each that would never get a request: another takes the same ones.

    Args:
        ports: Of the services.
    """
    taken: dict[object, str] = {}
    for name, one in services.items():
        key: object = (tuple(sorted(one.host)), tuple(sorted(one.path)))
        what = "the same requests" if one.host or one.path else "everything"
        how = "a path or a host"
        if one.protocol != "http":
            key = one.listen or ports.get(name)
            what, how = f"what comes to port {key}", "another port with listen"
        other = taken.setdefault(key, name)
        if other != name:
            yield name, f"{other} gets {what} already: give one of the two {how}"
