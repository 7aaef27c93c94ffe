"""Loads every kind: a new file in this folder is a new kind."""

from __future__ import annotations

import importlib
import pkgutil

from fargatectl import resources
from fargatectl.engine.resource import KINDS, Resource


def load_kinds() -> dict[str, type[Resource]]:
    """Import every module of `fargatectl.resources`; the kinds by name."""
    for module in pkgutil.iter_modules(resources.__path__):
        importlib.import_module(f"{resources.__name__}.{module.name}")
    return KINDS
