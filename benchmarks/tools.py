"""The programs that fargatectl is compared with, in an environment of their own; says what it installs."""

from __future__ import annotations

import compileall
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"
PACKAGES = ("awscli", "ecs-deploy")


def environment() -> Path:
    """The folder of `aws` and `ecs`, installed first where they are missing."""
    folder = CACHE / "tools"
    mark = CACHE / "tools.installed"
    wanted = hashlib.sha256(" ".join([sys.version, *PACKAGES]).encode()).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        say(f"installing {' and '.join(PACKAGES)} into {folder.relative_to(ROOT)} (about 120 MB, a minute)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--compile", "--no-input"]
        subprocess.run([*pip, "--disable-pip-version-check", *PACKAGES], check=True)
        mark.write_text(wanted)
    return folder / "bin"


def versions(binaries: Path) -> dict[str, str]:
    """Name -> version of what is compared with."""
    pip = [str(binaries / "python"), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"]
    lines = subprocess.run(pip, check=True, capture_output=True, text=True).stdout.split()
    found = dict(line.split("==", 1) for line in lines if "==" in line)
    return {name: found[name] for name in PACKAGES}


def compile_ours() -> None:
    """Compile what fargatectl and the boto3 peers import, as an ordinary ``pip install`` does.

    The checkout's environment is installed without compiling, and where PYTHONDONTWRITEBYTECODE is set it
    would never be: every start would then measure Python's compiler.
    """
    names = ["boto3", "botocore", "s3transfer", "urllib3", "dateutil", "jmespath", "six", "click", "docker",
             "requests", "certifi", "idna", "charset_normalizer", "pydantic", "pydantic_core", "yaml", "rich",
             "annotated_types", "typing_extensions", "typing_inspection", "pygments", "markdown_it",
             "mdurl", "fargatectl"]  # fmt: skip
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is None:
            continue
        if spec.submodule_search_locations:
            for place in spec.submodule_search_locations:
                compileall.compile_dir(place, quiet=2, workers=os.cpu_count() or 1)
        elif spec.origin:
            compileall.compile_file(spec.origin, quiet=2)


def say(text: str) -> None:
    """Tell on standard error; standard output is the table's."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
