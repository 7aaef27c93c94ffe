"""Services of a Compose file that name each other: in the proposed spec they do, or it says how."""

from __future__ import annotations

from pathlib import Path

import pytest

from fargatectl.spec.init import propose
from fargatectl.spec.models import LoadedSpec

from .test_init import folder, proposed

API = 'my_api: {image: shop, ports: ["80:9000"]}'


def shop(tmp_path: Path, *services: str) -> tuple[str, LoadedSpec]:
    made = folder(tmp_path, compose_yaml="services:\n" + "".join(f"  {one}\n" for one in services))
    return propose(made, app=None, port=None), proposed(made)


@pytest.mark.parametrize(
    ("variable", "value", "written"),
    [
        ("API", "http://my_api:9000", "http://my-api:9000"),
        ("API", "http://my_api:9000/v1?a=my_api", "http://my-api:9000/v1?a=my_api"),
        ("API", "${API:-http://my_api:9000}", "http://my-api:9000"),
        ("API_HOST", "${API_HOST:-my_api}", "my-api"),
        ("APIS", "tcp://a:1,tcp://my_api:9000", "tcp://a:1,tcp://my-api:9000"),
        ("API_HOST", "my_api", "my-api"),
        ("API_ADDR", "my_api:9000", "my-api:9000"),
        ("API", "my_api:9000", "my-api:9000"),
    ],
)
def test_a_service_that_names_another_finds_it(
    tmp_path: Path, variable: str, value: str, written: str
) -> None:
    text, loaded = shop(tmp_path, f'web: {{image: shop, environment: {{{variable}: "{value}"}}}}', API)
    web, api = loaded.spec.services["web"], loaded.spec.services["my-api"]
    assert web.env == {variable: written}
    assert web.connect
    assert api.connect
    assert (api.port, web.after) == (9000, ["my-api"])  # only tasks that start later find a new name
    assert (web.memory, api.memory) == (1024, 1024)
    assert "my_api:9000}" not in text


def test_the_default_port_of_a_url(tmp_path: Path) -> None:
    _, loaded = shop(
        tmp_path, "web: {image: a, environment: {A: http://api}}", "api: {image: b, ports: ['80']}"
    )
    assert loaded.spec.services["web"].after == ["api"]


@pytest.mark.parametrize(
    ("variable", "value", "port"),
    [
        ("API", "http://my_api", "port: 80"),
        ("API", "http://my_api:9001", "port: 9001"),
        ("API", "http://my_api:$PORT/", "the port"),
        ("API_HOST", "my_api:9001", "port: 9001"),
        ("API", "redis://my_api", "the port"),
    ],
)
def test_where_the_port_is_another_a_comment_says_what_to_do(
    tmp_path: Path, variable: str, value: str, port: str
) -> None:
    text, loaded = shop(tmp_path, f'web: {{image: shop, environment: {{{variable}: "{value}"}}}}', API)
    assert (
        f"    # {variable} names my_api. To find it, as my-api: {port} and connect: true there, "
        "connect: true and after: [my-api] here.\n" in text
    )
    web = loaded.spec.services["web"]
    assert (web.connect, loaded.spec.services["my-api"].connect, web.after) == (None, None, [])
    assert "my_api" in web.env[variable]


def test_one_that_is_kept_private_is_found_and_lets_nobody_else_in(tmp_path: Path) -> None:
    text, loaded = shop(
        tmp_path, "web: {image: a, environment: {API: http://api:9000}}", "api: {image: b, expose: [9000]}"
    )
    api = loaded.spec.services["api"]
    assert (api.port, api.allow, bool(api.connect)) == (9000, [], True)
    assert loaded.spec.services["web"].after == ["api"]
    assert "  # the others find it as api:9000\n" in text


def test_what_is_left_out_is_not_found(tmp_path: Path) -> None:
    text, loaded = shop(tmp_path, "web: {image: a, environment: {DB_HOST: db}}", "db: {image: postgres}")
    assert "    # DB_HOST names db, which is left out: set it to where that is.\n" in text
    assert loaded.spec.services["web"].connect is None


def test_services_that_name_each_other_cannot_both_be_first(tmp_path: Path) -> None:
    text, loaded = shop(
        tmp_path,
        "a: {image: x, ports: ['80'], environment: {B: http://b}}",
        "b: {image: x, ports: ['80'], environment: {C: http://c}}",
        "c: {image: x, ports: ['80'], environment: {A: http://a, C: http://c}}",
    )
    services = loaded.spec.services
    assert [one.after for one in services.values()] == [["b"], ["c"], []]
    assert (
        "    # A names a, which waits for this service: it is found from this one's second deployment" in text
    )
    assert all(one.connect for one in services.values())
    assert "# C names" not in text


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NAME", "my_api"),
        ("API", "http://my_apis:9000"),
        ("API", "http://x.my_api:9000"),
        ("TAG", "my_api:16"),
    ],
)
def test_other_words_name_nobody(tmp_path: Path, variable: str, value: str) -> None:
    text, loaded = shop(tmp_path, f'web: {{image: shop, environment: {{{variable}: "{value}"}}}}', API)
    assert (loaded.spec.services["web"].env, "connect" in text) == ({variable: value}, False)


def test_the_port_that_is_asked_for_counts(tmp_path: Path) -> None:
    made = folder(
        tmp_path, compose_yaml=f"services:\n  {API}\n  web: {{image: a, environment: {{A: http://my_api}}}}"
    )
    assert proposed(made, port=80).spec.services["web"].after == ["my-api"]
