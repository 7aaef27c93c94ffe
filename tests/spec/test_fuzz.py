"""Whatever stands in a file: it is a spec, or its faults are told in plain words and with lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fargatectl.errors import Problem, SpecError
from fargatectl.spec.load import load
from fargatectl.spec.models import Build, Service, Spec
from fargatectl.spec.models import HealthCheck as Check

JARGON = (
    "Input should",
    "pydantic",
    "validation error",
    "type=",
    "value_error",
    "another kind of value",
    "http",
)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from(["nginx", "0.25", "512", "1m", "${X}", "${X:-1}", "$", "ssm:a", "arm64", "."]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def some_of(names: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(names)), values, max_size=6)


parts = st.one_of(anything, some_of(Build.model_fields, anything), some_of(Check.model_fields, anything))
services = st.dictionaries(
    st.sampled_from(["web", "Api", "x"]), some_of(Service.model_fields, parts), max_size=2
)
specs = some_of({*Spec.model_fields, "environments"}, anything).flatmap(
    lambda spec: st.builds(
        lambda found: {"app": "a", **spec, "services": found}, st.one_of(services, anything)
    )
)


def faults(text: str, tmp_path: Path) -> list[Problem]:
    path = tmp_path / "fargate.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(path, environ={})
    except SpecError as error:
        return error.problems
    return []


def check(text: str, tmp_path: Path) -> None:
    for problem in faults(text, tmp_path):
        assert 0 <= problem.line <= len(text.splitlines())  # YAML 1.1 too breaks lines at U+0085 and U+2028
        assert problem.line or not problem.key
        assert problem.text
        assert not any(word in problem.text for word in JARGON)
        assert "\n" not in problem.text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=specs)
def test_any_values_under_the_known_keys(spec: dict[str, Any], tmp_path: Path) -> None:
    check(yaml.safe_dump(spec, allow_unicode=True), tmp_path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="app: svcewb\n-{}[]&*!<>|'\"#%@`?,\t$~0", max_size=80))
def test_any_text(text: str, tmp_path: Path) -> None:
    check(text, tmp_path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_any_bytes(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "fargate.yml"
    path.write_bytes(data)
    with pytest.raises(SpecError):
        load(path, environ={})
