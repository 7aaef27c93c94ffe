"""Proposed specs: what is seen in a folder, and that whatever is proposed can be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fargatectl.errors import SpecError, UsageError
from fargatectl.spec.dockerfile import exposed_port
from fargatectl.spec.init import propose
from fargatectl.spec.load import load, missing_files
from fargatectl.spec.models import LoadedSpec


class Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def proposed(folder: Path, *, app: str | None = None, port: int | None = None) -> LoadedSpec:
    path = folder / "fargate.yml"
    path.write_text(propose(folder, app=app, port=port), "utf-8")
    return load(path, environ=Anything())


def folder(tmp_path: Path, **files: str) -> Path:
    made = tmp_path / "My Shop_2"
    made.mkdir()
    for name, text in files.items():
        path = made / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return made


def test_a_dockerfile(tmp_path: Path) -> None:
    made = folder(tmp_path, Dockerfile="FROM python\nEXPOSE 8080\n")
    assert propose(made, app=None, port=None) == (
        "app: my-shop-2  # names and tags all that is made\n"
        "\n"
        "services:\n"
        "  web:\n"
        "    build: .\n"
        "    port: 8080  # opened to the internet\n"
        "    cpu: 0.25  # vCPU\n"
        "    memory: 512  # MiB\n"
        "    count: 1  # tasks that run at once\n"
    )
    assert missing_files(proposed(made)) == []


def test_the_service_of_this_project() -> None:
    text = propose(Path(__file__).parents[2] / "service", app=None, port=None)
    assert "    port: 8080 " in text


def test_no_port_is_left_out(tmp_path: Path) -> None:
    assert proposed(folder(tmp_path, Dockerfile="FROM python\n")).spec.services["web"].port is None


def test_what_is_asked_for_wins(tmp_path: Path) -> None:
    shop = proposed(folder(tmp_path, Dockerfile="FROM python\nEXPOSE 8080\n"), app="other", port=99)
    assert (shop.spec.app, shop.spec.services["web"].port) == ("other", 99)


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    made = folder(tmp_path)
    assert "build: .  # no Dockerfile here yet" in propose(made, app=None, port=None)
    assert proposed(made).spec.app == "my-shop-2"


def test_a_dockerfile_in_the_only_subfolder(tmp_path: Path) -> None:
    made = folder(tmp_path, src__Dockerfile="FROM python\nEXPOSE 80\n")
    web = proposed(made).spec.services["web"]
    assert web.build is not None
    assert (web.build.context, web.port) == (made / "src", 80)


def test_dockerfiles_in_several_subfolders_are_a_service_each(tmp_path: Path) -> None:
    elsewhere = ("node_modules", ".venv", ".git", "venv", "vendor", "$odd", "_")
    made = folder(tmp_path, web__Dockerfile="FROM node\nEXPOSE 80\n", My_API__Dockerfile="FROM python\n")
    for name in elsewhere:
        (made / name).mkdir()
        (made / name / "Dockerfile").write_text("FROM python\n")
    text = propose(made, app=None, port=None)
    assert "    build: ./web\n    port: 80 " in text
    services = proposed(made, port=81).spec.services
    assert {name: (one.build.context, one.port) for name, one in services.items() if one.build} == {
        "my-api": (made / "My.API", 81),
        "web": (made / "web", 80),
    }
    assert missing_files(proposed(made)) == []


def test_a_dockerfile_here_is_the_only_one(tmp_path: Path) -> None:
    made = folder(tmp_path, Dockerfile="FROM a\n", web__Dockerfile="FROM b\n", api__Dockerfile="FROM c\n")
    assert list(proposed(made).spec.services) == ["web"]


def test_more_dockerfiles_than_a_handful_are_named(tmp_path: Path) -> None:
    made = folder(tmp_path, **{f"part{number}__Dockerfile": "FROM a\n" for number in range(9)})
    text = propose(made, app=None, port=None)
    assert "# Left out: part6, part7, part8. They have a Dockerfile too: write them as those below.\n" in text
    assert list(proposed(made).spec.services) == [f"part{number}" for number in range(6)]


COMPOSE = """\
services:
  Web_App:
    build: {context: ., dockerfile: Dockerfile.prod, target: prod}
    ports: ["80:8000/tcp"]
    command: serve --port $PORT
    environment:
      DEBUG: on
      DB_PASSWORD: hunter2
      GREETING: "🚀 a: b # c"
      HOST: ${HOST-local}
      PASSED:
      MONEY: "$$5 ${"
  worker:
    image: "shop:1"
    ports: [9000]
    environment: [A=1, B, "C=x=y"]
    entrypoint: [run, "on", "a b"]
  long:
    image: nginx
    ports: [{target: 81, published: "8080", protocol: tcp}]
  db: {image: "postgres:16"}
