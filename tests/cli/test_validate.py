"""``validate``: without ``-e`` the base and every environment, each fault once; with it that one."""

from __future__ import annotations

from tests.cli.conftest import Cli

BASE = "app: shop\nservices:\n  web: {image: nginx, port: 80, cpu: 1}\n  api: {image: nginx}\n"


def faults(cli: Cli, *arguments: str) -> list[str]:
    """What is told of each fault, without the file's name."""
    done = cli("validate", *arguments)
    assert done.code == (2 if done.err else 0)
    return [
        line.removeprefix("error:").strip().removeprefix("fargate.yml:") for line in done.err.splitlines()
    ]


def test_every_environment_is_checked(bare: Cli) -> None:
    bare.spec(
        BASE + "environments:\n"
        "  dev: {region: eu-west-1}\n"
        "  prod:\n"
        "    services:\n"
        "      web: {memory: 7}\n"
        "      wbe: {count: 5}\n"
        "  test: {services: {api: {port: -1}}}\n"
    )
    told = faults(bare)
    assert [line.partition(": ")[0] for line in told] == ["9", "10", "11"]
    assert "9: environments.prod.services.web.memory: 7 is not allowed with cpu 1" in told[0]
    assert told[1].startswith("10: environments.prod.services.wbe: needs build")
    assert told[1].endswith("did you mean web?")
    assert "11: environments.test.services.api.port" in told[2]
    document = bare("validate", "-o", "json").document()
    assert document["error"]["code"] == "spec.invalid"
    assert [one["line"] for one in document["error"]["details"]] == [9, 10, 11]


def test_with_an_environment_that_one_alone(bare: Cli) -> None:
    bare.spec(BASE + "environments:\n  dev:\n  prod: {services: {web: {memory: 7}}}\n")
    assert faults(bare, "-e", "dev") == []
    assert len(faults(bare, "-e", "prod")) == 1
    assert bare("validate", "-e", "dev", "-o", "json").document()["environments"] == ["dev"]


def test_a_fault_of_the_base_is_told_once(bare: Cli) -> None:
    bare.spec(
        "app: shop\nservices:\n  web: {image: nginx, port: 0, env: {A: '${NOT_SET}'}}\n"
        "  api: {image: nginx, x: 1}\n"
        "environments:\n  dev: {services: {web: {count: 2}}}\n  prod: {services: {web: {count: 3}}}\n"
    )
    keys = sorted(line.split(": ")[1] for line in faults(bare))
    assert keys == ["services.api.x", "services.web.env.A", "services.web.port"]


def test_a_fault_that_an_overlay_brings_to_the_base_names_the_environments(bare: Cli) -> None:
    bare.spec(
        "app: shop\nservices:\n  web: {image: nginx, memory: 512}\n"
        "environments:\n  dev:\n  prod: {services: {web: {cpu: 1}}}\n  test: {services: {web: {cpu: 1}}}\n"
    )
    (told,) = faults(bare)
    assert told.startswith("3: services.web.memory: 512 is not allowed with cpu 1")
    assert told.endswith("(in environment prod, test)")


def test_what_an_environment_builds_must_be_there(bare: Cli) -> None:
    bare.spec(BASE + "environments:\n  dev: {services: {web: {image: null, build: nowhere}}}\n")
    (told, hint) = faults(bare)
    assert told.startswith("6: services.web.build: there is no folder")
    assert hint.startswith("build names a folder")


def test_overrides_of_an_environment_are_checked(bare: Cli) -> None:
    bare.spec(BASE + "environments:\n  dev: {overrides: {ecs.service: {web: {nonsense: 1}}}}\n")
    assert "overrides.ecs.service.web.nonsense" in faults(bare)[0]


def test_a_good_spec_says_where_it_is_good(bare: Cli) -> None:
    bare.spec(BASE + "environments:\n  dev:\n  prod: {services: {web: {memory: 2048}}}\n")
    assert bare("validate").out == "fargate.yml is good: shop with web, api; as well in dev, prod.\n"
    document = bare("validate", "-o", "json").document()
    assert (document["environment"], document["services"]) == ("default", ["web", "api"])
    assert document["environments"] == ["default", "dev", "prod"]


def test_a_variable_that_only_an_environment_needs_may_be_unset(bare: Cli) -> None:
    """A pipeline that deploys to prod has it; one that checks a pull request need not."""
    prod = "{services: {web: {memory: '${HOW_MUCH}'}}}"
    overlay = f"environments:\n  dev: {{services: {{web: {{count: 2}}}}}}\n  prod: {prod}\n"
    bare.spec(BASE + overlay)
    done = bare("validate")
    assert done.code == 0
    assert (
        "fargate.yml:7: environments.prod.services.web.memory: the environment variable HOW_MUCH" in done.err
    )
    assert done.out == "fargate.yml is good: shop with web, api; as well in dev.\n"
    assert bare("validate", "-e", "prod").code == 2
    bare.spec(BASE.replace("nginx, port", "'${TAG}', port") + overlay)
    assert "3: services.web.image: the environment variable TAG is not set" in faults(bare)[0]


def test_a_certificate_is_held_against_the_region_where_the_spec_names_one(bare: Cli) -> None:
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    spec = BASE.replace("port: 80", "port: 80, load_balancer: true")
    spec += f"load_balancer: {{certificate: {arn}}}\n"
    spec += "overrides: {ecs.service: {web: {enableExecuteCommand: true}}}\n"
    bare.spec(spec)
    assert faults(bare) == []
    bare.spec(spec + "region: us-east-1\n")
    assert "load_balancer.certificate: is a certificate of eu-west-1" in faults(bare)[0]
