"""The services of a Docker Compose file, as far as a spec can say the same.

Source: the Compose specification, "Services top-level element".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from fargatectl.dataclass import dataclass
from fargatectl.secrecy import is_secret
from fargatectl.spec import tree
from fargatectl.spec.compose_ports import Ports, listened
from fargatectl.spec.source import read

FILE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

# Images of data stores: on Fargate their data would end with the task.
_DATA_STORES = re.compile(
    r"(?:^|/)(postgres(?:ql)?|postgis|pgvector|timescale(?:db)?|mysql|mariadb|mssql"
    r"|mongo(?:db)?|redis(?:-stack)?|valkey|memcached|clickhouse|rabbitmq|elasticsearch|opensearch"
    r"|cassandra|kafka|zookeeper|minio|localstack|dynamodb-local)"
    r"(?:[-/]server|-community-server|-ha)?(?:[:@]|$)"
)
_BUILD = ("context", "dockerfile", "target")
# Keys that are taken over, have a word of their own below, or mean nothing on Fargate.
_SETTLED = (
    *("build", "image", "environment", "command", "entrypoint", "ports", "expose"),
    *("container_name", "develop", "networks", "profiles", "pull_policy", "restart", "stdin_open", "tty"),
)
_KEY = re.compile(r"(?!x-)[a-z][a-z0-9_-]{0,40}")
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(:?-[^}$]*)?[^}]*\}|(\w+)|(?=\{))", re.ASCII)


@dataclass(frozen=True)
class ComposeService:
    """A service of a Compose file.

    Attributes:
        name: Its name there.
        build: Keys of a spec's `build`, or empty.
        image: The image it runs, or empty; where it is built too, only the build counts.
        ports: What it listens on, and for whom.
        env: Environment variables, references written as a spec writes them.
        secrets: Names of variables whose values look secret, and are therefore not taken over.
        command, entrypoint: As there; None if not given.
        health_check: Whose it has: the image's, one of its own, which is not taken over, or none.
        optional: It is off by default: it has profiles.
        data_store: What kind of data store the image is, or empty.
        dropped: Its keys that say something which is not taken over.
    """

    name: str
    build: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    ports: Ports = Ports()
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    command: str | list[str] | None = None
    entrypoint: str | list[str] | None = None
    health_check: Literal["image", "own", "none"] = "image"
    optional: bool = False
    data_store: str = ""
    dropped: tuple[str, ...] = ()


def compose_services(folder: Path) -> list[ComposeService]:
    """The services of the folder's Compose file; none where there is no such file.

    Raises:
        SpecError: The file is there but cannot be read as YAML.
    """
    path = next((folder / name for name in FILE_NAMES if (folder / name).is_file()), None)
    root = tree.parse(read(path), str(path))[0] if path else None
    plain = root.plain() if root else None
    services = plain.get("services") if isinstance(plain, dict) else None
    if not isinstance(services, dict):
        return []
    return [_service(name, raw) for name, raw in services.items() if isinstance(raw, dict)]


def _service(name: str, raw: dict[str, Any]) -> ComposeService:
    env = _environment(raw.get("environment"))
    image = _reference(raw["image"]) if isinstance(raw.get("image"), str) else ""
    store = _DATA_STORES.search(image)
    ports = listened(raw.get("ports"), raw.get("expose"))
    check = _health_check(raw.get("healthcheck"))
    settled = _SETTLED if check == "own" else (*_SETTLED, "healthcheck")
    secrets = [key for key, value in env.items() if _looks_secret(key, value)]
    return ComposeService(
        name=name,
        build=_build(raw.get("build")),
        image=image,
        ports=ports,
        env={key: value for key, value in env.items() if key not in secrets},
        secrets=tuple(secrets),
        command=_words(raw.get("command")),
        entrypoint=_words(raw.get("entrypoint")),
        health_check=check,
        optional=bool(raw.get("profiles")),
        data_store=store[1] if store and not raw.get("build") else "",
        dropped=(*_dropped(raw, settled), *([ports.left] if ports.left else [])),
    )


def _dropped(raw: dict[str, Any], settled: tuple[str, ...]) -> Iterator[str]:
    """Those that have a value; whatever else a key holds must not get into a comment."""
    yield from (key for key, value in raw.items() if key not in settled and value and _KEY.fullmatch(key))
    build = raw["build"] if isinstance(raw.get("build"), dict) else {}
    more = (key for key, value in build.items() if key not in _BUILD and value and _KEY.fullmatch(key))
    yield from (f"build.{key}" for key in more)


def _looks_secret(name: str, value: str) -> bool:
    """By its name even where the value is only a reference, as it mostly is."""
    return "DATABASE_URL" in name.upper() or is_secret(name, re.sub(r"\$\{.*?\}", "reference", value))


def _build(raw: object) -> dict[str, str]:
    if isinstance(raw, str):
        return {"context": _reference(raw)}
    if not isinstance(raw, dict):
        return {}
    return {"context": "."} | {key: _reference(raw[key]) for key in _BUILD if isinstance(raw.get(key), str)}


def _health_check(raw: object) -> Literal["image", "own", "none"]:
    if not isinstance(raw, dict) or not any(raw.values()):
        return "image"
    off = raw.get("disable") in ("true", "True", "TRUE") or raw.get("test") in ("NONE", ["NONE"])
    return "none" if off else "own"


def _environment(raw: object) -> dict[str, str]:
    """Variables of either form; one without a value is passed on from the environment, as Compose does."""
    if isinstance(raw, list):
        pairs = [item.partition("=") for item in raw if isinstance(item, str)]
        raw = {name: value if equals else None for name, equals, value in pairs}
    if not isinstance(raw, dict):
        return {}
    return {
        name: f"${{{name}}}" if value is None else _reference(value)
        for name, value in raw.items()
        if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and isinstance(value, str | None)
    }


def _words(raw: object) -> str | list[str] | None:
    if isinstance(raw, str):
        return _reference(raw)
    if isinstance(raw, list) and raw and all(isinstance(word, str) for word in raw):
        return [_reference(word) for word in raw]
    return None


def _reference(text: str) -> str:
    """A Compose text with its references as a spec writes them: `$A` as `${A}`, `${A-x}` as `${A:-x}`."""

    def written(match: re.Match[str]) -> str:
        name = match[2] or match[4]
        if not name or name[0].isdigit():  # a `$$`, or no reference: the `$` means itself
            return "$$" + match[0].lstrip("$")
        default = ":-" + match[3].lstrip(":")[1:] if match[3] else ""
        return f"${{{name}{default}}}"

    return _VARIABLE.sub(written, text)
