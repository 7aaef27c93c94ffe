"""A container's environmentFiles: ``NAME=value`` lines of files in S3, read when its task starts.

Source: the Amazon ECS developer guide, "Pass environment variables to an Amazon ECS container": lines that
begin with # are comments, nothing is quoted, the first of two values counts, and ``environment`` comes before
all files.
"""

from __future__ import annotations

from typing import Any

from ministack.services import s3

from .failures import StartError


def read(container: dict[str, Any]) -> dict[str, str]:
    """The variables of all its files.

    Raises:
        StartError: A file is not there.
    """
    found: dict[str, str] = {}
    for one in container.get("environmentFiles") or ():
        bucket, _, key = str(one["value"]).split(":::", 1)[-1].partition("/")
        content = s3._get_object_data(bucket, key)
        if content is None:
            raise StartError(
                "ResourceInitializationError: failed to download env files: file download command: non empty "
                f"error stream: s3://{bucket}/{key}: NoSuchKey: The specified key does not exist."
            )
        for name, value in parsed(content.decode("utf-8", "replace")).items():
            found.setdefault(name, value)
    return found


def parsed(text: str) -> dict[str, str]:
    """The variables of one file."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, is_one, value = line.partition("=")
        if is_one and name.strip() and not name.lstrip().startswith("#"):
            found.setdefault(name.strip(), value)
    return found
