"""Why a build failed, in words that lead on."""

from __future__ import annotations

import re

from fargatectl.errors import DeployError
from fargatectl.images.build_output import BuildOutput
from fargatectl.images.context import BuildSpec
from fargatectl.images.dockerfile import BuildKitNeed, Dockerfile

CODE = "image.build_failed"

_BUILDKIT_HINT = (
    "Change these lines, or build with BuildKit yourself (docker buildx build --push) "
    "and deploy with --image URI."
)
_NETWORK = re.compile(
    r"no such host|i/o timeout|connection refused|TLS handshake|dial tcp|network is unreachable"
)


def needs_buildkit(dockerfile: Dockerfile, needs: list[BuildKitNeed]) -> DeployError:
    """The Dockerfile uses what the classic builder does not know."""
    lines = [f"  {dockerfile.path}:{need.line}: {need.feature}: {need.instead}" for need in needs]
    return DeployError(
        "the Dockerfile needs BuildKit, which Docker Engine's API does not offer\n" + "\n".join(lines),
        hint=_BUILDKIT_HINT,
        code=CODE,
        details=[{"line": need.line, "feature": need.feature, "instead": need.instead} for need in needs],
    )


def build_failed(output: BuildOutput, build: BuildSpec, dockerfile: Dockerfile) -> DeployError:
    """The step that failed, the last lines that it printed, and what to do.

    Args:
        output: What the Engine said, with `error` set.
        build: What was built.
        dockerfile: Its Dockerfile.
    """
    error = output.error.removesuffix(".")
    details = {"step": output.step, "instruction": output.instruction, "error": error}
    base = re.match(r"FROM\s+(?:--\S+\s+)*(\S+)", output.instruction, re.IGNORECASE)
    if base:
        message = f"the base image {base[1]} cannot be had: {error}"
        hint = _base_image_hint(error, base[1], build)
    else:
        step = (
            f"step {output.step}/{output.steps} failed: {output.instruction}"
            if output.step
            else "cannot be built"
        )
        message = "\n".join(
            (f"{dockerfile.path}: {step}", *(f"  | {line}" for line in output.last_lines), f"  {error}")
        )
        hint = _step_hint(error, output, build)
    return DeployError(message, hint=hint, code=CODE, details=[details | {"output": output.last_lines}])


def wrong_architecture(built_for: str, build: BuildSpec) -> DeployError:
    """The image is for another CPU than the task's."""
    other = "x86_64" if built_for == "amd64" else built_for
    return DeployError(
        f"the image was built for {built_for}, but the task runs {build.architecture}",
        hint=f"Use a base image that exists for {build.platform} "
        f"(docker pull --platform {build.platform} ...), or set the service's architecture to {other}.",
        code="image.wrong_architecture",
        details=[{"built_for": built_for, "platform": build.platform}],
    )


def _base_image_hint(error: str, image: str, build: BuildSpec) -> str:
    if "does not match the specified platform" in error or "no match for platform" in error:
        return (
            f"Get it for the task's CPU: docker pull --platform {build.platform} {image}; "
            "where it does not exist for that, change FROM or the service's architecture."
        )
    if "failed to parse platform" in error:
        return "The classic builder sets no platform variables: leave --platform=$... out of FROM."
    if "toomanyrequests" in error or "rate limit" in error:
        return "Docker Hub limits pulls: docker login, wait, or use public.ecr.aws/docker/library/ in FROM."
    if _NETWORK.search(error):
        return (
            "Its registry does not answer: check the network and Docker's proxy settings, "
            f"or bring the image to this Engine with docker load and tag it {image}."
        )
    return f"Check its name and tag in FROM; if it is private: docker login. Try: docker pull {image}"


def _step_hint(error: str, output: BuildOutput, build: BuildSpec) -> str:
    printed = "\n".join((error, *output.last_lines))
    if "exec format error" in printed:
        return (
            f"This Engine cannot run {build.architecture} programs. Install emulation "
            f"(docker run --privileged --rm tonistiigi/binfmt --install {build.architecture}), "
            "or set the service's architecture to this machine's."
        )
    if "requires BuildKit" in error or "Unknown flag" in error:
        return _BUILDKIT_HINT
    if "dockerfile parse error" in error.lower() or "cannot be empty" in error:
        return "Correct the Dockerfile at that line."
    if "build target" in error:
        return "build.target must be the name after AS in one of the Dockerfile's FROM lines."
    if "no space left on device" in printed:
        return "Docker's disk is full: docker system df shows what holds it, docker system prune frees it."
    if re.search(r"(COPY|ADD) failed|not found in build context", error):
        return f"Paths are relative to build.context ({build.context}); look into .dockerignore too."
    if "credential" in error.lower():
        return "Docker's config.json names a credential helper that does not work: correct credsStore there."
    if error.endswith("code: 137"):
        return "The command was killed, most likely for want of memory: give Docker Engine more."
    if error.endswith("code: 127"):
        return "A command in that line does not exist in the image: install it in an earlier step."
    if re.search(
        r"Could not resolve|Temporary failure in name resolution|Name or service not known", printed
    ):
        return (
            "The build could not look up a host name: check the network and Docker's DNS and proxy settings."
        )
    return "The lines above are the last that the step printed. Correct it, then run the command again."
