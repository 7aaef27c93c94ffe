"""Texts as YAML, for specs that this program writes."""

from __future__ import annotations

import json
import re

# A text that means itself in YAML without quotes, in a block and between [ ].
_PLAIN = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9_./$@+:=-]*(?<!:)", re.ASCII)


def scalar(text: str) -> str:
    """A text as a YAML scalar that is read back as it is."""
    if _PLAIN.fullmatch(text) and text.lower() not in ("null", "none"):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
