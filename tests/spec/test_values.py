"""What the values of a good spec become."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from fargatectl.errors import SpecError
from fargatectl.spec.load import load, missing_files
from fargatectl.spec.models import Deployment, HealthCheck, Logs, Network, Service, Spec

from .conftest import Loader

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask-hello" / "fargate.yml"


def service(loaded: Loader, text: str, **environ: str) -> Service:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    spec = loaded(f"app: shop\nservices:\n  web:\n{lines}", environ=environ).spec
    return spec.services["web"]


def test_the_defaults(loaded: Loader) -> None:
    spec = loaded("app: shop\nservices: {web: {image: nginx}}").spec
    assert (spec.region, spec.cluster, spec.repository) == (None, None, None)
    assert spec.network == Network(vpc=None, subnets=None, security_groups=[])
    assert spec.logs == Logs(retention_days=30)
    web = spec.services["web"]
    assert (web.cpu, web.memory, web.count, web.port) == (256, 512, 1, None)
    assert (web.architecture, web.public_ip, web.spot) == ("x86_64", None, None)
    assert web.deployment == Deployment(minimum_healthy_percent=100, maximum_percent=200)
    assert (web.env, web.secrets, web.command, web.entrypoint, web.health_check) == ({}, {}, None, None, None)


def test_the_example_is_a_good_spec() -> None:
    loaded = load(EXAMPLE, environ={})
    web = loaded.spec.services["web"]
    assert (loaded.spec.app, loaded.spec.cluster, web.container) == (
        "flask-fargate-app",
        "FargateCluster",
        "FlaskApp",
    )
    assert (web.port, web.cpu, web.memory, web.count) == (8080, 256, 512, 1)
    assert web.build is not None
    assert web.build.context == EXAMPLE.parents[2] / "service"
    assert missing_files(loaded) == []


# What YAML 1.1 would make booleans, numbers in other bases, dates and base-60 numbers of.
SURPRISES = (
    *("on", "off", "yes", "no", "true", "True"),
    *("08", "0o17", "0x1F", "1e3", "1_000", "1.10", "1.0", ".5", "+1", "-0", ".inf"),
    *("12:30:45", "2024-01-02"),
)


@pytest.mark.parametrize("written", SURPRISES)
def test_env_values_keep_their_text(written: str, loaded: Loader) -> None:
    assert service(loaded, f"image: nginx\nenv: {{A: {written}}}").env == {"A": written}


def test_an_empty_text_is_a_value(loaded: Loader) -> None:
    assert service(loaded, 'image: nginx\nenv: {A: "", B: "null", C: "~"}').env == {
        "A": "",
        "B": "null",
        "C": "~",
    }


def test_words_that_yaml_takes_for_booleans_are_names_like_others(loaded: Loader) -> None:
    spec = loaded("app: on\nservices: {no: {image: nginx, env: {Y: y}}}").spec
    assert spec.app == "on"
    assert spec.services["no"].env == {"Y": "y"}


@pytest.mark.parametrize(("written", "value"), [("yes", True), ("on", True), ("no", False), ("False", False)])
def test_booleans_in_all_of_yamls_spellings(written: str, value: bool, loaded: Loader) -> None:
    assert service(loaded, f"image: nginx\npublic_ip: {written}").public_ip is value
    assert bool(service(loaded, f"image: nginx\nspot: {written}").spot) is value


@pytest.mark.parametrize(
    ("written", "value"),
    [("amd64", "x86_64"), ("X86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")],
)
def test_architectures_and_their_aliases(written: str, value: str, loaded: Loader) -> None:
    assert service(loaded, f"image: nginx\narchitecture: {written}").architecture == value


@pytest.mark.parametrize(
    ("written", "value"), [("30", 30), ("30s", 30), ("1m", 60), ("1m30s", 90), ("1m 5s", 65)]
)
def test_durations(written: str, value: int, loaded: Loader) -> None:
    assert service(loaded, f"image: nginx\nstop_timeout: {written}").stop_timeout == value


def test_a_grace_period_may_be_hours(loaded: Loader) -> None:
    assert service(loaded, "image: nginx\ngrace_period: 1h30m").grace_period == 5400


def test_commands_are_split_as_a_shell_would(loaded: Loader) -> None:
    web = service(loaded, "image: nginx\ncommand: serve --name 'a b' 8\nentrypoint: [sleep, 30, on]")
    assert web.command == ["serve", "--name", "a b", "8"]
    assert web.entrypoint == ["sleep", "30", "on"]


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("curl -f localhost", ["CMD-SHELL", "curl -f localhost"]),
        ("[curl, -f]", ["CMD", "curl", "-f"]),
        ("[CMD, curl]", ["CMD", "curl"]),
        ("[CMD-SHELL, curl || exit 1]", ["CMD-SHELL", "curl || exit 1"]),
    ],
)
def test_health_check_commands(written: str, command: list[str], loaded: Loader) -> None:
    check = service(loaded, f"image: nginx\nhealth_check: {{command: {written}}}").health_check
    assert check == HealthCheck(command=command, interval=5, timeout=5, retries=3, start_period=0)


def test_a_build_as_text_is_its_context(loaded: Loader, tmp_path: Path) -> None:
    build = service(loaded, "build: ../src").build
    assert build is not None
    assert (build.context, build.dockerfile) == (tmp_path.parent / "src", "Dockerfile")


def test_a_build_with_everything(loaded: Loader, tmp_path: Path) -> None:
    build = service(
        loaded,
        "architecture: arm64\n"
        "build: {context: ., dockerfile: a/Dockerfile, args: {V: 1.10}, target: prod, platform: linux/arm64}",
    ).build
    assert build is not None
    assert build.model_dump() == {
        "context": tmp_path,
        "dockerfile": "a/Dockerfile",
        "args": {"V": "1.10"},
        "target": "prod",
        "platform": "linux/arm64",
    }


def test_keys_without_a_value_count_as_not_given(loaded: Loader) -> None:
    spec = loaded(
        "app: shop\nregion:\nlogs:\nservices:\n  web:\n    image: nginx\n    env:\n    port: null\n"
    ).spec
    assert (spec.region, spec.logs.retention_days) == (None, 30)
    assert (spec.services["web"].env, spec.services["web"].port) == ({}, None)


def test_anchors_aliases_and_merge_keys(loaded: Loader) -> None:
    spec = loaded(
        "app: shop\nservices:\n"
        "  web: &web\n    image: nginx\n    port: 80\n    env: &env {A: a, B: b}\n"
        "  api:\n    <<: *web\n    port: 81\n    env: {<<: *env, B: c}\n"
    ).spec
    assert (spec.services["api"].image, spec.services["api"].port) == ("nginx", 81)
    assert spec.services["api"].env == {"A": "a", "B": "c"}
    assert spec.services["web"].env == {"A": "a", "B": "b"}


def test_of_two_merged_maps_the_first_wins(loaded: Loader) -> None:
    spec = loaded(
        "app: shop\nservices:\n  a: &a {image: nginx, port: 1}\n  b: &b {image: httpd, count: 2}\n"
        "  c: {<<: [*a, *b]}\n"
    ).spec
    assert (spec.services["c"].image, spec.services["c"].port, spec.services["c"].count) == ("nginx", 1, 2)


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:1.27-alpine",
        "team/app",
        "public.ecr.aws/nginx/nginx:latest",
        "localhost:5000/a/b:v1",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@sha256:" + "a" * 64,
    ],
)
def test_images(image: str, loaded: Loader) -> None:
    assert service(loaded, f"image: {image}").image == image


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-gov-west-1", "ap-southeast-5", "eusc-de-east-1", "us-iso-east-1"]
)
def test_regions(region: str, loaded: Loader) -> None:
    assert loaded(f"app: a\nregion: {region}\nservices: {{web: {{image: nginx}}}}").spec.region == region


def test_lines_are_those_of_the_keys(loaded: Loader) -> None:
    spec = loaded(
        "# a comment\napp: shop\n\nservices:\n  web:\n    image: nginx\n"
        "    env:\n      A: >\n        long\n        text\n"
        "      B: b\n    command:\n      - a\n      - b\n"
    )
    assert spec.line_of("app") == 2
    assert spec.line_of("services.web.env.B") == 11
    assert spec.line_of("services.web.command[1]") == 14
    assert spec.line_of("services.web.env.DATABASE_URL") == 7
    assert spec.line_of("services.web.secrets.DATABASE_URL") == 5
    assert spec.line_of("network.vpc") == 1


def test_missing_build_files_are_named_with_their_line(loaded: Loader, tmp_path: Path) -> None:
    spec = loaded("app: shop\nservices:\n  web: {build: gone}\n  api:\n    build: .\n  job: {image: nginx}\n")
    assert [(problem.line, problem.key, problem.text) for problem in missing_files(spec)] == [
        (3, "services.web.build", f"there is no folder {tmp_path / 'gone'}"),
        (5, "services.api.build", f"there is no Dockerfile in {tmp_path}"),
    ]


def test_models_can_be_made_in_code_and_do_not_change() -> None:
    made = Service(image="nginx", port=80, cpu=1024, memory=2048, env={"A": "b"}, spot=True, count=0)
    assert Service.model_validate(made.model_dump()) == made
    with pytest.raises(ValidationError):
        made.port = 81  # type: ignore[misc]


def test_models_refuse_a_name_in_env_and_secrets() -> None:
    with pytest.raises(ValidationError, match="is set in env as well"):
        Service(image="nginx", env={"A": "b"}, secrets={"A": "ssm:a"})


def test_a_spec_made_in_code_leaves_paths_alone() -> None:
    spec = Spec.model_validate({"app": "a", "services": {"web": {"build": "src"}}})
    build = spec.services["web"].build
    assert build is not None
    assert build.context == Path("src")


def test_only_whole_deployments_that_can_roll(loaded: Loader) -> None:
    assert (
        service(loaded, "image: nginx\ndeployment: {minimum_healthy_percent: 0, maximum_percent: 100}").count
        == 1
    )
    assert service(loaded, "image: nginx\ncount: 0\ndeployment: {maximum_percent: 100}").count == 0
    with pytest.raises(SpecError, match="no deployment could ever finish"):
        service(loaded, "image: nginx\ndeployment: {maximum_percent: 150}")
