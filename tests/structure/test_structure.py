"""The shape of the package: who imports what, how long files are, one kind a file, a quick start."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fargatectl
from fargatectl.cli.main import COMMANDS

PACKAGE = Path(fargatectl.__file__).parent
ROOT = PACKAGE.parent
MODULES = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path
           for path in sorted(PACKAGE.rglob("*.py"))}  # fmt: skip
MOST_LINES = 400

# A library -> the packages that may import it.
LIBRARIES = {
    "boto3": ["fargatectl.aws"],
    "botocore": ["fargatectl.aws"],
    # The local AWS removes its containers, and says whether Docker Engine answers.
    "docker": ["fargatectl.images", "fargatectl.local"],
    "rich": ["fargatectl.console"],
    # Runs in an environment of its own, where the local AWS lives.
    "ministack": ["fargatectl.local.ministack_patches", "fargatectl.local.ministack_wrapper"],
    "pydantic": ["fargatectl.spec"],
    "yaml": ["fargatectl.spec"],
    "click": ["fargatectl.cli"],
}

EVERYWHERE = ["fargatectl.dataclass"]

# A package -> the parts of ours that it may import, itself excepted.
OURS = {
    "fargatectl.engine": ["fargatectl.errors", "fargatectl.secrecy", "fargatectl.text"],
    "fargatectl.aws": ["fargatectl.cache", "fargatectl.engine", "fargatectl.errors",
                       "fargatectl.__version__"],
    "fargatectl.spec": ["fargatectl.cache", "fargatectl.errors", "fargatectl.images.dockerfile",
                        "fargatectl.secrecy", "fargatectl.__version__"],
    "fargatectl.images": ["fargatectl.errors", "fargatectl.engine.events"],
    "fargatectl.console": ["fargatectl.errors", "fargatectl.engine.events", "fargatectl.text"],
    "fargatectl.topology": ["fargatectl.engine", "fargatectl.resources", "fargatectl.spec",
                            "fargatectl.images.context"],
    "fargatectl.resources": ["fargatectl.engine", "fargatectl.aws.errors", "fargatectl.errors",
                             "fargatectl.rollout", "fargatectl.secrecy"],
}  # fmt: skip


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports anywhere but under TYPE_CHECKING, with its line."""
    package = path.relative_to(ROOT).parent.as_posix().replace("/", ".")
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
        pending += ast.iter_child_nodes(node)


def within(name: str, packages: list[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_libraries_are_imported_only_where_they_belong() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for module, path in MODULES.items()
        for name, line in imports(path)
        if (library := name.partition(".")[0]) in LIBRARIES and not within(module, LIBRARIES[library])
    ]
    assert wrong == []


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for module, path in MODULES.items()
        if within(module, [package])
        for name, line in imports(path)
        if within(name, ["fargatectl"]) and not within(name, [package, *OURS[package], *EVERYWHERE])
    ]
    assert wrong == []


def test_dataclasses_are_made_the_quick_way() -> None:
    """But those of the local AWS's own process, and the one that has an order."""
    slow = {
        module
        for module, path in MODULES.items()
        for name, _ in imports(path)
        if name == "dataclasses.dataclass" and not within(module, ["fargatectl.local"])
    }
    assert slow == {"fargatectl.errors"}


def test_nobody_but_the_command_line_imports_the_command_line() -> None:
    wrong = [
        f"{path}:{line}"
        for module, path in MODULES.items()
        if not within(module, ["fargatectl.cli", "fargatectl.__main__"])
        for name, line in imports(path)
        if within(name, ["fargatectl.cli"])
    ]
    assert wrong == []


def test_only_the_command_line_exits() -> None:
    """The wrapper of the local AWS is a program of its own."""
    allowed = ["fargatectl.cli", "fargatectl.__main__", "fargatectl.local.ministack_wrapper"]
    wrong = []
    for module, path in MODULES.items():
        if within(module, allowed):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "sys.exit",
                "exit",
                "quit",
                "os._exit",
            ):
                wrong.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.unparse(node.exc):
                wrong.append(f"{path}:{node.lineno}")
    assert wrong == []


def test_only_the_command_line_and_the_console_print() -> None:
    allowed = ["fargatectl.cli", "fargatectl.console", "fargatectl.local.ministack_wrapper"]
    wrong = [
        f"{path}:{node.lineno}"
        for module, path in MODULES.items()
        if not within(module, allowed)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo")
    ]
    assert wrong == []


