"""The ways to name a secret."""

from __future__ import annotations

import pytest

from fargatectl.spec.secrets import SecretSource, secret_source

SSM = "arn:aws:ssm:us-east-1:123456789012:parameter/shop/token"
SECRET = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:shop/db-AbCdEf"


@pytest.mark.parametrize(
    ("value", "service", "name"),
    [
        ("TOKEN", "ssm", "TOKEN"),
        ("/shop/token", "ssm", "/shop/token"),
        ("ssm:/shop/token", "ssm", "/shop/token"),
        ("secretsmanager:shop/db", "secretsmanager", "shop/db"),
        (SSM, "ssm", SSM),
        (SECRET, "secretsmanager", SECRET),
        (f"{SECRET}:password::", "secretsmanager", f"{SECRET}:password::"),
    ],
)
def test_where_a_secret_comes_from(value: str, service: str, name: str) -> None:
    source = secret_source(value)
    assert (source.service, source.name) == (service, name)
    assert source.is_arn is value.startswith("arn:")


def test_a_key_of_a_secret() -> None:
    source = secret_source("secretsmanager:shop/db:password")
    assert (source.service, source.name, source.key) == ("secretsmanager", "shop/db", "password")


@pytest.mark.parametrize(("value", "generated"), [("app:KEY", False), ("generated:KEY", True)])
def test_the_apps_own(value: str, generated: bool) -> None:
    assert secret_source(value) == SecretSource("app", "KEY", generated=generated)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ssm:",
        "secretsmanager:",
        "p@ss word",
        "vault:x",
        "app:a/b",
        "app:",
        "generated:",
        "secretsmanager:a:b:c",
        "arn:aws:s3:::bucket",
        "arn:aws:ssm:us-east-1:1:x",
        "a\n",
    ],
)
def test_what_is_no_name_of_a_secret(value: str) -> None:
    with pytest.raises(ValueError, match="must not be its value"):
        secret_source(value)


def test_sources_are_compared_by_what_they_name() -> None:
    assert secret_source("ssm:a") == secret_source("a") == SecretSource("ssm", "a")
