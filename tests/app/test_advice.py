"""What is told of images before they are deployed."""

from __future__ import annotations

import pytest

from fargatectl.advice import crowded_groups, far_images
from tests.lifecycle.cases.given_image import pushed
from tests.support.apps import Deployer
from tests.support.watched import WatchedAws

HERE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
THERE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1"


@pytest.mark.parametrize(
    ("image", "told"),
    [(HERE, 0), (THERE, 1), ("public.ecr.aws/nginx/nginx:1", 0), (f"mirror.example.com/{THERE}", 0)],
)
def test_an_image_of_another_region_is_told(
    deployer: Deployer, moto_aws: WatchedAws, image: str, told: int
) -> None:
    pushed(moto_aws, "web", "1")
    planned = deployer.plan(f"app: shop\nservices:\n  web: {{image: '{image}', port: 80}}\n")
    found = list(far_images(planned.plan.desired, "us-east-1"))
    assert len(found) == told
    for sentence in found:
        assert sentence.startswith("The image of web is in eu-central-1, its tasks run in us-east-1")


CLOUDFRONT = "pl-3b927c52"


@pytest.mark.parametrize(
    ("allow", "secure", "rules"),
    [
        ([CLOUDFRONT], False, 0),
        ([CLOUDFRONT], True, 110),
        ([CLOUDFRONT, *[f"10.0.{number}.0/24" for number in range(6)]], False, 61),
        ([f"10.0.{number}.0/24" for number in range(30)], True, 0),
        ([f"10.0.{number}.0/24" for number in range(31)], True, 62),
    ],
)
def test_more_rules_than_a_security_group_takes_are_told(
    deployer: Deployer, allow: list[str], secure: bool, rules: int
) -> None:
    certificate = (
        "certificate: arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9, "
    )
    planned = deployer.plan(
        f"app: shop\nload_balancer: {{{certificate * secure}allow: [{', '.join(allow)}]}}\n"
        "services:\n  web: {image: 'public.example/web:1', port: 80, load_balancer: true}\n"
    )
    told = list(crowded_groups(planned.plan.desired))
    assert len(told) == bool(rules)
    assert all(f"shop--load-balancer would have {rules} rules" in one for one in told)
