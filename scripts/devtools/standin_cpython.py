"""A stand-in from a CPython 3.12 that is installed here: its files, the libraries it needs, and a shell.

Takes seconds and no network. Python lies in /usr/local, as in the real image.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from devtools.standin import CA_BUNDLE, StandIn, StandInError, ca_bundle, environment

VERSION = "3.12"
_HOME = "usr/local"
_SKIPPED = {
    "__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "idle_test", "tkinter",
    "turtledemo", "ensurepip", "lib2to3",
}  # fmt: skip
_TOOLS = (
    "sh", "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dirname", "echo", "env", "expr",
    "false", "find", "grep", "groupadd", "head", "hostname", "id", "kill", "ln", "ls", "mkdir",
    "mktemp", "mv", "nproc", "printf", "ps", "pwd", "readlink", "realpath", "rm", "rmdir", "sed", "seq",
    "sleep", "sort", "stat", "tail", "tar", "tee", "test", "touch", "tr", "true", "uname", "uniq",
    "useradd", "wc", "which", "whoami", "xargs",
)  # fmt: skip
_ETC = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
    "etc/gshadow": "root:*::\nnogroup:*::\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_ASK = """
import json, platform, sys, sysconfig
if sys.version_info[:2] != (3, 12) or platform.python_implementation() != "CPython":
    sys.exit(1)
print(json.dumps([sys.executable, sysconfig.get_path("stdlib"), platform.python_version(), sys.base_prefix]))
"""


def write(archive: Path) -> StandIn:
    """Write the root file system to `archive`, a tar file.

    Raises:
        StandInError: No complete CPython 3.12 is installed here, or this system cannot say what it needs.
    """
    for python in _candidates():
        answer = subprocess.run([python, "-I", "-c", _ASK], check=False, capture_output=True, text=True)
        if answer.returncode:
            continue
        executable, stdlib, version, _ = (str(part) for part in json.loads(answer.stdout))
        pip = next((Path(stdlib) / "ensurepip/_bundled").glob("pip-*.whl"), None)
        if pip is None:
            continue  # Debian's own: pip is in another package
        with tarfile.open(archive, "w") as tar:
            _Root(tar).fill(Path(executable), Path(stdlib), pip)
        bundle = ca_bundle() is not None
        return StandIn(f"CPython {version} in {stdlib}", environment(has_ca_bundle=bundle))
    raise StandInError(f"no complete CPython {VERSION} is installed here")


def _candidates() -> Iterator[Path]:
    name = f"python{VERSION}"
    for folder in os.get_exec_path():
        yield from filter(Path.is_file, [Path(folder) / name])
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for root, pattern in (
        (pyenv, f"versions/{VERSION}*/bin/{name}"),
        (home, f".local/share/uv/python/cpython-{VERSION}*/bin/{name}"),
        (home, f".asdf/installs/python/{VERSION}*/bin/{name}"),
        (Path("/opt"), f"python*/{VERSION}*/bin/{name}"),
        (Path("/usr"), f"bin/{name}"),
        (Path("/usr/local"), f"bin/{name}"),
    ):
        yield from sorted(root.glob(pattern))


class _Root:
    """The root file system while it is written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._written: set[str] = set()

    def fill(self, executable: Path, stdlib: Path, pip: Path) -> None:
        for folder in ("dev", "proc", "sys", "run", "home", "root", "var", "usr", "usr/local/bin"):
            self._folder(folder)
        self._folder("tmp", 0o1777)
        self._folder("var/tmp", 0o1777)
        for folder in ("bin", "sbin", "lib", "lib64"):  # links into /usr on a merged system
            if Path("/", folder).is_symlink():
                self._link(folder, str(Path("/", folder).readlink()))
        for path, text in _ETC.items():
            self._text(path, text, 0o640 if "shadow" in path else 0o644)
        if bundle := ca_bundle():
            self._file(bundle, CA_BUNDLE)

        lib = f"{_HOME}/lib/python{VERSION}"
        self._file(executable, f"{_HOME}/bin/python{VERSION}")
        self._link(f"{_HOME}/bin/python3", f"python{VERSION}")
        self._link(f"{_HOME}/bin/python", f"python{VERSION}")
        extensions = self._tree(stdlib, lib)
        self._pip(pip, lib)

        tools = [Path(path) for path in map(shutil.which, _TOOLS) if path]
        for tool in tools:
            self._file(tool, str(_resolved_folder(tool))[1:])
        for library in _libraries([executable, *extensions, *map(Path.resolve, tools)]):
            self._file(library, str(_resolved_folder(library))[1:])

    def _tree(self, source: Path, target: str) -> list[Path]:
        """Copy the standard library without its tests; the extension modules in it."""
        extensions = []
        for folder, folders, files in os.walk(source):
            folders[:] = sorted(
                name for name in folders if name not in _SKIPPED and not name.startswith("config-")
            )
            for name in sorted(files):
                path = Path(folder, name)
                if path.suffix not in (".pyc", ".a", ".o"):
                    self._file(path, f"{target}/{path.relative_to(source)}")
                if path.suffix == ".so":
                    extensions.append(path)
        self._folder(f"{target}/site-packages")
        return extensions

    def _pip(self, wheel: Path, lib: str) -> None:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    self._bytes(f"{lib}/site-packages/{name}", archive.read(name), 0o644)
        start = "import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
        script = f"#!/{_HOME}/bin/python{VERSION}\n{start}"
        for name in ("pip", "pip3", f"pip{VERSION}"):
            self._text(f"{_HOME}/bin/{name}", script, 0o755)

    def _file(self, source: Path, target: str) -> None:
        mode = source.stat().st_mode & 0o755 | 0o644
        self._bytes(target, source.read_bytes(), mode)

    def _text(self, target: str, text: str, mode: int) -> None:
        self._bytes(target, text.encode(), mode)

    def _bytes(self, target: str, content: bytes, mode: int) -> None:
        info = self._entry(target, mode)
        if info:
            info.size = len(content)
            self._tar.addfile(info, io.BytesIO(content))

    def _folder(self, target: str, mode: int = 0o755) -> None:
        info = self._entry(target, mode)
        if info:
            info.type = tarfile.DIRTYPE
            self._tar.addfile(info)

    def _link(self, target: str, to: str) -> None:
        info = self._entry(target, 0o777)
        if info:
            info.type, info.linkname = tarfile.SYMTYPE, to
            self._tar.addfile(info)

    def _entry(self, target: str, mode: int) -> tarfile.TarInfo | None:
        """A new entry, owned by root and without a time, so that the same files give the same layer."""
        if target in self._written:
            return None
        self._written.add(target)
        info = tarfile.TarInfo(target)
        info.mode = mode
        return info


def _skipped(folder: str) -> bool:
    return folder in _SKIPPED or folder.startswith("config-")


def _resolved_folder(path: Path) -> Path:
    """`path` with the links in its folder followed (/bin -> /usr/bin), but not its own name (libz.so.1)."""
    return path.parent.resolve() / path.name


def _libraries(programs: Iterable[Path]) -> set[Path]:
    """The shared libraries that these programs name, and the loader; `ldd` finds them as the loader would."""
    answer = subprocess.run(
        ["ldd", *map(str, programs)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    found = {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", answer.stdout, re.MULTILINE)}
    if not found:
        raise StandInError("ldd cannot say which libraries Python needs here")
    return found
