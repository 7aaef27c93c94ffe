"""Commands as people type them: processes in the whole environment of a laptop, a CI job, a container.

What stands in such an environment is nobody's fault and must neither be hidden in what is said nor change it.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli, Done

_POSIX = {
    "SHELL": "/bin/bash",
    "USER": "ann",
    "LOGNAME": "ann",
    "SHLVL": "1",
    "OLDPWD": "/",
    "_": "/usr/bin/env",
}
SHELLS = {
    "laptop": {
        **_POSIX, "TERM": "xterm-256color", "LANG": "en_GB.UTF-8", "COLORTERM": "truecolor", "DISPLAY": ":0",
        "SSH_AUTH_SOCK": "/run/user/1000/keyring/ssh", "XDG_RUNTIME_DIR": "/run/user/1000",
        "GPG_TTY": "/dev/pts/1", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
        "XAUTHORITY": "/home/ann/.Xauthority",
        "GIT_ASKPASS": "/usr/share/code/askpass.sh", "VSCODE_GIT_IPC_AUTH_TOKEN": "0f3a51c9d2e84b67",
        "COLUMNS": "40",
    },
    "mac": {
        **_POSIX, "TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color", "LANG": "de_DE.UTF-8",
        "TERM_SESSION_ID": "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "__CF_USER_TEXT_ENCODING": "0x1F5:0x0:0x3",
        "SSH_AUTH_SOCK": "/private/tmp/com.apple.launchd.x/Listeners", "XPC_SERVICE_NAME": "0",
        "TZ": "Europe/Berlin", "STARSHIP_SESSION_KEY": "1234567812345678",
    },
    "github": {
        **_POSIX, "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "ann/shop",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_WORKSPACE": "/home/runner/work/shop/shop",
        "GITHUB_TOKEN": "ghs_0123456789abcdefghijABCDEFGHIJ",
        "RUNNER_TEMP": "/home/runner/work/_temp", "RUNNER_OS": "Linux",
        "GITHUB_ENV": "/home/runner/work/_temp/env",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipelines.actions.example/oidc", "LANG": "C.UTF-8",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        "ACTIONS_RUNTIME_TOKEN": "eyJ0eXAiOiJKV1QifQ.e30.c2",
    },
    "gitlab": {
        **_POSIX, "CI": "true", "GITLAB_CI": "true", "CI_PROJECT_PATH": "ann/shop", "CI_PROJECT_NAME": "shop",
        "CI_JOB_TOKEN": "glcbt-64_0123456789abcdef", "CI_REGISTRY_PASSWORD": "glcbt-64_0123456789abcdef",
        "CI_REGISTRY_USER": "gitlab-ci-token", "CI_COMMIT_REF_PROTECTED": "true", "CI_DEFAULT_BRANCH": "main",
        "CI_REPOSITORY_URL": "https://gitlab-ci-token:glcbt-64_0123456789abcdef@gitlab.example/ann/shop.git",
    },
    "container": {"HOSTNAME": "3c1f0b5a9d7e", "LC_ALL": "POSIX", "TERM": "dumb"},
}  # fmt: skip
BROKEN = "app: shop\nservices:\n  web: {image: nginx, prot: 80}\n"


def shell(cli: Cli, name: str, folder: Path, *arguments: str) -> Done:
    """A command in that shell, which stands in that folder."""
    environ = {**cli.environ, **SHELLS[name], "PWD": str(folder)}
    return Cli(folder, environ).process(*arguments)


@pytest.mark.parametrize("name", SHELLS)
def test_what_is_said_is_the_same_in_every_shell(remote: Cli, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "mein Büro" / "shop"
    folder.mkdir(parents=True)
    made = shell(remote, name, folder, "init")
    assert (made.code, made.err) == (0, "")
    assert "app: shop" in made.out
    assert "Next: add the Dockerfile" in made.out
    (folder / "fargate.yml").write_text(BROKEN)
    done = shell(remote, name, folder, "plan")
    assert done.code == 2
    assert done.err.startswith("error: fargate.yml:3: services.web.prot: unknown key: did you mean port?")
    below = folder / "src"
    below.mkdir()
    assert shell(remote, name, below, "plan").err.startswith("error: ../fargate.yml:3:")
    whole = shell(remote, name, below, "validate", "-f", str(folder / "fargate.yml"))
    assert "mein Büro/shop/fargate.yml:3: services.web.prot" in whole.err
    (folder / "fargate.yml").write_text(BROKEN.replace("prot", "port"))
    planned = shell(remote, name, folder, "plan")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.startswith("shop  default  us-east-1  123456789012\n")
    assert "(hidden)" not in made.out + done.err + whole.err + planned.out


def _config(cli: Cli, text: str) -> None:
    (cli.folder / "config").write_text(text)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        cli.environ.pop(name)


PROFILES = {
    "sso": ("sso_session = my\nsso_account_id = 1\nsso_role_name = A\n[sso-session my]\n"
            "sso_start_url = https://x.example\nsso_region = us-east-1\n",
            "Log in again: aws sso login --profile mine"),
    "no such program": ("credential_process = /nonexistent/tool\n", "No such file or directory (/nonexist"),
    "a program that fails": ("credential_process = /bin/false\n", "from custom-process\nSee the AWS config"),
    "a token file that is not there": (
        "role_arn = arn:aws:iam::123456789012:role/x\nweb_identity_token_file = /nope\n",
        "No such file or directory (/nope)",
    ),
    "aws login": ("login_session = arn:aws:iam::123456789012:user/ann\n", "botocore[crt]"),
    "a second factor": (
        "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = keys\n"
        "mfa_serial = arn:aws:iam::1:mfa/a\n"
        "[profile keys]\naws_access_key_id = AKIAX\naws_secret_access_key = keyskeys\n",
        "asked for on a terminal only",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PROFILES)
def test_credentials_that_cannot_be_used_are_told_as_such(remote: Cli, case: str) -> None:
    settings, said = PROFILES[case]
    _config(remote, f"[profile mine]\n{settings}")
    done = remote.process("plan", "--profile", "mine")
    assert done.code == 5
    assert said in done.err
    assert "not AWS" not in done.err


def test_nothing_waits_for_a_code_where_nobody_types_it(remote: Cli) -> None:
    """A pipe that stays open, as a CI system's may, is no terminal."""
    _config(remote, f"[profile mine]\n{PROFILES['a second factor'][0]}")
    reading, writing = os.pipe()
    try:
        process = remote.start("plan", "--profile", "mine", stdin=reading, start_new_session=True)
        _, err = process.communicate(timeout=60)
    finally:
        os.close(reading)
        os.close(writing)
    assert process.returncode == 5, err


