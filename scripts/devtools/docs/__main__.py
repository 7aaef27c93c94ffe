"""Writes the generated documents, and the generated blocks inside the others.

scripts/docs             write what has changed
scripts/docs --check     write nothing; exit 1 and name what is not current
scripts/docs --picture   draw docs/terminal.svg from a real run: needs Docker Engine and python:3.12-slim
"""

from __future__ import annotations

import sys

from devtools.docs import ROOT, build
from devtools.say import say


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments == ["--picture"]:
        from devtools.docs import picture

        picture.draw(ROOT / "docs/terminal.svg")
        return 0
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = {path: text for path, text in build.documents().items() if build.current(path) != text}
    for path, text in stale.items():
        if arguments:
            say("docs", f"{path.relative_to(ROOT)} is not current: run scripts/docs")
        else:
            path.write_text(text, "utf-8")
            say("docs", f"wrote {path.relative_to(ROOT)}")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
