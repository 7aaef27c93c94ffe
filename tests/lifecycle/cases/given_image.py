"""`ecr.given_image`; what else is said of images: tests/app/test_given_images.py."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.lifecycle.case import LookedUp, Thing
from tests.support.watched import ACCOUNT, REGION, WatchedAws

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
ONE_PLATFORM = "application/vnd.docker.distribution.manifest.v2+json"
SEVERAL = "application/vnd.oci.image.index.v1+json"


def spec(reference: str) -> str:
    return f"app: shop\nservices:\n  web:\n    port: 8080\n    image: {reference}\n"


def pushed(aws: WatchedAws, repository: str, tag: str, platforms: Sequence[str] = ()) -> str:
    """An image of somebody's in a repository of its own; its digest.

    Args:
        platforms: Such as ``linux/arm64``; empty for an image whose manifest does not say.
    """
    aws.call("ecr", "CreateRepository", repositoryName=repository)
    return tagged(aws, repository, tag, platforms)


def tagged(
    aws: WatchedAws, repository: str, tag: str, platforms: Sequence[str] = (), content: str = "0"
) -> str:
    """A tag in a repository that is there, moved where there is one; the digest.

    Args:
        content: A hexadecimal digit: another one is another image.
    """
    kind = SEVERAL if platforms else ONE_PLATFORM
    manifest: dict[str, Any] = {"schemaVersion": 2, "mediaType": kind}
    if platforms:
        manifest["manifests"] = [
            {
                "mediaType": ONE_PLATFORM,
                "digest": f"sha256:{content * 56}{number:08x}",
                "size": 1,
                "platform": dict(zip(("os", "architecture"), one.split("/"), strict=True)),
            }
            for number, one in enumerate(platforms)
        ]
    else:
        manifest |= {"config": {"digest": f"sha256:{content * 64}", "size": 1}, "layers": []}
    answer = aws.call(
        "ecr", "PutImage", repositoryName=repository, imageTag=tag, imageManifestMediaType=kind,
        imageManifest=json.dumps(manifest),
    )  # fmt: skip
    return str(answer["image"]["imageId"]["imageDigest"])


def by_tag(aws: WatchedAws) -> tuple[str, Mapping[str, str]]:
    return spec(f"{REGISTRY}/team/web:1"), {"digest": pushed(aws, "team/web", "1")}


def things(aws: WatchedAws) -> Iterator[Thing]:
    for repository in aws.items("ecr", "DescribeRepositories", "repositories"):
        if (name := repository["repositoryName"]) == "team/web":
            for one in aws.items("ecr", "ListImages", "imageIds", repositoryName=name):
                yield Thing(one["imageTag"], one)


def used(aws: WatchedAws) -> Mapping[str, str]:
    (registered,) = aws.of("RegisterTaskDefinition")
    return {"digest": registered["containerDefinitions"][0]["image"].partition("@")[2]}


def no_repository(_: WatchedAws) -> tuple[str, str]:
    return spec(f"{REGISTRY}/team/web:1"), "ECR has no repository team/web in us-east-1"


def no_tag(aws: WatchedAws) -> tuple[str, str]:
    pushed(aws, "team/web", "1")
    return spec(f"{REGISTRY}/team/web"), "the repository team/web has no tag latest"


def no_digest(aws: WatchedAws) -> tuple[str, str]:
    pushed(aws, "team/web", "1")
    digest = f"sha256:{'a' * 64}"
    return spec(f"{REGISTRY}/team/web:1@{digest}"), f"the repository team/web has no image {digest}"


def no_platform(aws: WatchedAws) -> tuple[str, str]:
    pushed(aws, "team/web", "1", ["linux/arm64", "windows/amd64"])
    return spec(f"{REGISTRY}/team/web:1"), "is made for arm64 only, and tasks have x86_64"


CASE = LookedUp(
    kind="ecr.given_image",
    id=f"{REGISTRY}/team/web:1",
    found={"by tag": by_tag},
    used=used,
    things=things,
    missing={
        "the repository": no_repository,
        "the tag": no_tag,
        "the digest": no_digest,
        "a platform": no_platform,
    },
)
