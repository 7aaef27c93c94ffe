"""From a spec to resources: names that AWS takes, and what an image given from outside changes."""

from __future__ import annotations

import pytest

from fargatectl.engine.scope import Scope
from fargatectl.topology.names import shortened
from fargatectl.topology.tasks import value_from
from tests.lifecycle.cases.given_image import pushed
from tests.support.apps import ONE, Deployer
from tests.support.dump import remains
from tests.support.watched import WatchedAws

LONG = "a" * 31 + "z"


@pytest.mark.parametrize("app", [LONG, "a1", "x-y-z"])
@pytest.mark.parametrize("service", [LONG, "w"])
@pytest.mark.parametrize("environment", [None, "e" * 32])
def test_every_name_is_one_that_aws_takes(
    deployer: Deployer, app: str, service: str, environment: str | None
) -> None:
    """Each request is checked against AWS's own patterns (see `tests.support.patterns`)."""
    text = ONE.replace("shop", app).replace("web", service)
    if environment:
        text += f"environments: {{{environment}: {{}}}}\n"
    deployer.up(text, environment=environment)
    assert deployer.plan(text, environment=environment).plan.documents() == []


@pytest.mark.parametrize("app", ["a", "shop-", "my--shop", "sg"])
def test_names_that_the_spec_takes_and_ecr_or_ec2_would_refuse(deployer: Deployer, app: str) -> None:
    """ECR: at least two characters, no hyphen at the end or twice in a row. EC2: no group named `sg-...`."""
    deployer.up(ONE.replace("shop", app))


def test_two_long_names_that_begin_alike_stay_two() -> None:
    first, second = shortened("x" * 70, 64), shortened("x" * 71, 64)
    assert len(first) == len(second) == 64
    assert first != second
    assert shortened("short", 64) == "short"


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("token", "arn:{partition}:ssm:{region}:{id}:parameter/token"),
        ("/shop/token", "arn:{partition}:ssm:{region}:{id}:parameter/shop/token"),
        ("ssm:/shop/token", "arn:{partition}:ssm:{region}:{id}:parameter/shop/token"),
        ("secretsmanager:db", "arn:{partition}:secretsmanager:{region}:{id}:secret:db"),
        ("secretsmanager:db:url", "arn:{partition}:secretsmanager:{region}:{id}:secret:db:url::"),
        ("app:KEY", "arn:{partition}:ssm:{region}:{id}:parameter/fargatectl/shop/default/secrets/KEY"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/x", "arn:aws:ssm:eu-west-1:123456789012:parameter/x"),
    ],
)
def test_where_a_secret_comes_from(secret: str, expected: str) -> None:
    assert value_from(secret, Scope("shop")) == expected


def test_an_image_from_outside_takes_the_place_of_a_build(deployer: Deployer) -> None:
    aws = deployer.aws()
    deployer.up(aws=aws, images={"web": "public.example/web:2"})
    (request,) = aws.of("RegisterTaskDefinition")
    assert request["containerDefinitions"][0]["image"] == "public.example/web:2"
    assert "PutImage" not in aws.writes


def test_an_image_from_outside_does_not_cost_the_app_its_repository(
    deployer: Deployer, moto_aws: WatchedAws
) -> None:
    """`up`, then `up --image <one of our own earlier images>`: the images must still be there."""
    deployer.up()
    [image] = moto_aws.items("ecr", "ListImages", "imageIds", repositoryName="shop")
    deployer.up(images={"web": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:{image['imageTag']}"})
    assert remains(moto_aws)["repositories"] == ["shop"]


@pytest.mark.parametrize("given", [True, False])
def test_an_image_of_a_private_repository_can_be_pulled(
    deployer: Deployer, moto_aws: WatchedAws, given: bool
) -> None:
    pushed(moto_aws, "team/base", "1")
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/base:1"
    aws = deployer.aws()
    if given:
        deployer.up(aws=aws, images={"web": uri})
    else:
        deployer.up(f"app: shop\nservices: {{web: {{image: '{uri}', port: 80}}}}\n", aws)
    assert "repository/team/base" in aws.of("PutRolePolicy")[0]["PolicyDocument"]
