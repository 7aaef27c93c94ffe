"""Finding the file, and files that are no specs at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.errors import SpecError, UsageError
from fargatectl.spec import tree
from fargatectl.spec.find import find_spec
from fargatectl.spec.load import load

GOOD = "app: shop\nservices:\n  web: {image: nginx}\n"


def told(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load(path, environ={})
    return caught.value.message.removeprefix(str(path)).removeprefix(":")


@pytest.mark.parametrize("name", ["fargate.yml", "fargate.yaml"])
def test_the_spec_is_found_from_a_folder_below(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_spec(below) == tmp_path / name


def test_a_relative_start_gives_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fargate.yml").write_text(GOOD)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert find_spec(Path()) == Path("../fargate.yml")


def test_the_nearest_spec_wins(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    (tmp_path / "fargate.yml").write_text(GOOD)
    (below / "fargate.yml").write_text(GOOD)
    assert find_spec(below) == below / "fargate.yml"


def test_no_spec_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no fargate\.yml in .* or a folder above it") as caught:
        find_spec(tmp_path)
    assert "fargatectl init" in caught.value.hint


def test_two_specs_in_one_folder_are_not_chosen_between(tmp_path: Path) -> None:
    for name in ("fargate.yml", "fargate.yaml"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(UsageError, match=r"has both fargate\.yml and fargate\.yaml"):
        find_spec(tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert told(tmp_path / "fargate.yml") == " there is no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert told(tmp_path) == " is a folder: name the file in it"


def test_a_path_with_a_null_character() -> None:
    assert "cannot be read" in told(Path("a\0b"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"app: shop\n# caf\xe9\n", "2: is not in UTF-8 (byte 0xe9): save it as UTF-8"),
        ("app: shop\n".encode("utf-16"), "1: is in UTF-16: save it as UTF-8"),
        (b"app: shop\nx: \x00\n", "2: has a character that a YAML file cannot hold (U+0000)"),
        (b"app: a\n" * 200_000, " is larger than 1 MiB: this is not a spec"),
        (b"", " is empty"),
        (b"---\n", " is empty"),
    ],
    ids=["latin-1", "utf-16", "control", "large", "nothing", "only a marker"],
)
def test_a_file_that_is_no_text(data: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_bytes(data)
    assert told(path) == expected


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(path, environ={}).spec.app == "shop"


def test_windows_line_ends_keep_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert load(path, environ={}).line_of("services.web.image") == 3


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    lines = ["app: shop", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    path = tmp_path / "fargate.yml"
    path.write_text("\n".join(lines))
    assert told(path).endswith(f"holds more than {tree.MAX_NODES} values once its aliases are expanded")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000], ids=["lists", "maps", "block"]
)
def test_deep_nesting_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_text(text)
    assert told(path) == f"1: is nested more than {tree.MAX_DEPTH} levels deep"
