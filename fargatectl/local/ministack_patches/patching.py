"""Replacing a function of a MiniStack module, wherever that module looks it up."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

Function = Callable[..., Any]


def replace(module: ModuleType, name: str, build: Callable[[Function], Function]) -> None:
    """Put ``build(original)`` in the place of `module`'s function `name`.

    Calls inside the module find it by its global name; requests find it in the module's ``_ACTION_MAP``,
    which holds the function itself, so both are changed.
    """
    original: Function = getattr(module, name)
    replacement = build(original)
    setattr(module, name, replacement)
    actions = getattr(module, "_ACTION_MAP", {})
    for action, handler in actions.items():
        if handler is original:
            actions[action] = replacement
