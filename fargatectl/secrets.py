"""The app's own secrets: set, list, delete. Values go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fargatectl.aws.errors import AwsError
from fargatectl.engine.observe import Look
from fargatectl.errors import UsageError
from fargatectl.resources.secret import put, secret_folder, stored
from fargatectl.run import Run

LARGEST = 4096  # bytes of a standard parameter (SSM API reference, PutParameter, Value)


def check_value(value: str) -> None:
    """Raise UsageError where SSM would refuse a value; the message leaves it out."""
    size = len(value.encode())
    if not value:
        raise UsageError("the value is empty", hint="To remove a secret: fargatectl secret delete NAME")
    if size > LARGEST:
        raise UsageError(
            f"the value has {size} bytes, and a parameter takes {LARGEST}",
            hint="Keep it in Secrets Manager (64 KiB) and name it: secretsmanager:NAME",
        )


def set_secret(run: Run, name: str, value: str, *, key: str = "") -> dict[str, Any]:
    """Set one, new or not; ``secret set -o json``.

    Args:
        key: The KMS key that encrypts it; the one it has, or the account's own for SSM if empty.
    """
    check_value(value)
    request = put(run.scope, name, value, key=key)
    try:
        answer = run.aws.call("ssm", "PutParameter", **request)
        created = True
    except AwsError as error:
        if not error.exists:
            raise
        # Tags are only taken where it is made.
        again = {**request, "Overwrite": True}
        del again["Tags"]
        answer = run.aws.call("ssm", "PutParameter", **again)
        created = False
    return {
        "schema": 1,
        "name": name,
        "parameter": request["Name"],
        "version": int(answer["Version"]),
        "created": created,
    }


def list_secrets(run: Run, used: Mapping[str, list[str]]) -> dict[str, Any]:
    """What is set, and what the spec wants and is not; ``secret list -o json``.

    Args:
        used: Secret -> the services whose tasks get it, as the spec says.
    """
    look = Look(run.aws, run.scope, thorough=True)
    folder = secret_folder(run.scope)
    found = {str(one["Name"]).removeprefix(folder): one for one in stored(look)}
    return {
        "schema": 1,
        "secrets": [_shown(name, found.get(name), used.get(name, [])) for name in sorted({*found, *used})],
    }


def delete_secret(run: Run, name: str) -> dict[str, Any]:
    """Remove one for good; ``secret delete -o json``.

    Raises:
        UsageError: There is none.
    """
    try:
        run.aws.call("ssm", "DeleteParameter", Name=f"{secret_folder(run.scope)}{name}")
    except AwsError as error:
        if not error.gone:
            raise
        raise UsageError(
            f"there is no secret {name}", hint="See which there are: fargatectl secret list"
        ) from None
    return {"schema": 1, "deleted": [{"kind": "ssm.secret", "name": name}]}


def _shown(name: str, found: Mapping[str, Any] | None, services: list[str]) -> dict[str, Any]:
    changed = found.get("LastModifiedDate") if found else None
    return {
        "name": name,
        "set": found is not None,
        "version": found.get("Version") if found else None,
        "changed_at": changed.isoformat() if isinstance(changed, datetime) else None,
        "services": services,
    }
