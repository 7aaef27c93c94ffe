"""Stands in for MiniStack in the fast tests: answers with its token, and resets on request."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(json.dumps({"token": os.environ["FARGATECTL_LOCAL_TOKEN"]}).encode())

    def do_POST(self) -> None:
        self._answer(b"{}")


HTTPServer((os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])), Handler).serve_forever()
