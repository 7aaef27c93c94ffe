"""Whether an image must be built: the hash of its context, and the question to the registry.

python -m benchmarks.probes.decide CONTEXT REPOSITORY ENDPOINT ACCOUNT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from fargatectl.aws.session import Aws, Connection
from fargatectl.images.context import BuildSpec, content_hash


def main() -> None:
    """Print the seconds of each part."""
    context, repository, endpoint, account = sys.argv[1:]
    connection = Connection("us-east-1", endpoint_url=endpoint, access_key=account, secret_key="test")
    aws = Aws(connection)
    aws.call("ecr", "DescribeRepositories")  # the repository is looked at before, whatever is built
    began = time.perf_counter()
    tag = f"web.{content_hash(BuildSpec(Path(context)))[:20]}"
    hashed = time.perf_counter()
    answer = aws.call("ecr", "BatchGetImage", repositoryName=repository, imageIds=[{"imageTag": tag}])
    found = [image["imageId"]["imageTag"] for image in answer["images"]]
    done = time.perf_counter()
    print(json.dumps({"tag": tag, "found": found, "hash": hashed - began, "seconds": done - began}))


if __name__ == "__main__":
    main()
