"""The documents that are made from the code, so that they cannot fall behind it."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
