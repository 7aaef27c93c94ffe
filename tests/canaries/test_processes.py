"""Real processes: the arguments of each, every file, the image's history, the local AWS's record and log."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.cli.conftest import Cli, remote, server  # noqa: F401 - fixtures
from tests.e2e.conftest import cloud, shared_cloud  # noqa: F401 - fixtures
from tests.e2e.harness import Cloud
from tests.support.figures import tried

CANARY = "cAnArY"
ENVIRON = {
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}AwsKey0123456789", "AWS_SESSION_TOKEN": f"{CANARY}SessionToken==",
    "ENV_TOKEN": f"{CANARY}Env", "STRIPE_KEY": f"{CANARY}Key", "HTTPS_PROXY": f"http://me:{CANARY}Proxy@127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}  # fmt: skip


class Watch:
    """Looks at the arguments of all processes, again and again, for as long as its block lasts."""

    def __init__(self, word: str = CANARY) -> None:
        self._word = word
        self.found: set[str] = set()
        self.seen: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        tried("secrets", "processes", len(self.seen))
        assert self.seen
        assert self.found == set()

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    try:
                        line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    except OSError:
                        continue
                    self.seen.add(f"{folder.name} {line}")
                    if self._word in line:
                        self.found.add(line)


def in_files(folder: Path, but: tuple[str, ...] = ()) -> list[str]:
    """The files below a folder that hold a canary."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in but:
            tried("secrets", "files")
            if CANARY.encode() in path.read_bytes():
                found.append(str(path))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    yield tmp_path
    assert in_files(tmp_path, but=("fargate.yml",)) == []


def test_commands_and_their_children(remote: Cli, home: Path) -> None:  # noqa: F811
    """Against an AWS over HTTP: nothing in arguments, output, home, working and temporary folder."""
    remote.environ.update(ENVIRON, HOME=str(home / "home"), TMPDIR=str(home / "tmp"), FARGATECTL_DEBUG="1")
    remote.spec(
        "app: shop\nservices:\n  web:\n    image: public.example/web:1\n    port: 80\n"
        "    env: {A_TOKEN: '${ENV_TOKEN}', NOTE: 'it is ${STRIPE_KEY}'}\n"
    )
    with Watch():
        for arguments in (["validate"], ["plan", "-v"], ["up", "--no-wait", "-v"], ["up", "--no-wait", "-o", "json", "-v"],  # noqa: E501
                          ["status"], ["policy"], ["logs"], ["up", "--no-wait", "--image", "x y"],
                          ["down", "--yes", "-v"]):  # fmt: skip
            done = remote.process(*arguments)
            tried("secrets", "outputs", 2)
            assert CANARY not in done.out + done.err, arguments
    assert done.code == 0, done.err


@pytest.mark.e2e
def test_a_deployment_with_real_containers(cloud: Cloud, home: Path) -> None:  # noqa: F811
    """The registered task definition has a secret's ARN alone; the image's history has nothing at all."""
    stored = f"{CANARY}Stored"
    cloud.client("secretsmanager").create_secret(Name="shop/key", SecretString=stored)
    app = cloud.folder / "app"
    app.mkdir()
    (app / "Dockerfile").write_text('FROM scratch\nCOPY note /\nCMD ["/note"]\n')
    (app / "note").write_text(f"{time.time()}")
    spec = cloud.spec(
        "shop",
        "app: shop\nservices:\n  web:\n    build: app\n    count: 0\n"
        "    secrets: {KEY: 'secretsmanager:shop/key'}\n    env: {GREETING: hello}\n",
    )
    environment = {**cloud.environment, **ENVIRON, "TMPDIR": str(home / "tmp"), "FARGATECTL_DEBUG": "1"}
    del environment["HTTPS_PROXY"]  # Docker's own; nothing of ours goes through it here
    mine = Cloud(environment, cloud.endpoint, cloud.account, cloud.folder)
    outputs = []
    with Watch():
        for arguments in (
            ["up", "-v"],
            ["plan", "-o", "json"],
            ["up", "-o", "json", "-v"],
            ["status", "-o", "json"],
        ):
            done = mine.run(*arguments, "--local", "-f", spec)
            outputs += [done.out, done.err]
    tried("secrets", "outputs", len(outputs))
    assert CANARY not in "".join(outputs)
    ecs = cloud.client("ecs")
    arn = ecs.list_task_definitions(familyPrefix="shop-web")["taskDefinitionArns"][-1]
    definition = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    text = json.dumps(definition, default=str)
    assert CANARY not in text
    assert ":secret:shop/key" in text
    state = Path(cloud.environment["XDG_STATE_HOME"])
    assert in_files(state) == []  # the local AWS's record and log
    assert [path for path in in_files(Path.home() / ".docker") if "config" in path] == []
    engine = docker.from_env()
    try:
        images = [
            one
            for one in engine.images.list("fargatectl/app")
            if any(tag.startswith("fargatectl/app:") for tag in one.tags)
        ]
        assert images
        for image in images:
            tried("secrets", "images")
            history = json.dumps(image.history()) + json.dumps(image.attrs)
            assert CANARY not in history
    finally:
        engine.close()
    mine.run("down", "--local", "--yes", "-f", spec)


def test_the_watch_sees_arguments() -> None:
    """A search that finds nothing must be one that could."""
    word = "dEcOy"  # another: the searches of other tests run at the same time
    watch = Watch(word)

    def work() -> None:
        with watch:
            subprocess.run(["python3", "-c", "import time; time.sleep(0.5)", word], check=True)

    with pytest.raises(AssertionError):
        work()
