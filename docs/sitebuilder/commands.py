"""The command line as Markdown, from click itself."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from allocate.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(group: click.Group = main, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Every command that does something, with the names of those that it belongs to."""
    context = parent or click.Context(main, info_name="allocate")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
        else:
            yield inner


def overview() -> str:
    """A table of all commands, a line each."""
    lines = ["| command | what it does |", "|---|---|"]
    for context in commands():
        anchor = context.command_path.replace(" ", "-")
        first = _paragraphs(context.command.help)[0]
        lines.append(f"| [`{context.command_path}`](#{anchor}) | {first} |")
    return "\n".join(lines)


def reference() -> str:
    """A section for each command: how it is called, what it does, its options; before them, those of all."""
    options = [each for each in main.params if not each.is_eager]
    for_all = [
        "## Before any command",
        "```text\nallocate [OPTIONS] COMMAND ...\n```",
        *map(_option, options),
    ]
    return "\n\n".join([*for_all, *(_section(context) for context in commands())])


def _section(context: click.Context) -> str:
    pieces = " ".join(context.command.collect_usage_pieces(context))
    options = [each for each in context.command.params if isinstance(each, click.Option)]
    return "\n\n".join(
        [
            f"({context.command_path.replace(' ', '-')})=\n## `{context.command_path}`",
            f"```text\n{context.command_path} {pieces}\n```",
            *map(_as_markdown, _paragraphs(context.command.help)),
            *_arguments(context.command),
            *map(_option, options),
        ]
    )


def _option(option: click.Option) -> str:
    return f"`{', '.join(option.opts)}{_value(option)}`\n: {_told(option)}"


def _arguments(command: click.Command) -> Iterator[str]:
    """The scenario that is taken if none is given."""
    for each in command.params:
        if isinstance(each, click.Argument) and isinstance(each.default, str):
            yield f"Without {each.human_readable_name} it is `{each.default}`."


def _value(option: click.Option) -> str:
    return "" if option.is_flag else f" {option.make_metavar(click.Context(main))}"


def _told(option: click.Option) -> str:
    told = _as_markdown(option.help or "")
    if option.required:
        told += " Required."
    if option.multiple and "several" not in told:
        told += " May be given several times."
    if isinstance(option.default, (str, int, float)) and not option.is_flag:
        told += f" Default: `{option.default}`."
    return told


def _paragraphs(text: str | None) -> list[str]:
    return [" ".join(each.split()) for each in inspect.cleandoc(text or "").split("\n\n")]


def _as_markdown(text: str) -> str:
    """Quoted commands, options and file names as code."""
    text = re.sub(r"'((?:allocate|--)[^']*)'", r"`\1`", text)
    return re.sub(
        r"(?<![`\w])(--[a-z][a-z-]*|[a-z]+\.(?:csv|json|parquet|html|docx|md|xlsx))(?![\w`])", r"`\1`", text
    )
