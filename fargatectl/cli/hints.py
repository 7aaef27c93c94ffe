"""What to add to a suggested command so that it means the same app."""

from __future__ import annotations

import shlex

from fargatectl.cli.options import Options


def same_app(options: Options) -> str:
    """The options that a user gave and must give again, such as ``--local -e prod``."""
    words = ["--local"] if options.local else []
    for name, value in (
        ("--file", options.file),
        ("--app", options.app),
        ("-e", options.env),
        ("--region", options.region),
        ("--profile", options.profile),
    ):
        if value is not None:
            words += [name, str(value)]
    return shlex.join(words)
