"""The printed policies before an IAM that is not ours: MiniStack's, with AUTH=true, and real containers.

With exactly a policy everything passes, and it asks for all that is in it. Without any one of its actions a
command ends with 5 and names it. About five seconds an action: every tenth, or all with FARGATECTL_SOAK=1.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from fargatectl.errors import ExitCode

from .enforcing import permits, without
from .guarded import ACCOUNT, REGION, Done, Guarded, Need
from .journeys import (
    APP,
    CHANGED,
    DEPLOYS,
    EARLIER,
    LOOKS,
    READS,
    Journey,
    Root,
    Step,
    attach,
    leave_a_lock,
    leave_a_task,
)
from .proved import ASKED, FAILED, MISSED

pytestmark = pytest.mark.e2e

NOT_HERE = {
    "ecs:ListServiceDeployments": "the local AWS names the current one with the service",
    "ecs:StopServiceDeployment": "the local AWS's circuit breaker is quicker, most of the time",
    "iam:CreateServiceLinkedRole": "the local AWS works without ECS's own role",
}
"""What the local AWS never makes the program ask for, and why: proved in `test_enforced`."""

POLICY_FOR = {"up": "deploy", "down": "destroy", "secret": "secrets"}


def policy(guarded: Guarded, purpose: str, text: str = CHANGED) -> dict[str, Any]:
    guarded.spec(text)
    done = guarded.run("policy", "--for", purpose, "--account", ACCOUNT, "--region", REGION)
    assert done.code == 0
    document: dict[str, Any] = json.loads(done.out)
    return document


def actions(document: Mapping[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def go(guarded: Guarded, journey: Journey, rules: Mapping[str, Any]) -> Iterator[tuple[Step, Done]]:
    """Each step of a journey, as a user with these rules; who looks on decides how far it goes."""
    guarded.become_user_with(rules)
    for step in journey:
        step.before(guarded)
        guarded.spec(step.spec)
        yield step, guarded.run(*step.arguments, "-o", "json")


def passes(guarded: Guarded, journeys: Iterable[Journey], rules: Mapping[str, Any]) -> list[Need]:
    """Go all the way; what was asked for."""
    asked: list[Need] = []
    for journey in journeys:
        for step, done in go(guarded, journey, rules):
            assert done.code == step.code, (step, done)
        asked += guarded.asked()
        guarded.reset()
    return asked


def first_failure(
    guarded: Guarded, journeys: Iterable[Journey], rules: Mapping[str, Any]
) -> tuple[Step, Done] | None:
    """The first command that ends with 5."""
    for journey in journeys:
        for step, done in go(guarded, journey, rules):
            if done.code == ExitCode.CREDENTIALS:
                return step, done
            assert done.code == step.code, (step, done)
        guarded.reset()
    return None


def is_missed(action: str, found: tuple[Step, Done] | None) -> None:
    """A command says that it needs this action, and no other; and what prints all of them."""
    assert found, f"nobody misses {action}"
    step, done = found
    command, error = f"fargatectl {step.command}", done.error
    named = set(
        re.findall(r"not permitted: ([\w-]+:\w+), which (fargatectl [a-z ]+) needs", error["message"])
    )
    assert named == {(action, command)}
    assert error["message"].count("not permitted") == error["message"].count(f"permitted: {action}, which")
    assert f"Allow {action} in the IAM policy" in error["hint"]
    purpose = POLICY_FOR.get(step.arguments[0], "read-only")
    assert f"All that {command} needs: fargatectl policy --for {purpose}" in error["hint"]
    assert any(one.get("action") == action and one["command"] == command for one in error["details"])


@contextmanager
def counted(what: str) -> Iterator[None]:
    """Count a failure."""
    try:
        yield
    except BaseException:
        FAILED.append(what)
        raise


def sampled(every: Iterable[str]) -> list[str]:
    ordered = sorted(every)
    if os.environ.get("FARGATECTL_SOAK"):
        return ordered
    seed = random.randrange(10)
    print("seed", seed, "and every tenth from there")
    return ordered[seed::10]


def is_all_asked(purpose: str, rules: Mapping[str, Any], asked: list[Need], but: set[str]) -> None:
    """Every action of every statement was asked for, in the way that this statement permits it."""
    for statement in rules["Statement"]:
        for action in statement["Action"]:
            alone = {"Statement": [{**statement, "Action": [action]}]}
            if action not in but:
                with counted(f"{purpose} {action}"):
                    assert any(permits(alone, need) for need in asked), f"unused: {action} in {statement}"
                ASKED.add(f"{purpose} {action}")
    assert {need.action for need in asked} <= actions(rules)


def test_the_deploy_policy(
    guarded: Guarded,
) -> None:
    rules = policy(guarded, "deploy")
    asked = passes(guarded, DEPLOYS, rules)
    is_all_asked("deploy", rules, asked, set(NOT_HERE))
    never = set(NOT_HERE) - {"ecs:StopServiceDeployment"}
    assert not {need.action for need in asked} & never, "can be proved here"


def test_each_action_of_the_deploy_policy_is_missed(guarded: Guarded) -> None:
    rules = policy(guarded, "deploy")
    for action in sampled(actions(rules) - set(NOT_HERE)):
        guarded.reset()
        with counted(f"deploy {action}"):
            is_missed(action, first_failure(guarded, DEPLOYS, without(rules, action)))
        MISSED.add(f"deploy {action}")


def made(guarded: Guarded, text: str) -> None:
    """As root: everything is there."""
    guarded.reset()
    guarded.spec(text)
    done = guarded.run("up")
    assert done.code == 0, done


def test_the_read_only_policy(guarded: Guarded) -> None:
    rules = policy(guarded, "read-only")
    asked = passes(guarded, LOOKS, rules)
    made(guarded, EARLIER)
    is_all_asked("read-only", rules, asked + passes(guarded, [READS], rules), set())


def test_each_action_of_the_read_only_policy_is_missed(guarded: Guarded) -> None:
    rules = policy(guarded, "read-only")
    for action in sampled(actions(rules)):
        guarded.reset()
        with counted(f"read-only {action}"):
            found = first_failure(guarded, LOOKS, without(rules, action))
            if found is None:
                made(guarded, EARLIER)
                found = first_failure(guarded, [READS], without(rules, action))
            is_missed(action, found)
        MISSED.add(f"read-only {action}")


def test_the_read_only_policy_lets_nothing_be_changed(guarded: Guarded) -> None:
    guarded.become_user_with(policy(guarded, "read-only"))
    done = guarded.run("up", "-o", "json")
    assert done.code == ExitCode.CREDENTIALS
    assert guarded.call("ecs", "ListClusters")["clusterArns"] == []
    assert guarded.call("ecr", "DescribeRepositories")["repositories"] == []


def before_down(root: Root) -> None:
    attach(root)
    leave_a_task(root, "/bin/busybox", "sleep", "3600")
    leave_a_lock(root)


DOWN: tuple[Journey, ...] = ((Step(CHANGED, ("down", "--yes"), 0, before_down),),)


def test_the_destroy_policy(guarded: Guarded) -> None:
    rules = policy(guarded, "destroy")
    made(guarded, CHANGED)
    asked = passes(guarded, DOWN, rules)
    is_all_asked("destroy", rules, asked, set())


def test_each_action_of_the_destroy_policy_is_missed(guarded: Guarded) -> None:
    rules = policy(guarded, "destroy")
    for action in sampled(actions(rules)):
        made(guarded, CHANGED.replace("count: 1", "count: 0"))
        with counted(f"destroy {action}"):
            is_missed(action, first_failure(guarded, DOWN, without(rules, action)))
        MISSED.add(f"destroy {action}")


def test_another_apps_policy_does_not_do(guarded: Guarded) -> None:
    guarded.become_user_with(policy(guarded, "deploy", CHANGED.replace("app: shop", "app: forum")))
    guarded.spec(CHANGED)
    done = guarded.run("up", "-o", "json")
    assert done.code == ExitCode.CREDENTIALS
    assert guarded.call("ecs", "ListClusters")["clusterArns"] == []


GITHUB = "token.actions.githubusercontent.com"


def token(guarded: Guarded, **claims: str) -> None:
    """What a job of GitHub Actions is given, where the AWS settings say; nobody signs it here."""
    said = {"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com", **claims}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, said)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    (guarded.folder / "token").write_text(f"{text}.")


@pytest.mark.parametrize(
    ("given", "trusted"),
    [
        ([], "repo:octo/shop:ref:refs/heads/main"),
        (["--github-environment", "production"], "repo:octo/shop:environment:production"),
    ],
)
def test_github_actions_deploys_from_the_trusted_place_alone(
    guarded: Guarded, given: list[str], trusted: str
) -> None:
    rules = policy(guarded, "deploy")
    trust = guarded.run("policy", "--github", "octo/shop", *given, "--account", ACCOUNT, "--region", REGION)
    guarded.call(
        "iam", "CreateOpenIDConnectProvider", Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"]
    )
    role = guarded.call("iam", "CreateRole", RoleName="ci", AssumeRolePolicyDocument=trust.out)["Role"]
    guarded.call("iam", "PutRolePolicy", RoleName="ci", PolicyName="deploy", PolicyDocument=json.dumps(rules))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        guarded.monkeypatch.delenv(name)
    guarded.monkeypatch.setenv("AWS_ROLE_ARN", role["Arn"])
    guarded.monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(guarded.folder / "token"))
    for claims in (
        {"sub": "repo:octo/shop:ref:refs/heads/other"},
        {"sub": "repo:octo/shop:pull_request"},
        {"sub": "repo:octo/shop:environment:staging"},
        {"sub": f"repo:fork/{trusted.partition('/')[2]}"},
        {"sub": f"{trusted}-2"},
        {"sub": trusted, "aud": "https://github.com/octo"},
        {"sub": trusted, "iss": "https://gitlab.example"},
    ):
        token(guarded, **claims)
        done = guarded.run("plan", "-o", "json")
        assert done.code == ExitCode.CREDENTIALS, (claims, done)
        assert "sts:AssumeRoleWithWebIdentity" in done.error["message"]
        assert "trust policy" in done.error["hint"]
    token(guarded, sub=trusted)
    guarded.spec(APP)
    assert guarded.run("up").code == 0
