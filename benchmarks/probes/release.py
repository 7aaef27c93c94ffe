"""`up --no-wait` of a spec in this process, with the moment of every event.

python -m benchmarks.probes.release SPEC ENDPOINT ACCOUNT
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from fargatectl.app import build, scope_of
from fargatectl.aws.session import Aws, Connection
from fargatectl.engine.events import Event, Finished, Started
from fargatectl.images.context import content_hash
from fargatectl.operations import plan, up
from fargatectl.run import Run
from fargatectl.spec.load import load


def main() -> None:
    """Print when work on each resource began and ended, in seconds since the start of the run."""
    spec, endpoint, account = sys.argv[1:]
    began = time.perf_counter()
    events: list[dict[str, object]] = []

    def note(event: Event) -> None:
        if isinstance(event, Started | Finished):
            events.append({
                "at": time.perf_counter() - began, "what": type(event).__name__, "action": event.action,
                "kind": event.kind, "summary": getattr(event, "summary", ""),
            })  # fmt: skip

    connection = Connection("us-east-1", endpoint_url=endpoint, access_key=account, secret_key="test")
    aws = Aws(connection, note)
    loaded = load(Path(spec), environment=None, environ=os.environ)
    run = Run(aws, scope_of(loaded), note, loaded)
    app = build(loaded, region=aws.region, content_hash=content_hash)
    up(run, app, plan(run, app), wait=False)
    print(json.dumps({"events": events, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
