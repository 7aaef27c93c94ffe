"""Credentials that are missing or cannot be used, and the code of a second factor that some are asked for.

Whichever call comes first, botocore looks for credentials on its way: a fault of theirs is not that call's.
"""

from __future__ import annotations

import getpass
import shlex
import sys
import traceback
from typing import Any

from fargatectl.errors import CredentialsError, FargatectlError

_PROVIDERS = ("botocore.credentials", "botocore.tokens")


def unusable(error: Exception, profile: str = "") -> FargatectlError | None:
    """The error to raise in place of botocore's where it is about credentials; None where it is not.

    Args:
        profile: The AWS profile that was chosen, for the command to type next; empty for none.
    """
    from botocore import exceptions as boto

    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return CredentialsError(
            "no AWS credentials found",
            hint="Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run `aws sso login`, "
            "or try it without AWS: --local.",
        )
    if isinstance(error, boto.ProfileNotFound):
        return CredentialsError(
            str(error), hint="See `aws configure list-profiles`, or choose with --profile."
        )
    named = f" --profile {shlex.quote(profile)}" if profile else ""
    if isinstance(error, boto.SSOError | boto.TokenRetrievalError):
        return _cannot_be_used(error, f"Log in again: aws sso login{named}")
    if isinstance(error, boto.MissingDependencyException) and "login" in str(error):
        return _cannot_be_used(
            "those of `aws login` take a package that is not installed, botocore[crt]",
            "Install it beside fargatectl (pipx inject fargatectl 'botocore[crt]'), or choose others.",
        )
    if isinstance(error, boto.RefreshWithMFAUnsupportedError):  # the second call to want it, or hours later
        return _no_code()
    if isinstance(error, boto.LoginError):
        return _cannot_be_used(error, f"Log in again: aws login{named}")
    if isinstance(error, boto.CredentialRetrievalError):
        return _cannot_be_used(
            error, "See the AWS config file, log in again, or choose others with --profile."
        )
    if not isinstance(error, boto.BotoCoreError | boto.ClientError) and _while_looking(error):
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        return _cannot_be_used(
            f"{why}{where}",
            "See the AWS config file and the environment's AWS_ variables, or choose others with --profile.",
        )
    return None


def ask_for_codes(session: Any) -> None:
    """Let a session ask for the code of a second factor on a terminal, and nowhere else."""
    provider = session.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = _code  # botocore offers no other way; its own would wait where nobody answers


def _code(prompt: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise _no_code()
    return getpass.getpass(prompt)


def _no_code() -> CredentialsError:
    return CredentialsError(
        "the AWS profile wants the code of a second factor (MFA), which is asked for on a terminal only",
        hint="Use credentials that need none, such as those of `aws sso login` or a role of the CI system.",
    )


def _cannot_be_used(why: object, hint: str) -> CredentialsError:
    return CredentialsError(f"the AWS credentials cannot be used: {str(why).strip().rstrip(':.')}", hint=hint)


def _while_looking(error: Exception) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in _PROVIDERS for frame, _ in frames)
