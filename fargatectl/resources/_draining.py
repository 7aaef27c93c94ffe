"""Services that were deleted and whose tasks still stop: a run that was cut short does not wait for them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from fargatectl.engine.observe import Look
from fargatectl.resources._revisions import families
from fargatectl.resources._services import Found, describe
from fargatectl.resources.cluster import clusters


def unlisted(look: Look, known: Iterable[str]) -> list[Found]:
    """Our services that ListServices hides, as it does those that drain; DescribeServices shows them by name.

    What tells their names are the families of their task definitions, which are removed only after them.
    Where each family has its service among the known, nothing more is asked.

    Args:
        known: Addresses of those that were found already, and of the wanted ones.
    """
    seen, start = set(known), f"{look.scope.prefix}-"
    own = [one.name for one in clusters(look) if one.owned]
    if not own:
        return []
    names = sorted(family.removeprefix(start) for family in families(look) if family.startswith(start))
    missing = {cluster: [name for name in names if f"{cluster}/{name}" not in seen] for cluster in own}
    parts = look.gather(*[partial(describe, look, cluster, left) for cluster, left in missing.items()])
    return [one for part in parts for one in part if one.owned]
