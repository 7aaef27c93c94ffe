"""A small web service, as it runs on AWS Fargate."""

import os

from flask import Flask, Response

# The task definition can give another text: `env: {GREETING: ...}` in fargate.yml.
GREETING = os.environ.get("GREETING") or "🚀 Hello from AWS Fargate!"

app = Flask(__name__)


@app.get("/")
def greet() -> Response:
    return Response(GREETING, mimetype="text/plain")


@app.get("/health")
def health() -> Response:
    """For health checks: the process is up and answers."""
    return Response("ok", mimetype="text/plain")
