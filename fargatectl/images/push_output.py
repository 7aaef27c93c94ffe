"""What Docker Engine says during a push, and why one failed: pure functions of its messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fargatectl.errors import DeployError, FargatectlError, NotPermitted
from fargatectl.images.answers import no_sense
from fargatectl.images.build_output import error_in

CODE = "image.push_failed"

Progress = tuple[str, int | None, int | None]
"""A line for people, bytes sent and bytes to send as far as known."""

_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_PRESENT = ("Layer already exists", "Mounted from", "Pushed")
_TRANSIENT = re.compile(
    r"connection reset|broken pipe|unexpected EOF|: EOF|i/o timeout|TLS handshake timeout|Client\.Timeout"
    r"|request canceled|server misbehaving|use of closed network connection|toomanyrequests|Rate exceeded"
    r"|received unexpected HTTP status: (5\d\d|429)|internal server error|blob upload (unknown|invalid)",
    re.IGNORECASE,
)


class PushOutput:
    """The state of a push, fed with one decoded message of the Engine after the other.

    Attributes:
        digest: ``sha256:...`` of the manifest once the registry has it, empty before.
        error: Why the push failed, empty while it has not.
    """

    def __init__(self) -> None:
        self.digest = ""
        self.error = ""
        self._states: dict[str, str] = {}
        self._sent: dict[str, int] = {}
        self._totals: dict[str, int] = {}
        self._shown: Progress | None = None

    @property
    def layers(self) -> int:
        """Layers of the image."""
        return len(self._states)

    @property
    def layers_pushed(self) -> int:
        """Layers that had to be sent: the registry did not have them."""
        return sum(state == "Pushed" for state in self._states.values())

    @property
    def bytes_pushed(self) -> int:
        """Bytes of the layers sent, before the Engine's compression: it tells no other number."""
        return sum(self._sent[layer] for layer, state in self._states.items() if state == "Pushed")

    def feed(self, message: Mapping[str, Any]) -> Progress | None:
        """Take in one message; what is worth showing, if it changed by a hundredth at least."""
        if error := error_in(message):
            self.error = error.strip()
            return None
        if digest := (message.get("aux") or {}).get("Digest"):
            if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
                raise no_sense("a digest is none")
            self.digest = digest
            return None
        status = str(message.get("status", ""))
        if found := _DIGEST.search(status):
            self.digest = self.digest or found[1]
        layer = message.get("id")
        if not layer or layer == message.get("tag"):
            return None
        self._states[layer] = status
        amount = message.get("progressDetail") or {}
        self._totals[layer] = total = max(_bytes(amount, "total"), self._totals.get(layer, 0))
        # The tar's own headers make "current" pass "total" at the end of a layer.
        sent = max(_bytes(amount, "current"), self._sent.get(layer, 0))
        self._sent[layer] = min(sent, total) if total else sent
        return self._changed()

    def _changed(self) -> Progress | None:
        present = sum(state.startswith(_PRESENT) for state in self._states.values())
        total = sum(self._totals.values()) or None
        progress = (f"{present} of {self.layers} layers", sum(self._sent.values()) if total else None, total)
        if self._shown and self._shown[0] == progress[0] and _hundredth(self._shown) == _hundredth(progress):
            return None
        self._shown = progress
        return progress


def _bytes(amount: Mapping[str, Any], key: str) -> int:
    """A number of bytes, whatever was told: more than there are is not believed."""
    return min(max(int(amount.get(key) or 0), 0), 1 << 50)


def _hundredth(progress: Progress) -> int:
    _, done, total = progress
    return 100 * done // total if done and total else 0


def is_transient(error: str) -> bool:
    """Whether trying again soon may help."""
    return bool(_TRANSIENT.search(error))


def is_expired(error: str) -> bool:
    """Whether new credentials will help. ECR's tokens last 12 hours (GetAuthorizationToken)."""
    return "token has expired" in error


def is_immutable(error: str) -> bool:
    """Whether the tag exists already and the repository forbids to move it (ECR's imageTagMutability)."""
    return "immutable" in error.lower()


def missing_action(error: str) -> str:
    """The IAM action that ECR misses; empty where it misses none.

    Each request of a push is one action (Amazon ECR User Guide, "IAM permissions for pushing an image").
    The one for whether a layer is there is a HEAD request, which is refused without a word; that for a
    manifest would be ecr:BatchGetImage, which was asked for, and permitted, before the push began.
    """
    if named := re.search(r"not authorized to perform: (ecr:\w+)", error):
        return named[1]
    return "ecr:BatchCheckLayerAvailability" if re.search(r"HTTP 403|403 Forbidden", error) else ""


def push_failed(error: str, repository_uri: str, tag: str) -> FargatectlError:
    """The registry's refusal and the way out.

    Args:
        error: The Engine's text, free of credentials.
        repository_uri: Where the image was to go.
        tag: Its tag there.
    """
    if action := missing_action(error):
        return NotPermitted(action, error)
    return DeployError(
        f"the image cannot be pushed to {repository_uri}:{tag}: {error}",
        hint=_hint(error, repository_uri),
        code=CODE,
        details=[{"repository": repository_uri, "tag": tag, "error": error}],
    )


def _hint(error: str, repository_uri: str) -> str:
    registry = repository_uri.partition("/")[0]
    lowered = error.lower()
    if is_immutable(error):
        return (
            "The repository's tags are immutable and this one holds another image: "
            "delete that image, or make the tags mutable."
        )
    if is_expired(error):
        return "The registry refuses even a new token: check this machine's clock."
    if "does not exist" in lowered or "name unknown" in lowered or "repository not found" in lowered:
        return "The repository was removed meanwhile: run the command again, it is made anew."
    if (
        "no basic auth credentials" in lowered
        or "unauthorized" in lowered
        or "authentication required" in lowered
    ):
        return f"The registry {registry} does not accept the credentials: check the AWS account and region."
    if "denied" in lowered or "not authorized" in lowered:
        return (
            "Needed on the repository: ecr:BatchCheckLayerAvailability, InitiateLayerUpload, "
            "UploadLayerPart, CompleteLayerUpload, PutImage. See: fargatectl policy"
        )
    if "connection refused" in lowered:
        return f"Nothing listens at {registry}: is the registry (or the local AWS) running?"
    if "no such host" in lowered:
        return f"Docker Engine cannot look up {registry}: check the region, the network and Docker's DNS."
    if "http response to https client" in lowered:
        return f"{registry} speaks plain HTTP: add it to insecure-registries in Docker Engine's daemon.json."
    if "no space left" in lowered:
        return "Docker's disk is full: docker system df shows what holds it, docker system prune frees it."
    if is_transient(error):
        return (
            "The network failed several times: run the command again; layers that arrived are not sent again."
        )
    return "Run the command again; layers that arrived are not sent again."
