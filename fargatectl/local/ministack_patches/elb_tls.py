"""TLS for HTTPS and TLS listeners: an imported certificate as it is, any other self-signed in its name.

MiniStack issues no real certificates, so what ACM "issued" is made here; a client has to be told to accept
it (``curl --insecure``).
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from ministack.services import acm

_DAYS = 397


def context(listener: Mapping[str, Any]) -> ssl.SSLContext:
    """What a listener's clients are shown."""
    arn = next(iter(listener.get("Certificates") or ()), "")
    certificate = acm._certificates.get(arn) or {}
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, body = certificate.get("_private_key"), certificate.get("_pem_body")
    try:
        if key and body:
            _load(made, f"{body}\n{certificate.get('_pem_chain') or ''}\n{key}")
            return made
    except (ssl.SSLError, ValueError):
        pass  # not a real one
    names = {certificate.get("DomainName") or "localhost", *certificate.get("SubjectAlternativeNames", ())}
    _load(made, _self_signed(tuple(sorted(names))))
    return made


def _load(made: ssl.SSLContext, pem: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.pem"
        file.touch(mode=0o600)
        file.write_text(pem)
        made.load_cert_chain(file)


@lru_cache
def _self_signed(names: Iterable[str]) -> str:
    """A key and its certificate, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    first = next(iter(names))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, first[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()
