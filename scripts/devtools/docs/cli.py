"""docs/cli.md, from the commands themselves."""

from __future__ import annotations

import inspect
from collections import Counter

import click

from devtools.docs import markdown, tables
from fargatectl.cli.main import COMMANDS, cli

_SHARED_BY = 3  # commands from which on an option is described once for all


def page() -> str:
    """The whole page."""
    commands = {name: _command(cli, name) for name in COMMANDS}
    counted = Counter(_row(option) for command in commands.values() for option in _options(command))
    shared = [row for row, times in counted.items() if times >= _SHARED_BY]
    return markdown.page(
        markdown.NOTE,
        "# Commands",
        markdown.table(
            ["command", "what it does"],
            [[f"[`{name}`](#{markdown.anchor('fargatectl ' + name)})", COMMANDS[name]] for name in COMMANDS],
        ),
        *(_section(f"fargatectl {name}", command, shared) for name, command in commands.items()),
        "## Shared options",
        _table(shared),
        "`NO_COLOR=1` means `--no-color`. AWS's own variables and files work as in every AWS tool; "
        "`AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` too.",
        "## Exit codes",
        tables.exit_codes(),
        "A test compares this page with the commands. What `-o json` prints: [json.md](json.md).",
    )


def _section(path: str, command: click.Command, shared: list[tuple[str, str]]) -> str:
    rows = [_row(option) for option in _options(command)]
    own = [row for row in rows if row not in shared]
    also = [row[0].split(",")[0].split(" ")[0].rstrip("`") + "`" for row in rows if row in shared]
    parts = [
        f"{'###' if path.count(' ') > 1 else '##'} {path}",
        f"```\n{_usage(path, command)}\n```",
        inspect.cleandoc(command.help or ""),
        _table(own),
        f"And of the [shared options](#shared-options): {', '.join(also)}." if also else "",
    ]
    if isinstance(command, click.Group):
        parts += [
            _section(f"{path} {name}", command.commands[name], shared) for name in sorted(command.commands)
        ]
    return markdown.page(*parts)


def _command(group: click.Group, name: str) -> click.Command:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    return " ".join([path, *command.collect_usage_pieces(context)])


def _options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def _row(option: click.Option) -> tuple[str, str]:
    """How an option is written, and what it does. Not click's own rendering, which differs by version."""
    value = ""
    if not option.is_flag:
        value = " " + (option.metavar or _type_name(option.type))
    written = ", ".join(f"`{name}{value}`" for name in option.opts)
    default = f" Default: `{option.default}`." if option.show_default and not option.is_flag else ""
    return written, f"{option.help or ''}{default}"


def _type_name(kind: click.ParamType) -> str:  # type: ignore[type-arg]
    return "|".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else "NUMBER"


def _table(rows: list[tuple[str, str]]) -> str:
    return markdown.table(["option", "what it does"], rows) if rows else ""