def test_the_engine_knows_no_kind_and_no_aws() -> None:
    words = re.compile(r"\b(ecs|ecr|iam|ec2|logs|sts)\b[.:]", re.IGNORECASE)
    for module, path in MODULES.items():
        if within(module, ["fargatectl.engine"]):
            code = ast.unparse(_without_docstrings(ast.parse(path.read_text())))
            assert not words.search(code), f"{path}: {words.search(code)}"


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                one for one in body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ] or [ast.Pass()]  # fmt: skip
    return tree


FOLDERS = ["fargatectl", "tests", "scripts", "service", "examples", "benchmarks"]


@pytest.mark.parametrize("folder", [name for name in FOLDERS if (ROOT / name).is_dir()])
def test_no_file_is_long(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_one_kind_a_file() -> None:
    """Files that hold none: those that begin with an underscore, and these two."""
    helpers = {"policies", "registry"}
    found = {}
    for path in (PACKAGE / "resources").glob("*.py"):
        kinds = [
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.ClassDef)
            and any(isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == "kind" for one in node.body)
        ]
        none = path.stem.startswith("_") or path.stem in helpers
        if len(kinds) != (0 if none else 1):
            found[path.name] = kinds
    assert found == {}


def test_every_kind_is_loaded_and_named_after_its_service() -> None:
    from fargatectl.resources.registry import load_kinds

    kinds = {name: cls for name, cls in load_kinds().items() if not name.startswith("fake.")}
    assert len(kinds) == len(list((PACKAGE / "resources").glob("[!_]*.py"))) - 2
    for name, cls in kinds.items():
        assert re.fullmatch(r"[a-z0-9]+\.[a-z_]+", name)
        assert cls.__doc__


def test_kinds_hold_no_loops_and_no_sleeps() -> None:
    """The engine does all waiting; a `while` in a kind would be a wait of its own."""
    for path in (PACKAGE / "resources").glob("*.py"):
        tree = ast.parse(path.read_text())
        assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.While)], path
        assert not [line for name, line in imports(path) if within(name, ["time", "asyncio", "threading"])], (
            path
        )


def test_package_inits_hold_only_a_docstring() -> None:
    for module, path in MODULES.items():
        if path.name != "__init__.py" or module == "fargatectl.__init__":
            continue
        body = ast.parse(path.read_text()).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


HEAVY = ["boto3", "botocore", "docker", "pydantic", "rich", "yaml"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["up", "--help"], ["down", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from fargatectl.cli.main import run\n"
        f"code = run({arguments!r})\n"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0
    assert done.stderr == "loaded: []\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_its_help_says_what_the_table_says(name: str) -> None:
    command = importlib.import_module(f"fargatectl.cli.{name}").command
    assert command.name == name
    first = (command.help or "").strip().splitlines()[0]
    table = COMMANDS[name]
    assert first.endswith((".", ".)"))
    assert table.endswith(".")
    assert len(table) <= 72
    # The same verb, and most of the same words.
    assert first.split()[0].strip(",") == table.split()[0].strip(",")
    words = {word.strip(".,`:").lower() for word in table.split()} - {"the", "a", "of", "is", "for", "it"}
    said = {word.strip(".,`:").lower() for word in (command.help or "").split()}
    assert len(words & said) >= len(words) / 2, (table, first)


def test_every_command_module_is_in_the_table() -> None:
    modules = {
        path.stem
        for path in (PACKAGE / "cli").glob("[!_]*.py")
        if "@click.command(" in path.read_text() or '@click.group("' in path.read_text()
    }
    assert modules == set(COMMANDS)


PRIVATE = re.compile(rf"{re.escape(str(ROOT))}|{re.escape(str(Path.home()))}/|index-url", re.IGNORECASE)


def test_no_file_names_a_path_of_a_machine() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for folder in ("fargatectl", "service", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in (".py", ".yml", ".md", ".txt", "")
        and (found := PRIVATE.search(path.read_text()))
    ]  # fmt: skip
    assert wrong == []


def test_end_to_end_tests_are_marked_where_they_stand() -> None:
    """A run of them imports only files that hold the words; a mark by another name would be dropped."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text("utf-8")
        names = re.findall(r"^ *(\w+) = [^#\n]*\bmark\.(?:e2e|alone)\b", text, re.MULTILINE)
        assert set(names) <= {"pytestmark"}, path
        assert not re.search(r"add_marker\([^)]*(?:e2e|alone)|^from pytest import .*mark", text, re.M), path


def test_what_may_take_a_kinds_place_is_a_kind() -> None:
    from fargatectl.resources.registry import load_kinds

    kinds = load_kinds()
    for name, cls in kinds.items():
        assert cls.gives_way_to <= set(kinds), name
