"""Servers that speak TLS, with certificates of a certificate authority made here."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = datetime.timedelta(days=1)


class Server(ThreadingHTTPServer):
    """AWS at an address of its own: has nothing of whatever is asked, in JSON.

    Attributes:
        came: Every connection.
        before: Called before each answer.
    """

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(("127.0.0.1", 0), _Nothing)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.came: list[socket.socket] = []
        self.before = before

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self.came.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: clients that refuse us are what a test is about."""


class _Nothing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.before()
        body = b'{"clusterArns": [], "secretList": [], "SecretList": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest would show it."""


@contextmanager
def serving(context: ssl.SSLContext, before: Callable[[], object] = lambda: None) -> Iterator[Server]:
    """Serve while the block runs."""
    server = Server(context, before)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Authority:
    """A certificate authority; its own certificate lies in `file`, as AWS_CA_BUNDLE takes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"CA of {folder.name}")])
        self.file = folder / "authority.pem"
        basic = x509.BasicConstraints(ca=True, path_length=None)
        made = self._builder(self._name, self._key).add_extension(basic, critical=True)
        self.file.write_bytes(self._signed(made))

    def server(self, address: str) -> ssl.SSLContext:
        """The context of a server at that IP address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(address))
        return context

    def certificate(self, address: str, *others: str) -> Path:
        """The file with the private key and the certificate of a server at these IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        addresses = map(ipaddress.ip_address, (address, *others))
        names = x509.SubjectAlternativeName([x509.IPAddress(one) for one in addresses])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
        made = self._builder(subject, key).add_extension(names, critical=False)
        file = self._folder / f"{address}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + self._signed(made))
        return file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
        )

    def _signed(self, made: x509.CertificateBuilder) -> bytes:
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
