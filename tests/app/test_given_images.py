"""Images in ECR that nobody builds here: looked for before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest

from fargatectl.advice import unchecked_images
from fargatectl.aws.errors import DeniedError
from fargatectl.errors import SpecError
from fargatectl.operations import plan
from tests.lifecycle.cases.given_image import REGISTRY, pushed, spec
from tests.support.apps import ONE, Deployer
from tests.support.shims_ecr import cache
from tests.support.watched import ACCOUNT, REGION, WatchedAws

MANY = f"""app: shop
services:
  web:
    image: {REGISTRY}/team/web:2
    port: 8080
    sidecars:
      proxy:
        image: {REGISTRY}/proxy
  worker:
    image: {REGISTRY}/team/web:2
  sleeper:
    image: {REGISTRY}/none:1
    count: 0
"""


def test_all_that_are_missing_are_told_where_they_are_named(deployer: Deployer, moto_aws: WatchedAws) -> None:
    pushed(moto_aws, "team/web", "1")
    aws = deployer.aws()
    with pytest.raises(SpecError) as caught:
        deployer.up(MANY, aws)
    tag = f"{REGISTRY}/team/web:2 is not there: the repository team/web has no tag 2"
    none = f"{REGISTRY}/proxy is not there: ECR has no repository proxy in us-east-1"
    assert [(one.line, one.key, one.text) for one in caught.value.problems] == [
        (4, "services.web.image", tag),
        (8, "services.web.sidecars.proxy.image", none),
        (10, "services.worker.image", tag),
    ]
    assert aws.writes == []
    assert sorted(one["repositoryName"] for one in aws.of("BatchGetImage")) == ["proxy", "team/web"]


def test_one_given_by_hand_is_told_as_it_was_given(deployer: Deployer) -> None:
    with pytest.raises(SpecError, match=f"^--image web: {REGISTRY}/shop:9 is not there: ECR has no repo"):
        deployer.plan(ONE, images={"web": f"{REGISTRY}/shop:9"})


@pytest.mark.parametrize("at_once", [True, False])
def test_it_is_asked_for_before_anything_is_changed(
    deployer: Deployer, moto_aws: WatchedAws, at_once: bool
) -> None:
    digest = pushed(moto_aws, "team/web", "1", ["linux/amd64", "linux/arm64", "unknown/unknown"])
    loaded = deployer.load(spec(f"{REGISTRY}/team/web:1@{digest}"))
    aws = deployer.aws()
    planned = plan(deployer.run(loaded, aws), deployer.app(loaded), at_once=at_once)
    assert planned.plan.changes
    assert list(unchecked_images(planned.plan)) == []
    assert len(aws.of("BatchGetImage")) == 1
    assert aws.of("DescribePullThroughCacheRules") == []


@pytest.mark.parametrize(
    "reference",
    [
        "public.example/web:1",
        f"mirror.example/{REGISTRY}/web:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "999999999999.dkr.ecr.us-east-1.amazonaws.com/web:1",
    ],
)
def test_what_is_elsewhere_is_not_asked_for(deployer: Deployer, reference: str) -> None:
    aws = deployer.aws()
    assert deployer.plan(spec(reference), aws).plan.changes
    assert aws.of("BatchGetImage") == []


@pytest.mark.parametrize("by_digest", [True, False])
def test_where_it_runs_it_may_be_missing(deployer: Deployer, moto_aws: WatchedAws, by_digest: bool) -> None:
    from moto.ecs.models import ecs_backends

    digest = pushed(moto_aws, "team/web", "1")
    text = spec(f"{REGISTRY}/team/web{f'@{digest}' if by_digest else ':1'}")
    deployer.up(text)
    moto_aws.call("ecr", "DeleteRepository", repositoryName="team/web", force=True)
    aws = deployer.aws()
    assert deployer.plan(text, aws).plan.changes == ()
    assert len(aws.of("BatchGetImage")) == (0 if by_digest else 1)
    with pytest.raises(SpecError):
        deployer.plan(f"{text}    env: {{A: b}}\n")
    ecs_backends[ACCOUNT][REGION].services["shop:web"].running_count = 0
    with pytest.raises(SpecError):
        deployer.plan(text)


@pytest.mark.parametrize("prefix", ["team", "ROOT"])
def test_one_that_a_rule_would_fetch_may_be_missing(deployer: Deployer, prefix: str) -> None:
    cache(prefix)
    assert deployer.plan(spec(f"{REGISTRY}/team/web:1")).plan.changes


def test_a_rule_for_others_does_not_help(deployer: Deployer) -> None:
    cache("tea", "docker-hub")
    with pytest.raises(SpecError):
        deployer.plan(spec(f"{REGISTRY}/team/web:1"))


@pytest.mark.parametrize("operation", ["BatchGetImage", "DescribePullThroughCacheRules"])
def test_who_may_not_look_deploys_and_is_told(deployer: Deployer, operation: str) -> None:
    aws = deployer.aws()

    def refuse(*_: Any) -> Any:
        raise DeniedError("AccessDeniedException", "no", "ecr", operation)

    aws.rig("ecr", operation, refuse)
    text = spec(f"{REGISTRY}/team/web:1")
    planned = deployer.plan(text, aws)
    assert list(unchecked_images(planned.plan)) == [
        f"Whether the image {REGISTRY}/team/web:1 is there was not checked: ecr:{operation} is not permitted."
    ]
