"""Keeps files on a file system, counts visits with its sidecar, and says what it may do."""

import hashlib
import json
import os
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILES, SCRATCH = Path("/files"), Path("/scratch")
COUNTER = os.environ.get("COUNTER")  # the sidecar's address: the containers of a task share localhost


def try_to_write(path: Path) -> str:
    """``yes``, or why not."""
    try:
        path.write_text("written")
    except OSError as error:
        return str(error.strerror)
    return "yes"


def facts() -> dict[str, object]:
    """What this task sees; of a secret only its hash."""
    count = urllib.request.urlopen(COUNTER, timeout=5).read().decode() if COUNTER else None
    return {
        "version": os.environ.get("VERSION"),
        "user": os.getuid(),
        "secret": hashlib.sha256(os.environ.get("API_KEY", "").encode()).hexdigest(),
        "parameter": os.environ.get("GREETING"),
        "visits": count,
        "root": try_to_write(Path("/written")),
        "scratch": try_to_write(SCRATCH / "written"),
        "files": sorted(path.name for path in FILES.iterdir()),
    }


class Handler(BaseHTTPRequestHandler):
    """``/`` and ``/health``; ``/files/NAME`` is read, and written with PUT."""

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, "ok")
        elif self.path.startswith("/files/"):
            path = FILES / Path(self.path).name
            self.answer(200, path.read_text()) if path.is_file() else self.answer(404, "no such file")
        else:
            self.answer(200, json.dumps(facts()))

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            (FILES / Path(self.path).name).write_bytes(content)
        except OSError as error:
            self.answer(403, str(error.strerror))
        else:
            self.answer(200, "kept")

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
