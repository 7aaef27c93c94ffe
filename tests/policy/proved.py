"""What was proved in this process; each entry is ``<purpose> <action>``."""

ASKED: set[str] = set()
"""In a printed policy, and asked for in some run."""

MISSED: set[str] = set()
"""Removed from a printed policy, and a command failed and named it."""

FAILED: list[str] = []
"""Removed, and not missed as it should be; or asked for in vain."""
