"""What every way of making a stand-in for python:3.12-slim shares."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

LABEL = "fargatectl.stand-in"  # on the image: what it was made from
RECIPE_LABEL = "fargatectl.stand-in.recipe"
CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt"  # in the image


class StandInError(Exception):
    """No stand-in can be made this way."""


@dataclass(frozen=True)
class StandIn:
    """A root file system that was written as an archive.

    Attributes:
        made_from: What it is, for people.
        environment: The image's environment.
    """

    made_from: str
    environment: dict[str, str]


def environment(*, has_ca_bundle: bool) -> dict[str, str]:
    """The environment of python:3.12-slim, and this machine's certificates for `RUN pip install`.

    In a network with a certificate authority of its own, pip inside a build must trust what this machine
    trusts. The stand-in carries that, so that the Dockerfile need not.
    """
    values = {
        "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
    }
    if has_ca_bundle:
        values |= {"SSL_CERT_FILE": f"/{CA_BUNDLE}", "PIP_CERT": f"/{CA_BUNDLE}"}
    return values


def ca_bundle() -> Path | None:
    """The certificates that this machine trusts, in one file; None where there is no such file."""
    places = [
        os.environ.get("PIP_CERT"),
        os.environ.get("SSL_CERT_FILE"),
        ssl.get_default_verify_paths().cafile,
    ]
    for place in [*places, f"/{CA_BUNDLE}"]:
        if place and Path(place).is_file():
            return Path(place)
    return None
