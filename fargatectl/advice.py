"""What makes tasks start slowly and can be seen before anything is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fargatectl.engine.resource import Resource
from fargatectl.resources.task_definition import TaskDefinition

# Amazon ECR User Guide, "Amazon ECR private registry": the registry's address.
_ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.amazonaws\.com(?:\.cn)?/")


def far_images(desired: Iterable[Resource], region: str) -> Iterator[str]:
    """A sentence for each image in an ECR repository of another region than its tasks."""
    images = {
        one.image: one.id for one in desired if isinstance(one, TaskDefinition) and isinstance(one.image, str)
    }
    for image, service in images.items():
        found = _ECR.match(image)
        if found and found[1] != region:
            yield (
                f"The image of {service} is in {found[1]}, its tasks run in {region}: each task pulls it "
                "from one region to the other, which takes longer and is charged by the GB. ECR can keep "
                f"a copy in {region}: private image replication."
            )