@pytest.mark.parametrize("group", [(), ("secret",), ("local",)])
def test_a_group_alone_shows_its_help(bare: Cli, group: tuple[str, ...]) -> None:
    done = bare(*group)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(" ".join(["Usage: fargatectl", *group, "[OPTIONS] COMMAND"]))
    assert done.err.count("--help") == 1


def test_init_says_that_it_does_not_read_copilot(bare: Cli) -> None:
    (bare.folder / "fargate.yml").unlink()
    (bare.folder / "copilot").mkdir()
    done = bare("init")
    assert (done.code, "copilot/ is not read" in done.err) == (0, True)


def test_what_others_call_the_same_is_suggested(bare: Cli) -> None:
    assert "Did you mean up?" in bare("deploy").err
    assert "Did you mean down?" in bare("destroy").err
    assert "Did you mean plan?" in bare("package").err


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        (("scale", "web", "3"), "count"),
        (("open",), "fargatectl status"),
        (("rollback",), "fargatectl up"),
        (("exec", "web"), "fargatectl --help"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_yet_is_said_with_what_to_do(
    bare: Cli, typed: tuple[str, ...], instead: str
) -> None:
    done = bare(*typed)
    assert (done.code, done.out) == (2, "")
    assert f"fargatectl {typed[0]} is not there yet" in done.err
    assert "Did you mean" not in done.err
    assert instead in done.err


def test_logs_without_a_line_say_so(cli: Cli) -> None:
    assert cli("up", "--no-wait").code == 0
    done = cli("logs", "--since", "10m")
    assert (done.code, done.out, done.err) == (0, "", "warning: no log lines in the last 10 min (--since)\n")


def _typed(cli: Cli, keys: bytes, *arguments: str) -> tuple[int, str]:
    """The exit code of a command on a terminal, and what stood there; `keys` once it asks."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cli.folder)
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(cli.folder),
            "TERM": "xterm",
        }
        os.execve(
            sys.executable, [sys.executable, "-m", "fargatectl", *arguments], {**environ, **cli.environ}
        )
    shown, until = b"", time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([terminal], [], [], 1)[0]:
            try:
                read = os.read(terminal, 65536)
            except OSError:  # it has ended
                break
            if not read:
                break
            shown += read
        if keys and shown.rstrip().endswith(b"[y/N]:"):
            time.sleep(0.5)  # no person is so quick as to press it before Python reads; it would only note it
            os.write(terminal, keys)
            keys = b""
    if time.monotonic() >= until:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)  # not before: one that is about to end would be hung up on
    return code, shown.decode().replace("\r", "")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (b"n\n", "[y/N]: n\nerror: not confirmed: nothing was removed\n"),
        (b"\x03", "^C\nerror: interrupted.\n"),
    ],
    ids=["no", "Ctrl-C"],
)
def test_down_says_whose_it_would_remove_and_takes_a_no(remote: Cli, keys: bytes, said: str) -> None:
    assert remote.process("up", "--no-wait").code == 0
    code, shown = _typed(remote, keys, "down")
    assert code == 130
    assert "shop  default  us-east-1\n" in shown
    assert shown.endswith(said)
    assert remote.process("status", "-o", "json").document()["services"][0]["state"] != "absent"


def test_moments_are_utc_wherever_one_sits(remote: Cli) -> None:
    remote.environ["TZ"] = "Asia/Tokyo"
    (remote.folder / "value").write_text("hunter2222")
    assert remote.process("secret", "set", "API_KEY", "--from-file", "value").code == 0
    assert " UTC" in remote.process("secret", "list").out
    changed = remote.process("secret", "list", "-o", "json").document()["secrets"][0]["changed_at"]
    assert changed.endswith("+00:00")
