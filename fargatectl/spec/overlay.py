"""One environment's differences laid over the rest of a spec."""

from __future__ import annotations

from dataclasses import replace

from fargatectl.spec.tree import Node


def merge(base: Node | None, overlay: Node) -> Node:
    """`overlay` over `base`: maps are merged, everything else is replaced, null removes the key.

    Each node keeps its own line and path, so that faults point to where a value really stands.
    """
    if not isinstance(overlay.value, dict):
        return overlay
    below = base.value if base is not None and isinstance(base.value, dict) else {}
    entries = dict(below)
    for key, child in overlay.value.items():
        if child.value is None:
            entries.pop(key, None)
        else:
            entries[key] = merge(below.get(key), child)
    # The key of a merged map stands in both: the base's line is where people look for what is missing in it.
    return replace(base if below and base is not None else overlay, value=entries)
