"""What a Dockerfile asks of the builder."""

from __future__ import annotations

import pytest

from fargatectl.images.dockerfile import buildkit_needs, platform_args


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM a\nRUN --mount=type=cache,target=/x pip install", [(2, "RUN --mount")]),
        (
            "FROM a\nRUN --network=none --mount=type=bind x",
            [(2, "RUN --mount"), (2, "RUN --network or --security")],
        ),
        ("FROM a\nRUN \\\n  # why\n  --mount=type=cache,target=/x \\\n  x", [(2, "RUN --mount")]),
        ("FROM a\ncopy --from=b --chmod=755 x /x", [(2, "COPY --chmod")]),
        ("FROM a\nADD --link x /x", [(2, "COPY --link")]),
        ("FROM --platform=$BUILDPLATFORM a", [(1, "FROM --platform=$BUILDPLATFORM")]),
        ("FROM --platform=${TARGETPLATFORM} a", [(1, "FROM --platform=$BUILDPLATFORM")]),
        (
            "FROM a\nRUN <<EOF\nCOPY --link x y\nEOF\nCOPY <<-'TEXT' /x\nhi\nTEXT\n",
            [(2, "a here-document (<<EOF)"), (5, "a here-document (<<TEXT)")],
        ),
    ],
)
def test_finds_the_lines_that_only_buildkit_can_build(text: str, found: list[tuple[int, str]]) -> None:
    assert [(need.line, need.feature) for need in buildkit_needs(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=docker/dockerfile:1\nFROM a\nCOPY x /x",
        "FROM a\nRUN echo --mount=x",
        "FROM a\nRUN test $((1<<3)) -eq 8 && cat <<<word",
        "FROM --platform=linux/arm64 a\nCOPY --from=b --chown=1:1 x /x",
        '# RUN --mount=x\nFROM a\nCMD ["x", "--link"]',
        "FROM a\nRUN x \\",
    ],
)
def test_leaves_what_the_classic_builder_can_build(text: str) -> None:
    assert buildkit_needs(text) == []


def test_fills_in_only_the_platform_arguments_that_are_declared() -> None:
    text = "ARG TARGETPLATFORM\nFROM a\narg TARGETARCH\nARG TARGETOS=plan9\nARG OTHER\nRUN echo $BUILDARCH"
    assert platform_args(text, "linux/arm64") == {"TARGETPLATFORM": "linux/arm64", "TARGETARCH": "arm64"}