volumes: {data: {}}
"""


def test_a_compose_file(tmp_path: Path) -> None:
    made = folder(tmp_path, compose_yaml=COMPOSE)
    services = proposed(made).spec.services
    assert list(services) == ["web-app", "worker", "long"]
    web, worker = services["web-app"], services["worker"]
    assert web.build is not None
    assert (web.build.context, web.build.dockerfile, web.build.target) == (made, "Dockerfile.prod", "prod")
    assert (web.port, worker.port, services["long"].port) == (8000, 9000, 81)
    assert web.command == ["serve", "--port", "<PORT>"]
    assert web.env == {
        "DEBUG": "on",
        "GREETING": "🚀 a: b # c",
        "HOST": "local",
        "PASSED": "<PASSED>",
        "MONEY": "$5 ${",
    }
    assert worker.env == {"A": "1", "B": "<B>", "C": "x=y"}
    assert (worker.image, worker.entrypoint) == ("shop:1", ["run", "on", "a b"])


def test_secret_values_of_a_compose_file_are_not_copied(tmp_path: Path) -> None:
    made = folder(tmp_path, compose_yaml=COMPOSE)
    assert "hunter2" not in propose(made, app=None, port=None)
    assert proposed(made).spec.services["web-app"].secrets == {"DB_PASSWORD": "app:DB_PASSWORD"}


def test_data_stores_are_left_out_and_named(tmp_path: Path) -> None:
    text = propose(folder(tmp_path, compose_yaml=COMPOSE), app=None, port=None)
    assert "# Left out: db (postgres)." in text


def test_a_compose_default_is_kept(tmp_path: Path) -> None:
    made = folder(tmp_path, compose_yaml="services: {a: {image: nginx, environment: ['H=${H-local}']}}")
    (made / "fargate.yml").write_text(propose(made, app=None, port=None))
    assert load(made / "fargate.yml", environ={}).spec.services["a"].env == {"H": "local"}


def test_what_is_not_taken_over_is_named(tmp_path: Path) -> None:
    services = """\
services:
  web:
    build: {context: ., args: {A: b}}
    image: shop
    ports: ["80:8000", "81:8001"]
    env_file: .env
    healthcheck: {test: curl localhost}
    volumes: ["data:/data"]
    user: "1000"
    deploy: {replicas: 2}
    restart: always
    networks:
    x-note: mine
    "odd\\nkey: 1": x
  dns: {image: nginx, ports: ["53:53/udp"]}
  plain: {image: nginx, ports: ["80:80"], labels: {}}
"""
    made = folder(tmp_path, compose_yaml=services)
    text = propose(made, app=None, port=None)
    assert [line for line in text.splitlines() if "taken over" in line] == [
        "    # Not taken over: env_file, healthcheck, volumes, user, deploy, build.args, further ports",
        "    # Not taken over: ports",
    ]
    assert "  web:\n    # Not taken over" in text
    assert "odd" not in text
    assert list(proposed(made).spec.services) == ["web", "dns", "plain"]


def test_a_broken_compose_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"compose\.yaml:1: not YAML"):
        propose(folder(tmp_path, compose_yaml="services: {"), app=None, port=None)


@pytest.mark.parametrize(("app", "port"), [("Shop", None), ("a" * 33, None), (None, 0), (None, 65536)])
def test_bad_answers_are_refused(app: str | None, port: int | None, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        propose(tmp_path, app=app, port=port)


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("42", "app-42"),
        ("Ünï", "n"),
        ("a" * 40, "a" * 32),
        ("--", "app"),
        ("null", "null"),
        ("x" * 31 + "-y", "x" * 31),
    ],
)
def test_names_from_folders(name: str, app: str, tmp_path: Path) -> None:
    made = tmp_path / name
    made.mkdir()
    assert proposed(made).spec.app == app


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("EXPOSE 80", 80),
        ("expose 80/TCP", 80),
        ("EXPOSE 53/udp 8080/tcp", 8080),
        ("EXPOSE 8000-8010", 8000),
        ("ENV PORT=8080\nEXPOSE $PORT", 8080),
        ("ENV PORT 8080\nEXPOSE ${PORT}/tcp", 8080),
        ('ARG A=1 PORT="81"\nEXPOSE $PORT', 81),
        ("EXPOSE ${PORT:-82}", 82),
        ("EXPOSE \\\n  83", 83),
        ("# EXPOSE 1\nEXPOSE 84", 84),
        ("FROM a AS b\nEXPOSE 1\nFROM c\nEXPOSE 85\nEXPOSE 86", 85),
        ("FROM a\nEXPOSE 1\nFROM c", None),
        ("FROM a AS base\nEXPOSE 87\nFROM base", 87),
        ("FROM --platform=linux/amd64 a As Base\nEXPOSE 87\nFROM c AS d\nFROM BASE as d\nFROM d", 87),
        ("FROM a AS base\nEXPOSE 1\nFROM base\nEXPOSE 88", 88),
        ("FROM a AS base\nFROM base AS c\nEXPOSE 1\nFROM base", None),
        ("EXPOSE $PORT", None),
        ("EXPOSE 70000", None),
        ("RUN echo EXPOSE 80", None),
        ("", None),
    ],
)
def test_exposed_ports(text: str, port: int | None) -> None:
    assert exposed_port(text) == port


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=40), value=st.text(max_size=30), word=st.text(max_size=20))
def test_what_a_compose_file_holds_is_read_back_as_it_is(
    name: str, value: str, word: str, tmp_path: Path
) -> None:
    def quoted(text: str) -> str:
        return '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'

    text, first = (part.replace("$", "$$").encode("utf-8", "ignore").decode() for part in (value, word))
    (tmp_path / "compose.yaml").write_text(
        f"services: {{{quoted(name.encode('utf-8', 'ignore').decode())}: "
        f"{{image: nginx, environment: {{V: {quoted(text)}}}, command: [run, {quoted(first)}]}}}}",
        "utf-8",
    )
    (service,) = proposed(tmp_path).spec.services.values()
    assert service.env == {"V": text.replace("$$", "$")}
    assert service.command == ["run", first.replace("$$", "$")]


@given(text=st.text(alphabet="EXPOSNVARGFM \\\n#${}:-=80/tcpud\"'", max_size=200))
def test_no_dockerfile_is_too_odd(text: str) -> None:
    port = exposed_port(text)
    assert port is None or 1 <= port <= 65535
