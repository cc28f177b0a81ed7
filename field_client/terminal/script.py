"""Many commands in one process, a line each, as typed or as JSON: unlocked once, lists opened once."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from typing import Any

import click
import msgspec

from field_client.clock import read_instant
from field_client.problems import FieldProblem, Refused

_PLACES = (
    "house",
    "outcome",
    "name",
    "kind_of_note",
    "what",
)  # members that stand by their place, in this order
_NOT_IN_SCRIPTS = ("run", "enrol", "lock", "passphrase")


def run(
    group: click.Group,
    ctx: click.Context,
    lines: Iterable[str],
    *,
    keep_going: bool,
    tell: Callable[[FieldProblem], None],
) -> int:
    """Run every line; the exit code of the first that was refused, or 0. Stops there unless `keep_going`."""
    code = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            _one(group, ctx, line)
            continue
        except FieldProblem as problem:
            this_code, words = problem.exit_code, str(problem)
            if not ctx.obj.as_json:
                click.echo(f"Line {number}: ", nl=False, err=True)
                tell(problem)
        except click.ClickException as error:
            this_code, words = 2, error.format_message()
            if not ctx.obj.as_json:
                click.echo(f"Line {number}: {words}", err=True)
        finally:
            ctx.obj.answers = None
        if ctx.obj.as_json:
            ctx.obj.say("", line=number, error=words, exit_code=this_code)
        code = code or this_code
        if not keep_going:
            return code
    return code


def _one(group: click.Group, ctx: click.Context, line: str) -> None:
    words = _from_json(ctx, line) if line.lstrip().startswith("{") else _from_shell(line)
    name, rest = words[0], words[1:]
    command = group.get_command(ctx, name)
    if command is None or name in _NOT_IN_SCRIPTS:
        raise click.UsageError(f"A script knows no command {name!r}.")
    with command.make_context(name, rest, parent=ctx) as own:
        command.invoke(own)


def _from_shell(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise click.UsageError(f"The quotes do not match ({error}).") from None


def _from_json(ctx: click.Context, line: str) -> list[str]:
    """A JSON object as the words of a command: `house` and the like by place, other members as options."""
    try:
        said = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        raise click.UsageError("This line is not one JSON object.") from None
    at = said.pop("at", None)
    if at is not None:
        try:
            ctx.obj.put_clock(read_instant(str(at)))
        except ValueError:
            raise Refused('"at" is no time; write 2026-03-02T18:30+00:00.') from None
    ctx.obj.answers = said.pop("answers", None)
    words = [str(said.pop("command", ""))]
    options: list[str] = []
    placed = [str(said.pop(name)) for name in _PLACES if name in said]
    for name, value in said.items():
        if value is True:
            options.append(f"--{name.replace('_', '-')}")
        elif value not in (None, False):
            options.append(f"--{name.replace('_', '-')}={value}")
    return [*words, *options, "--", *placed]
