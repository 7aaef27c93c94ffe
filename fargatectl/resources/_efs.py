"""What the kinds of Amazon EFS have in common: who looks, and the app's own file systems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fargatectl.engine.observe import Look
from fargatectl.resources._tags import index, read

Shown = Mapping[str, Any]

LEAVING = ("deleting", "deleted")
"""Life cycle states of what is as good as gone."""


def sought(look: Look, wanted: Iterable[object], kind: str) -> bool:
    """Whether EFS is asked for the app's own of a kind: a spec without a file system costs no call.

    Args:
        kind: As in an ARN, such as ``file-system``.
    """
    if any(True for _ in wanted) or look.thorough:
        return True
    parts = (arn.split(":", 5) for arn in index(look))
    return any(one[2] == "elasticfilesystem" and one[5].partition("/")[0] == kind for one in parts)


def file_systems(look: Look) -> list[tuple[Shown, dict[str, str]]]:
    """Every file system of the account and region that is not on its way out, with its tags; asked once."""

    def ask() -> list[tuple[Shown, dict[str, str]]]:
        shown = look.aws.items("efs", "DescribeFileSystems", "FileSystems")
        return [(one, read(one.get("Tags"))) for one in shown if one["LifeCycleState"] not in LEAVING]

    return look.once("file systems", ask)
