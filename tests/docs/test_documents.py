"""The documents say what the program does today."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from devtools.docs import ROOT, build, examples, markdown, picture, spec
from devtools.docs.cli import page as cli_page

from fargatectl.app import build as build_app
from fargatectl.cli.main import COMMANDS, NOT_YET
from fargatectl.engine.plan import in_order
from fargatectl.resources.role import Role
from fargatectl.spec.load import load
from fargatectl.spec.models import Service

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text("utf-8")
PICTURE = ROOT / "docs/terminal.svg"
MOST_PICTURE_BYTES = 60_000


@pytest.mark.parametrize("path", build.documents(), ids=lambda path: path.name)
def test_what_is_generated_is_current(path: Path) -> None:
    assert build.current(path) == build.documents()[path], "run scripts/docs"


def test_a_block_that_nothing_makes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCKS", {})
    with pytest.raises(KeyError):
        build.documents()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_and_its_options_are_described(name: str) -> None:
    from devtools.docs.cli import _command, _options

    from fargatectl.cli.main import cli

    text = cli_page()
    assert f"## fargatectl {name}\n" in text
    for option in _options(_command(cli, name)):
        assert all(f"`{written}" in text for written in option.opts)


@pytest.mark.parametrize("key", Service.model_fields)
def test_each_key_has_its_description_and_an_example(key: str) -> None:
    section = spec.page().partition("## A service\n")[2]
    entry = section.partition(f"### {key}\n")[2].partition("\n#")[0]
    assert str(Service.model_fields[key].description) in entry
    assert "\n- Takes: " in entry
    assert "\n- Default: " in entry
    assert f"```yaml\n{key}:" in entry


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in [markdown.anchor(heading.replace("`", "")) for heading in headings], target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_the_documents_exist(path: Path) -> None:
    said = re.findall(r"^\s*(?:\.venv/bin/)?fargatectl ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)
    assert set(said) <= set(COMMANDS)


@pytest.mark.parametrize("name", NOT_YET)
def test_commands_that_are_not_there_yet_are_listed(name: str) -> None:
    section = README.partition("## Not there yet\n")[2].partition("\n## ")[0]
    assert name not in COMMANDS
    assert f"`{name}`" in section


def roles() -> dict[str, str]:
    """The roles that are made, as the README calls them, and what each trusts."""
    found = {}
    for path in examples.all_specs():
        loaded = load(path, environ={})
        app = build_app(loaded, region="us-east-1", content_hash=lambda _: "")
        for one in in_order(app.desired):
            if isinstance(one, Role):
                name = re.sub(rf"^{loaded.spec.app}-|-us-east-1$", "", one.name)
                name = re.sub("^[a-z0-9-]+-task$", "SERVICE-task", name)
                found[f"PREFIX-{name}-REGION"] = one.trust
    return found


def test_every_role_is_told_of_and_what_it_trusts() -> None:
    made = roles()
    assert len(made) >= 4
    for name, trust in made.items():
        (row,) = [line for line in README.splitlines() if f"`{name}`" in line]
        assert (f"`{trust}`" in row) == (trust != "ecs-tasks.amazonaws.com"), name


def test_json_in_the_documents_is_json() -> None:
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs/json.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    assert all(json.loads(block)["schema"] == 1 for block in blocks)


def test_the_picture_is_small_and_asks_no_other_host() -> None:
    svg = PICTURE.read_text("utf-8")
    assert len(svg.encode()) < MOST_PICTURE_BYTES
    assert "@font-face" not in svg
    assert "Hello" in svg


def test_the_picture_shows_what_stays_on_the_terminal() -> None:
    written = "one\n\x1b[2K  busy\n  busy\x1b[2K\x1b[1A\x1b[2K\r\x1b[32mtwo\x1b[0m\nthree"
    assert picture.seen(written) == ["one", "\x1b[32mtwo\x1b[0m", "three"]
