"""``fargatectl policy``."""

from __future__ import annotations

import re
from typing import Any

import click

from fargatectl.cli.opened import Opened, opened
from fargatectl.cli.options import Options, shared
from fargatectl.errors import CredentialsError, UsageError

_NEEDS_ACCOUNT = "Give the account: --account 123456789012. Then AWS is not asked."


class Pattern(click.ParamType[str]):
    """A text of a form."""

    def __init__(self, name: str, pattern: str, example: str) -> None:
        self.name, self._pattern, self._example = name, re.compile(pattern), example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not self._pattern.fullmatch(str(value)):
            self.fail(f"{value!r} is not {self._example}", param, ctx)
        return str(value)


_ACCOUNT = Pattern("account", "[0-9]{12}", "an AWS account: 12 digits")
_REPOSITORY = Pattern("repository", r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", "a repository: OWNER/REPO")
# The trust compares it as a whole: no pattern may slip in.
_BRANCH = Pattern("branch", r"[^\s*?:~^\[\\]+", "a branch, such as main")
_ENVIRONMENT = Pattern("environment", r"[^*?:]+", "an environment of GitHub, such as production")


@click.command("policy")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["deploy", "read-only", "destroy", "secrets"]),
    help="deploy: plan, up, status, logs (the default). read-only: plan, status, logs. destroy: down. "
    "secrets: secret set, list and delete.",
)
@click.option(
    "--account",
    type=_ACCOUNT,
    metavar="ID",
    help="The AWS account, 12 digits. Default: that of the credentials.",
)
@click.option(
    "--github",
    type=_REPOSITORY,
    metavar="OWNER/REPO",
    help="Print who may assume the role instead: this repository's GitHub Actions, by OpenID Connect.",
)
@click.option("--branch", type=_BRANCH, metavar="NAME", help="With --github: of this branch. Default: main.")
@click.option(
    "--github-environment",
    type=_ENVIRONMENT,
    metavar="NAME",
    help="With --github: of this GitHub environment, in place of a branch.",
)
@click.option(
    "--part",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of one that is too long for a managed policy, the Nth of those that it takes.",
)
@shared()
def command(
    options: Options,
    purpose: str | None,
    account: str | None,
    github: str | None,
    branch: str | None,
    github_environment: str | None,
    part: int | None,
) -> None:
    """Print the least IAM policy for this spec, as JSON.

    With --account and a region AWS is not asked, and no credentials are needed.

    It names this spec's cluster, repository and domain names, and the kinds of things that it has: an up
    that follows a change of these removes the old ones, and that takes the earlier spec's policy for
    destroy too.
    """
    if not github and (branch or github_environment):
        raise UsageError("--branch and --github-environment need --github", hint="Add --github OWNER/REPO.")
    if branch and github_environment:
        raise UsageError("--branch and --github-environment exclude each other", hint="Give one of them.")
    if github and purpose:
        raise UsageError(
            "--github and --for exclude each other",
            hint="The one prints who may assume a role, the other what the role may do: run it twice.",
        )
    if github and part:
        raise UsageError(
            "--github and --part exclude each other",
            hint="Leave --part out: who may assume a role fits.",
        )
    with opened(options) as open_:
        from fargatectl.console.output import show_document
        from fargatectl.policy import github_trust, policy_document

        aws = open_.run.aws
        partition = aws.partition
        account = account or _account(open_)
        if github:
            document = github_trust(
                github,
                account=account,
                partition=partition,
                branch=branch or "main",
                environment=github_environment,
            )
        else:
            document = policy_document(
                open_.app_as_named(),
                operations=purpose or "deploy",
                account=account,
                region=aws.region,
                partition=partition,
            )
            if part:
                document = _part(document, part)
    show_document(document)
    if not github and not part:
        _warn(document)


def _part(document: dict[str, Any], number: int) -> dict[str, Any]:
    from fargatectl.policy import parts

    found = parts(document)
    if number > len(found):
        there = "1 part" if len(found) == 1 else f"{len(found)} parts"
        raise UsageError(f"there is no part {number} of this policy: it has {there}", hint="Give a lower N.")
    return found[number - 1]


def _warn(document: dict[str, Any]) -> None:
    """Say where a policy does not fit, and what does: long names or many kinds make one so long."""
    from fargatectl import policy

    size, most = policy.characters(document), policy.MOST_CHARACTERS
    if size <= most:
        return
    found = policy.parts(document)
    ways = [
        f"make {len(found)} managed policies of it, which this command prints with --part 1 to "
        f"--part {len(found)}, and attach each to the role, which takes {policy.MOST_ATTACHED} of them"
    ]
    if size <= policy.MOST_INLINE_CHARACTERS:
        ways.append(
            "or make it an inline policy of the role (aws iam put-role-policy), "
            f"whose inline policies take {policy.MOST_INLINE_CHARACTERS} together"
        )
    text = f"It has {size} characters, and a managed policy takes {most}: {'; '.join(ways)}."
    long = [number for number, one in enumerate(found, 1) if policy.characters(one) > most]
    if long:
        text += f" The statement of part {long[0]} is longer by itself: put a pattern (*) for its names."
    click.echo(text, err=True)


def _account(open_: Opened) -> str:
    """The account of the credentials."""
    try:
        return str(open_.run.aws.call("sts", "GetCallerIdentity")["Account"])
    except CredentialsError as error:
        error.hint = _NEEDS_ACCOUNT
        raise
