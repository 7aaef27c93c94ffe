"""Overlays, and references to environment variables."""

from __future__ import annotations

import pytest

from fargatectl.errors import SpecError, UsageError
from fargatectl.spec.capacity import Spot

from .conftest import Loader

SHOP = """\
app: shop
services:
  web:
    image: nginx
    count: 1
    env: {A: a, B: b}
    command: [serve, --fast]
  worker: {image: nginx}
environments:
  prod:
    region: eu-west-1
    services:
      web:
        count: 3
        env: {B: changed, C: c}
        command: [serve]
      worker: null
      extra: {image: httpd}
  dev:
"""


def test_without_a_name_it_is_the_default_environment(loaded: Loader) -> None:
    shop = loaded(SHOP)
    assert shop.environment == "default"
    assert (shop.spec.region, shop.spec.services["web"].count) == (None, 1)


def test_an_overlay_merges_maps_replaces_the_rest_and_removes_with_null(loaded: Loader) -> None:
    shop = loaded(SHOP, environment="prod")
    assert shop.environment == "prod"
    assert shop.spec.region == "eu-west-1"
    assert sorted(shop.spec.services) == ["extra", "web"]
    web = shop.spec.services["web"]
    assert (web.image, web.count, web.command) == ("nginx", 3, ["serve"])
    assert web.env == {"A": "a", "B": "changed", "C": "c"}


def test_an_empty_overlay_changes_nothing(loaded: Loader) -> None:
    assert loaded(SHOP, environment="dev").spec == loaded(SHOP).spec


def test_lines_point_to_where_a_value_really_stands(loaded: Loader) -> None:
    shop = loaded(SHOP, environment="prod")
    assert shop.line_of("services.web.count") == 14
    assert shop.line_of("services.web.env.B") == 15
    assert shop.line_of("services.web.image") == 4
    assert shop.line_of("services.extra") == 18


def test_a_fault_in_an_overlay_is_told_there(loaded: Loader) -> None:
    text = (
        "app: shop\nservices: {web: {image: nginx, cpu: 1, memory: 2048}}\n"
        "environments:\n  prod:\n    services: {web: {memory: 512}}\n"
    )
    loaded(text)
    with pytest.raises(SpecError) as caught:
        loaded(text, environment="prod")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (5, "environments.prod.services.web.memory")
    assert problem.text == "512 is not allowed with cpu 1: use 2048 to 8192 in steps of 1024"


def test_a_default_overlay_applies_when_none_is_chosen(loaded: Loader) -> None:
    text = "app: a\nservices: {web: {image: nginx}}\nenvironments: {default: {services: {web: {count: 2}}}}\n"
    assert loaded(text).spec.services["web"].count == 2
    assert loaded(text, environment="default").spec.services["web"].count == 2


def test_null_makes_room_for_the_other_source(loaded: Loader) -> None:
    overlay = "{services: {web: {build: null, image: nginx}}}"
    text = f"app: a\nservices: {{web: {{build: .}}}}\nenvironments: {{ci: {overlay}}}\n"
    web = loaded(text, environment="ci").spec.services["web"]
    assert (web.build, web.image) == (None, "nginx")


def test_unknown_keys_are_told_in_overlays_that_are_not_chosen(loaded: Loader) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(SHOP.replace("count: 3", "cuont: 3"), environment="dev")
    assert [problem.key for problem in caught.value.problems] == ["environments.prod.services.web.cuont"]


def test_a_name_that_the_file_does_not_have(loaded: Loader) -> None:
    with pytest.raises(UsageError, match="has no environment prd: did you mean prod") as caught:
        loaded(SHOP, environment="prd")
    assert caught.value.hint == "It has prod, dev. Add others under environments."


def test_an_app_without_overlays_goes_by_any_name(loaded: Loader) -> None:
    assert loaded("app: a\nservices: {web: {image: nginx}}", environment="review-7").environment == "review-7"


@pytest.mark.parametrize("name", ["Prod", "a" * 33, "-x", "a_b", "a\n", ""])
def test_what_is_no_name_for_an_environment(name: str, loaded: Loader) -> None:
    with pytest.raises(UsageError, match="is not a name for an environment"):
        loaded("app: a\nservices: {web: {image: nginx}}", environment=name)


WEB = "app: shop\nservices:\n  web:\n    image: nginx\n    "


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${NONE:-d}", "d"),
        ("${NONE:-}", ""),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY}", ""),
        ("${A:-d}", "one"),
        ("${NONE:-a:b c}", "a:b c"),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$$$", "$$"),
        ("$A $(date)", "$A $(date)"),
        ("${YAML}", "{x: 1}\nport: 80"),
        ("${TWICE}", "${A}"),
    ],
)
def test_references(written: str, value: str, loaded: Loader) -> None:
    environ = {"A": "one", "EMPTY": "", "YAML": "{x: 1}\nport: 80", "TWICE": "${A}"}
    spec = loaded(f"{WEB}env: {{V: '{written}'}}\n", environ=environ).spec
    assert spec.services["web"].env == {"V": value}


def test_references_stand_for_numbers_and_booleans_too(loaded: Loader) -> None:
    text = WEB + "count: ${COUNT}\n    cpu: ${CPU:-0.5}\n    spot: ${SPOT}\n"
    web = loaded(text, environ={"COUNT": "3", "SPOT": "true"}).spec.services["web"]
    assert (web.count, web.cpu, web.spot) == (3, 512, Spot())


def test_a_bad_value_from_a_variable_is_told_at_its_line(loaded: Loader) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(WEB + "count: ${COUNT}\n", environ={"COUNT": "many"})
    (problem,) = caught.value.problems
    assert (problem.line, problem.text) == (5, "must be a whole number from 0 to 5000, not 'many'")


def test_keys_are_not_substituted(loaded: Loader) -> None:
    with pytest.raises(SpecError, match="unknown key"):
        loaded(WEB + "'${A}': 1\n", environ={"A": "port"})


def test_a_variable_that_only_another_environment_needs_may_be_missing(loaded: Loader) -> None:
    text = (
        WEB
        + "env: {URL: '${DEV_URL}'}\n"
        + "environments:\n  prod:\n    services: {web: {env: {URL: x, KEY: '${KEY}'}}}\n"
    )
    assert loaded(text, environ={"DEV_URL": "d"}).spec.services["web"].env == {"URL": "d"}
    assert loaded(text, environment="prod", environ={"KEY": "k"}).spec.services["web"].env == {
        "URL": "x",
        "KEY": "k",
    }
