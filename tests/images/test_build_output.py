"""Build messages recorded from Docker Engine 20.10, and what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fargatectl.images.build_errors import build_failed, needs_buildkit, wrong_architecture
from fargatectl.images.build_output import BuildOutput
from fargatectl.images.context import BuildSpec
from fargatectl.images.dockerfile import Dockerfile, buildkit_needs

IMAGE = "sha256:03c75e748f71636195815deeacd136194a8133cd524f0a2b130563d5ce1ef770"
BUILD = BuildSpec(Path("web"), platform="linux/arm64")
DOCKERFILE = Dockerfile(Path("web/Dockerfile"), "Dockerfile", b"FROM scratch\n")


def stream(*lines: str) -> list[dict[str, Any]]:
    return [{"stream": line} for line in lines]


def error(text: str, **more: object) -> dict[str, Any]:
    return {"errorDetail": {"message": text, **more}, "error": text}


def read(*messages: dict[str, Any]) -> BuildOutput:
    output = BuildOutput()
    for message in messages:
        output.feed(message)
    return output


BUILT = [
    *stream(
        "Step 1/3 : FROM scratch", "\n", " ---> \n", "Step 2/3 : COPY a /a", "\n", " ---> 91f4e3ab7ede\n"
    ),
    *stream("Step 3/3 : RUN echo hello", "\n", " ---> Running in 6840edbf85b0\n", "hello\n"),
    *stream("Removing intermediate container 6840edbf85b0\n", " ---> 03c75e748f71\n"),
    {"aux": {"ID": IMAGE}},
    *stream("Successfully built 03c75e748f71\n"),
]
CACHED = [
    *stream(
        "Step 1/4 : ARG V", "\n", "Step 2/4 : FROM scratch", "\n", " ---> \n", "Step 3/4 : COPY a /a", "\n"
    ),
    *stream(" ---> Using cache\n", " ---> 91f4e3ab7ede\n", "Step 4/4 : ENV A=1", "\n", " ---> Using cache\n"),
    {"aux": {"ID": IMAGE}},
]


def test_a_build_tells_its_steps_and_its_image() -> None:
    output = BuildOutput()
    shown = [shown for message in BUILT if (shown := output.feed(message))]
    assert shown == [
        ("Step 1/3 : FROM scratch", 1, 3),
        ("Step 2/3 : COPY a /a", 2, 3),
        ("Step 3/3 : RUN echo hello", 3, 3),
    ]
    assert output.image_id == IMAGE
    assert output.last_lines == ["hello"]
    assert not output.error


def test_is_cached_only_when_every_step_was() -> None:
    assert read(*CACHED).cached
    assert not read(*BUILT).cached
    assert not read(*CACHED, *stream("Step 5/5 : RUN x", " ---> Running in 6840edbf85b0\n")).cached


def test_shows_which_image_is_pulled() -> None:
    output = read(*stream("Step 1/7 : FROM python:3.12-slim"))
    assert output.feed({"status": "Pulling from library/python", "id": "3.12-slim"}) == (
        "pulling library/python:3.12-slim",
        1,
        7,
    )
    assert output.feed({"status": "Downloading", "progressDetail": {"current": 1}, "id": "a"}) is None


def test_reads_podmans_way_of_telling_steps() -> None:
    output = read(
        *stream("STEP 1/2: FROM scratch\n", "STEP 2/2: COPY a /a\n", "--> Using cache 91f4e3ab7ede\n")
    )
    assert (output.step, output.steps, output.instruction, output.cached) == (2, 2, "COPY a /a", True)


def test_a_failed_step_is_told_with_its_last_lines() -> None:
    failure = error("The command '/bin/sh -c pip install x' returned a non-zero code: 1", code=1)
    noise = stream(*(f"line {number}\n" for number in range(40)), "\x1b[91mERROR: No matching x\n\x1b[0m")
    output = read(*stream("Step 2/7 : RUN pip install x", " ---> Running in 1\n"), *noise, failure)
    raised = build_failed(output, BUILD, DOCKERFILE)
    lines = raised.message.splitlines()
    assert lines[0] == "web/Dockerfile: step 2/7 failed: RUN pip install x"
    assert lines[1] == "  | line 26"
    assert lines[-2:] == [
        "  | ERROR: No matching x",
        "  The command '/bin/sh -c pip install x' returned a non-zero code: 1",
    ]
    assert len(lines) == 17
    assert raised.code == "image.build_failed"
    assert raised.details[0]["step"] == 2
    assert "\x1b" not in raised.message


def test_lines_of_an_earlier_step_are_not_told() -> None:
    output = read(*stream("Step 1/2 : RUN a", "from a\n", "Step 2/2 : RUN b"), error("failed"))
    assert "from a" not in build_failed(output, BUILD, DOCKERFILE).message


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            "docker load",
        ),
        (
            "pull access denied for x, repository does not exist or may require 'docker login'",
            "docker pull x:1",
        ),
        ("manifest for x:1 not found: manifest unknown: manifest unknown", "Check its name and tag"),
        ("toomanyrequests: You have reached your pull rate limit.", "public.ecr.aws/docker/library"),
        (
            "x:1 was found but does not match the specified platform: wanted linux/arm64",
            "docker pull --platform linux/arm64 x:1",
        ),
    ],
)
def test_a_base_image_that_cannot_be_had_is_named(cause: str, hint: str) -> None:
    raised = build_failed(read(*stream("Step 1/7 : FROM x:1 AS base"), error(cause)), BUILD, DOCKERFILE)
    assert raised.message.startswith("the base image x:1 cannot be had: ")
    assert hint in raised.hint
    assert raised.code == "image.build_failed"


@pytest.mark.parametrize(
    ("instruction", "cause", "hint"),
    [
        (
            "COPY b /b",
            "COPY failed: file not found in build context or excluded by .dockerignore: stat b",
            "(web)",
        ),
        (
            "RUN x",
            "standard_init_linux.go:228: exec user process caused: exec format error",
            "--install arm64",
        ),
        ("RUN x", "The command '/bin/sh -c x' returned a non-zero code: 137", "memory"),
        ("RUN x", "The command '/bin/sh -c x' returned a non-zero code: 127", "does not exist in the image"),
        ("RUN x", "write /x: no space left on device", "docker system prune"),
        ("RUN x", "the --mount option requires BuildKit. Refer to https://docs.docker.com/", "--image URI"),
        ("", "dockerfile parse error line 4: unknown instruction: FOO", "at that line"),
        ("", "failed to reach build target nope in Dockerfile", "build.target"),
        ("", "Credentials store error: StoreError('docker-credential-desktop not installed')", "credsStore"),
    ],
)
def test_each_kind_of_failure_has_its_own_way_out(instruction: str, cause: str, hint: str) -> None:
    steps = stream(f"Step 3/7 : {instruction}") if instruction else []
    raised = build_failed(read(*steps, error(cause)), BUILD, DOCKERFILE)
    assert hint in raised.hint
    assert cause.removesuffix(".") in raised.message


def test_what_needs_buildkit_is_listed_with_its_lines() -> None:
    raised = needs_buildkit(DOCKERFILE, buildkit_needs("FROM a\nRUN --mount=x y\nCOPY --link a b\n"))
    assert "web/Dockerfile:2: RUN --mount: " in raised.message
    assert "web/Dockerfile:3: COPY --link: " in raised.message
    assert raised.code == "image.build_failed"


def test_a_wrong_architecture_names_both() -> None:
    raised = wrong_architecture("amd64", BUILD)
    assert raised.message == "the image was built for amd64, but the task runs arm64"
    assert "architecture to x86_64" in raised.hint
