"""The commands, and how each way of ending becomes an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from fargatectl import __version__
from fargatectl.errors import ExitCode, FargatectlError

# Name -> what `fargatectl --help` says of it; its module is loaded only when it is run.
COMMANDS = {
    "init": "Write a spec from what is here.",
    "validate": "Check a spec without touching AWS.",
    "plan": "Show what `up` would change.",
    "up": "Build, push, deploy, follow the rollout, print the address.",
    "promote": "Let a paused deployment go on.",
    "abort": "Roll a deployment under way back.",
    "status": "Show what runs now, and where.",
    "logs": "Show the logs of the services.",
    "down": "Remove everything the app owns.",
    "secret": "Set, list and delete the app's own secrets.",
    "policy": "Print the least IAM policy for this spec.",
    "schema": "Print the JSON Schema of the spec, for editors.",
    "local": "Start, stop and look at the local AWS.",
}

# What other tools call the same.
OTHERS = {
    "deploy": "up", "apply": "up", "diff": "plan", "ps": "status", "ls": "status", "show": "status",
    "delete": "down", "destroy": "down", "rm": "down", "lint": "validate", "package": "plan",
}  # fmt: skip

# Commands that are to come -> what to do meanwhile; empty where there is no way.
NOT_YET = {
    "exec": "",
    "run": "What must run before each new version is before_deploy in the spec.",
    "restart": "aws ecs update-service --force-new-deployment --cluster CLUSTER --service SERVICE replaces "
    "its tasks; fargatectl status shows how far it is.",
    "scale": "Set count under services.NAME in the spec, then run fargatectl up.",
    "rollback": "Check out the version before and run fargatectl up: an image that is still in ECR is not "
    "built again. A deployment that is still under way ends with fargatectl abort.",
    "history": "",
    "open": "fargatectl status shows the addresses.",
    "metrics": "With dashboard: true in the spec there is a dashboard in CloudWatch.",
    "cost": "",
    "doctor": "fargatectl plan looks for what AWS would refuse, and changes nothing.",
}


class Commands(click.Group):
    """A group that imports a command's module when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"fargatectl.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            from fargatectl.errors import UsageError

            if args[0] in NOT_YET:
                hint = NOT_YET[args[0]] or "What there is: fargatectl --help"
                raise UsageError(f"fargatectl {args[0]} is not there yet", hint=hint) from None
            near = [OTHERS[args[0]]] if args[0] in OTHERS else get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean {near[0]}?", error.ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", message="fargatectl %(version)s")
def cli() -> None:
    """Deploy container apps to AWS Fargate from one short spec: no console, no CloudFormation, no state file.

    Try it without an AWS account: fargatectl up --local
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    _learn_environment()
    try:
        # click answers with the code of an Exit, or with what the command returns: nothing.
        code = cli.main(args=list(arguments), prog_name="fargatectl", standalone_mode=False)
        return int(code or ExitCode.OK)
    except click.ClickException as error:
        return _click_error(error, arguments)
    except FargatectlError as error:
        if error.code == "internal" and os.environ.get("FARGATECTL_DEBUG"):
            _trace(error)
        return _say(error, arguments)
    except (KeyboardInterrupt, click.Abort) as error:
        from fargatectl.errors import Interrupted

        if isinstance(error, click.Abort) and error.__cause__ is None:
            with suppress(OSError):
                print(file=sys.stderr)  # a question has no end of line; click writes one in all other cases
        return _say(Interrupted("interrupted."), arguments)
    except OSError as error:
        return _say(_of_the_system(error), arguments)
    except Exception as error:
        if os.environ.get("FARGATECTL_DEBUG"):
            _trace(error)
        return _say(_bug(error), arguments)


def _learn_environment() -> None:
    """What the environment holds of secrets, AWS's own among them, is hidden from the first word on."""
    from fargatectl.secrecy import KNOWN, learn

    KNOWN.forget()
    for name, value in os.environ.items():
        learn(name, value)


def _click_error(error: click.ClickException, arguments: Sequence[str]) -> int:
    from fargatectl.errors import UsageError

    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # asked for nothing: no fault to tell
        with suppress(OSError):
            print(error.format_message(), file=sys.stderr)
        return int(ExitCode.USAGE)
    context = getattr(error, "ctx", None)
    hint = f"See {context.command_path} --help." if context is not None else "See fargatectl --help."
    return _say(UsageError(error.format_message(), hint=hint), arguments)


def _bug(error: Exception) -> FargatectlError:
    return FargatectlError(
        f"internal error: {type(error).__name__}: {error}",
        code="internal",
        hint="This is a bug in fargatectl. Please report it, with what FARGATECTL_DEBUG=1 prints.",
    )


def _trace(error: Exception) -> None:
    """Where a bug is, with its causes; it will be pasted into issues, so no secret may be in it."""
    import traceback

    from fargatectl.console.text import clean_lines
    from fargatectl.secrecy import hide

    with suppress(OSError):
        text = hide("".join(traceback.format_exception(error)))
        print("\n".join(clean_lines(text)), file=sys.stderr)


def _of_the_system(error: OSError) -> FargatectlError:
    """What the operating system refused: no bug, and nothing that AWS or the spec can do about."""
    from fargatectl.errors import UsageError

    try:
        os.getcwd()  # noqa: PTH109 - pathlib costs a command that went well its import
    except OSError:
        return UsageError("the current folder is not there any more", hint="Change to one that is: cd ..")
    where = f" ({error.filename})" if error.filename else ""
    return FargatectlError(f"the system refused: {error.strerror or error}{where}", code="system")


def _say(error: FargatectlError, arguments: Sequence[str]) -> int:
    """Tell an error where it belongs: JSON on standard output, text on standard error.

    Where nobody can read it, the exit code must do.
    """
    from fargatectl.console.report import error_text
    from fargatectl.secrecy import hide

    document = {
        "schema": 1,
        "error": {
            "code": error.code,
            "message": hide(error.message),
            "hint": hide(error.hint),
            "details": hide(error.details),
        },
    }
    try:
        if not _wants_json(arguments) or error.code == "output":  # standard output is full
            print(error_text(document), file=sys.stderr)
            return int(error.ends_with)
        from fargatectl.console.output import show_document

        show_document(document)
    except FargatectlError:  # standard output is full: better there than nowhere
        with suppress(OSError):
            print(error_text(document), file=sys.stderr)
    except OSError:
        pass
    return int(error.ends_with)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether ``-o json`` was asked for, even where the command line could not be parsed."""
    pairs = zip(arguments, [*arguments, ""][1:], strict=True)
    return any(
        (one in ("-o", "--output") and value == "json") or one in ("-ojson", "--output=json")
        for one, value in pairs
    )
