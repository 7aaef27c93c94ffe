"""A stand-in from Debian's packages: a minimal system with Debian's own Python, which may not be 3.12.

Slower than copying an installed CPython, and it takes root and a Debian mirror: for machines without one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from devtools.say import say
from devtools.standin import CA_BUNDLE, StandIn, StandInError, ca_bundle, environment

_PACKAGES = "python3,python3-pip,ca-certificates"
_UNNEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")


def write(archive: Path) -> StandIn:
    """Write the root file system to `archive`, a tar file.

    Raises:
        StandInError: The packages cannot be had, or this user is not root.
    """
    if os.geteuid() != 0:
        raise StandInError(
            "making a base image from Debian's packages takes root: run scripts/base-image as root"
        )
    if not shutil.which("debootstrap"):
        install = Path(__file__).parents[1] / "apt-install"
        reason = "a base image must be made"
        if subprocess.run([install, reason, "debootstrap"], check=False).returncode:
            raise StandInError("no stand-in can be made: neither CPython 3.12 nor debootstrap is here")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        say("base-image", "making a minimal Debian with python3 and pip (debootstrap; about a minute)")
        command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _release(), str(root)]
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
            raise StandInError(f"debootstrap failed:\n{tail}")
        version = _adapt(root)
        with tarfile.open(archive, "w") as tar:
            tar.add(root, arcname=".", filter=_without_devices)
    return StandIn(f"Debian's Python {version} (debootstrap)", environment(has_ca_bundle=True))


def _adapt(root: Path) -> str:
    """Make Debian's Python look like the image's: `python`, and a pip that may install; its version."""
    for folder in _UNNEEDED:
        shutil.rmtree(root / folder, ignore_errors=True)
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    if bundle := ca_bundle():
        shutil.copyfile(bundle, root / CA_BUNDLE)
    return (root / "usr/bin/python3").readlink().name.removeprefix("python")


def _release() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return "stable"


def _without_devices(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if entry.ischr() or entry.isblk() or entry.name.startswith("./dev/") else entry
