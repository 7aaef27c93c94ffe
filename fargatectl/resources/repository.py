"""The ECR repository that holds an app's images."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from fargatectl.aws.errors import AwsError
from fargatectl.dataclass import dataclass
from fargatectl.engine.observe import Look
from fargatectl.engine.outputs import Outputs
from fargatectl.engine.resource import IDENTITY, FieldChange, Live, Resource
from fargatectl.engine.rights import Operation, Right, Territory
from fargatectl.engine.scope import TAG_ID
from fargatectl.engine.tools import Tools
from fargatectl.resources import _overridable
from fargatectl.resources._tags import canonical, indexed, read, upper
from fargatectl.resources.account import Account
from fargatectl.resources.kms_key import KmsKey, refuse_another

# Of each service. ECR goes by when they were pushed and knows none that runs: so many releases that fail, or
# that come after one went back to an earlier image, must not push out the one that serves.
KEPT_IMAGES = 100
MOST_RULES = 50  # ECR API reference, lifecycle policies


def lifecycle_policy(services: Sequence[str]) -> str:
    """An ECR lifecycle policy that keeps each service's newest images, whatever the others do.

    A count over the whole repository would let a busy service push out the image that a quiet one runs.
    """
    rules = [
        {
            "rulePriority": number,
            "description": f"keep the last {KEPT_IMAGES} images of {service}",
            "selection": {
                "tagStatus": "tagged",
                "tagPrefixList": [f"{service}."],
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_IMAGES,
            },
            "action": {"type": "expire"},
        }
        for number, service in enumerate(sorted(services)[:MOST_RULES], 1)
    ]
    return canonical({"rules": rules})


@dataclass(frozen=True, kw_only=True, eq=False)
class Repository(Resource):
    """An ECR repository with immutable tags: what a tag meant when it was deployed, it means for ever.

    Attributes:
        kms_key: None: ECR's default (AES-256), and whichever one that is there has.

    Outputs: ``arn``, ``uri``.
    """

    kind: ClassVar[str] = "ecr.repository"
    overridable = _overridable.REPOSITORY

    account: Account
    lifecycle: str
    tag_mutability: str = "IMMUTABLE"
    scan_on_push: bool = True
    kms_key: KmsKey | None = field(default=None, metadata=IDENTITY)

    def values(self, outputs: Outputs) -> dict[str, object]:
        return {
            "lifecycle": self.lifecycle,
            "tag_mutability": self.tag_mutability,
            "scan_on_push": self.scan_on_push,
        }

    def predict(self, outputs: Outputs) -> Mapping[str, str]:
        account = {name: outputs.get(self.account, name) for name in ("id", "region", "partition")}
        return {"arn": "arn:{partition}:ecr:{region}:{id}:repository/".format(**account) + self.name}

    def rights(self, territory: Territory) -> Sequence[Right]:
        own = (territory.arn("ecr", f"repository/{self.name}"),)
        changes = (
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
        )
        reads = ("ecr:DescribeRepositories", "ecr:ListTagsForResource")
        grants = (Operation.CREATE, Operation.DELETE)
        return (
            Right((Operation.FIND,), (*reads, "ecr:GetLifecyclePolicy"), own),
            Right((Operation.FIND,), ("tag:GetResources",)),
            Right((Operation.CREATE,), ("ecr:CreateRepository", "ecr:TagResource"), own),
            Right((Operation.UPDATE,), changes, own),
            Right((Operation.DELETE,), ("ecr:DeleteRepository",), own),
            # ECR's grants go with the repository (ECR user guide, "Encryption at rest").
            *(
                []
                if self.kms_key is None
                else [Right(grants, ("kms:RetireGrant",), *self.kms_key.named(territory))]
            ),
        )

    @classmethod
    def searches(cls, territory: Territory) -> Sequence[Right]:
        every = (territory.arn("ecr", "repository/*"),)
        return (
            Right((Operation.SEARCH,), ("ecr:DescribeRepositories", "ecr:ListTagsForResource"), every),
            Right((Operation.SEARCH,), ("tag:GetResources",)),
        )

    @classmethod
    def find(cls, look: Look, wanted: Sequence[Self]) -> Iterable[Live]:
        names = [one.name for one in wanted]
        known, policies, tagged = look.gather(
            lambda: _describe(look, names),
            lambda: dict(zip(names, look.gather(*[_policy_of(look, name) for name in names]), strict=True)),
            lambda: indexed(look, "ecr", ":repository/"),
        )
        others = _describe(look, [] if look.thorough else [name for name in tagged if name not in names],
                           everything=look.thorough)  # fmt: skip
        repositories = {one["repositoryName"]: one for one in [*known, *others]}

        def tags_of(name: str) -> dict[str, str]:
            listed: dict[str, str] | None = tagged.get(name)
            if listed is not None and name in names:  # before a removal, the index is no proof
                return listed
            arn = repositories[name]["repositoryArn"]
            return read(look.aws.call("ecr", "ListTagsForResource", resourceArn=arn).get("tags"))

        tags = look.gather(*[lambda name=name: tags_of(name) for name in repositories])
        lives = [
            _live(look, repository, own, policies.get(name))
            for (name, repository), own in zip(repositories.items(), tags, strict=True)
        ]
        owned = {live.name for live in lives if live.owned}
        for one in (one for one in wanted if one.name in owned):
            encryption = repositories[one.name].get("encryptionConfiguration", {})
            refuse_another(
                look, one.kms_key, encryption.get("kmsKey"), f"the repository {one.name}",
                "Name another (repository:): a new one is made, the old one removed with its images.",
            )  # fmt: skip
        return [live for live in lives if live.owned or live.name in names]

    def create(self, tools: Tools, outputs: Outputs) -> Live:
        answer = tools.aws.call(
            "ecr",
            "CreateRepository",
            repositoryName=self.name,
            imageTagMutability=self.tag_mutability,
            imageScanningConfiguration={"scanOnPush": self.scan_on_push},
            encryptionConfiguration=(
                {"encryptionType": "KMS", "kmsKey": outputs.need(self.kms_key)}
                if self.kms_key
                else {"encryptionType": "AES256"}
            ),
            tags=upper(tools.scope.tags(self.id)),
        )["repository"]
        fields = {name: value for name, value in self.values(outputs).items() if name != "lifecycle"}
        return Live(self.kind, self.id, self.name, self.address, True, fields, _outputs(answer))

    def update(self, tools: Tools, live: Live, fields: Mapping[str, FieldChange], outputs: Outputs) -> Live:
        name = {"repositoryName": self.name}
        if "lifecycle" in fields:
            tools.aws.call("ecr", "PutLifecyclePolicy", lifecyclePolicyText=self.lifecycle, **name)
        if "tag_mutability" in fields:
            tools.aws.call("ecr", "PutImageTagMutability", imageTagMutability=self.tag_mutability, **name)
        if "scan_on_push" in fields:
            scanning = {"scanOnPush": self.scan_on_push}
            tools.aws.call(
                "ecr", "PutImageScanningConfiguration", imageScanningConfiguration=scanning, **name
            )
        return dataclasses.replace(live, fields=self.values(outputs))

    @classmethod
    def delete(cls, tools: Tools, live: Live) -> None:
        tools.aws.call("ecr", "DeleteRepository", repositoryName=live.name, force=True)


def _describe(look: Look, names: Sequence[str], *, everything: bool = False) -> list[dict[str, Any]]:
    if everything:
        return list(look.aws.items("ecr", "DescribeRepositories", "repositories"))
    if not names:
        return []
    try:
        return list(
            look.aws.items("ecr", "DescribeRepositories", "repositories", repositoryNames=list(names))
        )
    except AwsError as error:
        if not error.gone:
            raise
    # One that is missing fails the whole call: the others are asked for one by one.
    if len(names) == 1:
        return []
    parts = look.gather(*[lambda name=name: _describe(look, [name]) for name in names])
    return [one for part in parts for one in part]


def _policy_of(look: Look, name: str) -> Any:
    def ask() -> str | None:
        try:
            answer = look.aws.call("ecr", "GetLifecyclePolicy", repositoryName=name)
        except AwsError as error:
            if error.gone:
                return None
            raise
        return canonical(answer["lifecyclePolicyText"])

    return ask


def _outputs(repository: Mapping[str, Any]) -> dict[str, str]:
    return {"arn": str(repository["repositoryArn"]), "uri": str(repository["repositoryUri"])}


def _live(look: Look, repository: Mapping[str, Any], tags: Mapping[str, str], policy: str | None) -> Live:
    name = str(repository["repositoryName"])
    return Live(
        Repository.kind,
        tags.get(TAG_ID, ""),
        name,
        name,
        look.scope.owns(tags),
        {
            "lifecycle": policy,
            "tag_mutability": repository.get("imageTagMutability"),
            "scan_on_push": repository.get("imageScanningConfiguration", {}).get("scanOnPush", False),
        },
        _outputs(repository),
        raw=repository,
    )
