"""What is told of images before they are deployed."""

from __future__ import annotations

import pytest

from fargatectl.advice import far_images
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
