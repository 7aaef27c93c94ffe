"""MiniStack's environment: whole or not there; and the requirements it is made from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fargatectl.errors import UnreachableError
from fargatectl.local import containers, environment, paths
from fargatectl.local.ministack_patches import contract

from .conftest import Said


class Installer:
    """Stands in for venv and pip: makes what they make, and fails when told to."""

    def __init__(self) -> None:
        self.fails_at = ""
        self.runs: list[str] = []

    def __call__(self, what: str, command: list[str]) -> None:
        self.runs.append(what)
        if self.fails_at == what:
            raise UnreachableError(f"could not {what}")
        if command[1:3] == ["-m", "venv"]:
            python = Path(command[3]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()


@pytest.fixture
def installer(own_directories: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    stand_in = Installer()
    monkeypatch.setattr(environment, "_run", stand_in)
    return stand_in


def test_it_is_made_once(installer: Installer, said: Said) -> None:
    python = environment.prepare(said)
    assert environment.prepare(said) == python
    assert installer.runs == ["make its environment", "install it"]
    assert said == [f"installing MiniStack {contract.VERSION} (once, about 100 MB)"]


def test_one_cut_short_is_made_again(installer: Installer, said: Said) -> None:
    installer.fails_at = "install it"
    with pytest.raises(UnreachableError):
        environment.prepare(said)
    half_made = environment.directory() / "bin" / "leftover"
    half_made.touch()
    assert not environment.is_complete(environment.directory())

    installer.fails_at = ""
    environment.prepare(said)
    assert environment.is_complete(environment.directory())
    assert not half_made.exists()


def test_one_whose_python_is_gone_is_made_again(installer: Installer, said: Said) -> None:
    python = environment.prepare(said)
    python.unlink()
    assert environment.prepare(said).exists()


def test_other_requirements_make_another_and_remove_the_old(
    installer: Installer, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = environment.prepare(said)
    changed = tmp_path / "requirements.txt"
    changed.write_text(paths.REQUIREMENTS.read_text() + "# newer\n")
    monkeypatch.setattr(paths, "REQUIREMENTS", changed)
    new = environment.prepare(said)
    assert new != old
    assert not old.exists()


def test_failure_of_the_installer_says_what_it_said(own_directories: Path) -> None:
    with pytest.raises(UnreachableError, match="could not install it: no such thing") as caught:
        environment._run("install it", ["sh", "-c", "echo no such thing >&2; exit 1"])
    assert caught.value.exit_code == 6


def test_a_relative_xdg_directory_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert paths.data_directory() == Path.home() / ".local/share/fargatectl/local-aws"


def test_every_requirement_is_pinned_and_hashed_and_names_no_index() -> None:
    text = re.sub(r"\\\n\s*", "", paths.REQUIREMENTS.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+", line), line
    assert environment.ministack_version() == contract.VERSION


def test_docker_engine_out_of_reach_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(UnreachableError, match=r"nothing\.sock") as caught:
        containers.remove_all("whoever")
    assert "DOCKER_HOST" in caught.value.hint
    assert caught.value.code == "docker.unreachable"
