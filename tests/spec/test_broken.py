"""Broken specs: each in broken*.txt with every fault it must be told, word for word, by line and key.

``{keys of a service}`` and ``{keys of the app}`` stand for them all: every new key would change them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.errors import SpecError
from fargatectl.spec.load import load
from fargatectl.spec.models import Service, Spec


def _cases() -> list[tuple[str, str, list[str]]]:
    cases = []
    files = sorted(Path(__file__).parent.glob("broken*.txt"))
    text = "".join(path.read_text("utf-8") for path in files)
    text = text.replace("{keys of a service}", ", ".join(sorted(Service.model_fields)))
    text = text.replace("{keys of the app}", ", ".join(sorted(Spec.model_fields)))
    text = text.replace(
        "{keys of the app, environments}", ", ".join(sorted([*Spec.model_fields, "environments"]))
    )
    for block in text.split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        spec, _, expected = rest.partition("---expected\n")
        cases.append((name, spec, expected.splitlines()))
    return cases


CASES = _cases()


@pytest.mark.parametrize(("spec", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_fault_is_told_with_its_line(spec: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_text(spec, "utf-8")
    with pytest.raises(SpecError) as caught:
        load(path, environ={})
    told = [f"{problem.line}: {problem.key}: {problem.text}" for problem in caught.value.problems]
    assert told == expected


def test_there_are_many_cases_and_each_expects_something() -> None:
    assert len(CASES) >= 40
    assert all(expected for _, _, expected in CASES)


def test_a_fault_names_the_file_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fargate.yml").write_text(
        "app: shop\nservices:\n  web:\n    image: nginx\n    cpu: 0.25\n    memory: 300\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        load(Path("fargate.yml"), environ={})
    assert caught.value.message == (
        "fargate.yml:6: services.web.memory: 300 is not allowed with cpu 0.25: use 512, 1024 or 2048"
    )


def test_no_fault_repeats_what_may_be_secret(tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_text(
        "app: shop\nservices:\n  web:\n    image: nginx\n    env: hunter2\n    secrets: {A: 'hunter2!'}\n"
        "    build: {context: ., args: [hunter2]}\n  api: hunter2\n"
    )
    with pytest.raises(SpecError) as caught:
        load(path, environ={})
    assert len(caught.value.problems) >= 4
    assert "hunter2" not in caught.value.message
