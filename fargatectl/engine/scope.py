"""Whose a resource is: the app and environment that every create writes into its tags."""

from __future__ import annotations

from collections.abc import Mapping

from fargatectl.dataclass import dataclass

TAG_APP = "fargatectl:app"
TAG_ENVIRONMENT = "fargatectl:env"
TAG_ID = "fargatectl:id"

DEFAULT_ENVIRONMENT = "default"


@dataclass(frozen=True)
class Scope:
    """One environment of one app: what a run looks at, changes and removes."""

    app: str
    environment: str = DEFAULT_ENVIRONMENT

    @property
    def prefix(self) -> str:
        """What derived names begin with: the app, and the environment unless it is the default one."""
        if self.environment == DEFAULT_ENVIRONMENT:
            return self.app
        return f"{self.app}-{self.environment}"

    def tags(self, id: str) -> dict[str, str]:
        """The tags that make a resource ours."""
        return {TAG_APP: self.app, TAG_ENVIRONMENT: self.environment, TAG_ID: id}

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether these tags say that this app and environment made the resource."""
        return tags.get(TAG_APP) == self.app and tags.get(TAG_ENVIRONMENT) == self.environment
