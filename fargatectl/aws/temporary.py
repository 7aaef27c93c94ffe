"""Temporary credentials that the AWS CLI keeps on this machine: read, never written.

Who has just typed the code of a second factor for `aws` is not asked again by each command here. Ours are
kept in memory alone, for what this process asks next.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(".aws/cli/cache")
"""Below the home folder; awscli's `customizations.assumerole`, the same for its versions 1 and 2."""

_MEMBERS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


class Temporary(dict[str, Any]):
    """The cache that botocore looks into before it asks STS or IAM Identity Center for credentials.

    botocore makes the key, of all that decides which credentials they are, and looks when they expire.
    """

    def __contains__(self, key: object) -> bool:
        if not super().__contains__(key):
            kept = _kept(str(key))
            if kept is None:
                return False
            self[str(key)] = kept
        return True


def use_kept(session: Any) -> None:
    """Let a botocore session, whose region is set, use credentials that the AWS CLI has kept."""
    from botocore.credentials import create_credential_resolver

    # botocore's own way to a cache in files, which it leaves to its callers.
    region = session.get_config_variable("region")
    resolver = create_credential_resolver(session, cache=Temporary(), region_name=region)
    session.register_component("credential_provider", resolver)


def _kept(key: str) -> dict[str, Any] | None:
    from botocore.utils import parse_timestamp

    try:
        answer = json.loads((Path.home() / _FOLDER / f"{key}.json").read_bytes())
        credentials = answer["Credentials"]
        if not all(isinstance(credentials[member], str) for member in _MEMBERS):
            return None
        return answer if parse_timestamp(credentials["Expiration"]).tzinfo else None
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, OverflowError):
        return None  # there are none, or none that can be used: new ones are asked for
