"""Where moto's ECR keeps less than AWS does; see `tests.support.shims`.

- BatchGetImage: moto says of a digest that it does not have that it has no tag ``null``.
- PutImage: an image's digest is the hash of its manifest; moto's is that of its layers, or random.
- DescribePullThroughCacheRules: moto does not know it; here there are none but those of `cache`.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tests.support.watched import ACCOUNT, REGION


def install(monkeypatch: Any) -> None:
    """Bring moto closer to AWS for as long as the patches last."""
    from moto.core.responses import ActionResult
    from moto.ecr.models import ECRBackend, Image
    from moto.ecr.responses import ECRResponse

    get = ECRBackend.batch_get_image

    def batch_get_image(
        self: Any, name: str, registry: str | None = None, ids: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"images": [], "failures": []}
        for one in ids or ():
            answer = get(self, name, registry, [one])
            found["images"] += answer["images"]
            found["failures"] += [{**failure, "imageId": one} for failure in answer["failures"]]
        return found

    def describe(self: Any) -> Any:
        prefixes = self.ecr_backend.__dict__.get("_cached", ())
        rules = [{"ecrRepositoryPrefix": one, "upstreamRegistryUrl": "public.ecr.aws"} for one in prefixes]
        return ActionResult({"pullThroughCacheRules": rules})

    def digest(self: Any) -> None:
        self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"

    monkeypatch.setattr(ECRBackend, "batch_get_image", batch_get_image)
    monkeypatch.setattr(Image, "_create_digest", digest)
    monkeypatch.setattr(ECRResponse, "describe_pull_through_cache_rules", describe, raising=False)


def cache(*prefixes: str) -> None:
    """Pull through cache rules for repositories whose names begin so, in place of those there are."""
    from moto.ecr.models import ecr_backends

    ecr_backends[ACCOUNT][REGION].__dict__["_cached"] = prefixes
