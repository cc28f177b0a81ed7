"""`doorstep-field`: the officer's device on the command line. Works with the service down; survives kill -9.

DOORSTEP_FIELD_HOME is the folder of the store, DOORSTEP_FIELD_PASSPHRASE the passphrase (or --passphrase-file, or a
prompt; never an argument). DOORSTEP_FIELD_NOW and --at put the clock on: for demonstrations and tests alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from field_client.clock import read_instant
from field_client.problems import AmbiguousHouse, FieldProblem, NotReached, Refused
from field_client.terminal import at_door, look, open_session, script, show
from field_client.terminal.desk import Desk, choose_passphrase, read_passphrase
from field_client.transport import check_url, is_plain
from sync import enrolment
from sync.errors import MistypedCode


class _Instant(click.ParamType[int]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return read_instant(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-03-02T18:30+00:00.", param, ctx)


class _Commands(click.Group):
    """A group whose commands' problems become one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldProblem as problem:
            tell(problem)
            ctx.exit(problem.exit_code)


def tell(problem: FieldProblem) -> None:
    """One sentence on standard error, and what to choose from where there is a choice."""
    click.echo(str(problem), err=True)
    if isinstance(problem, AmbiguousHouse):
        for uprn, address in problem.choices:
            click.echo(f"  {uprn:>12}  {address}", err=True)


@click.group(cls=_Commands)
@click.option(
    "--home",
    envvar="DOORSTEP_FIELD_HOME",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".doorstep-field",
    help="Folder of the store, one for each officer (DOORSTEP_FIELD_HOME).",
)
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path, dir_okay=False), help="File with the passphrase."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line a command.")
@click.option("--at", "at_ms", envvar="DOORSTEP_FIELD_NOW", type=_Instant(), hidden=True)
@click.pass_context
def main(
    ctx: click.Context, home: Path, passphrase_file: Path | None, as_json: bool, at_ms: int | None
) -> None:
    """Street worklists, visits and registrations on this device; sent and fetched with `sync`.

    Exit codes: 1 not possible as asked, 2 not understood, 3 locked, 4 service not reached, 5 not enrolled,
    6 store damaged, 7 revoked or wiped.

    DOORSTEP_FIELD_PASSPHRASE holds the passphrase, where none is typed. DOORSTEP_FIELD_NOW (2026-03-02T18:30+00:00)
    sets the device's clock on: for demonstrations and tests alone.
    """
    if ctx.obj is None:
        ctx.obj = Desk(home=home, passphrase_file=passphrase_file, as_json=as_json, at_ms=at_ms)
        ctx.call_on_close(ctx.obj.close)


@main.command("enrol")
@click.argument("code")
@click.option(
    "--url", envvar="DOORSTEP_FIELD_URL", default="", help="The service's address, unless CODE is a link."
)
@click.option("--name", default="Computer", help="What to call this device in the coordinator's list.")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificate authority (PEM) of a service of its own.",
)
@click.pass_obj
def enrol_command(desk: Desk, code: str, url: str, name: str, ca: Path | None) -> None:
    """Make this an officer's device, with the one-time CODE (or its link) from a coordinator. "-" reads the code."""
    try:
        named, parsed = enrolment.parse_link(sys.stdin.readline() if code == "-" else code)
    except MistypedCode as error:
        raise Refused(str(error)) from None
    address = check_url(named or url) if named or url else ""
    if not address:
        raise Refused("Say where the service is: doorstep-field enrol CODE --url https://…")
    if is_plain(address):
        click.echo("This connection is not encrypted by TLS. What is sent is sealed all the same.", err=True)
    try:
        authority = ca.read_text(encoding="ascii") if ca else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The certificate authority cannot be read ({error}).") from None
    client = desk.client(url=address, authority=authority)
    done = client.enrol(parsed, desk.new_passphrase(), url=address, name=name, authority=authority)
    desk.say(
        f"Enrolled for {done.officer}. Fetch your lists with: doorstep-field sync",
        device=done.device,
        officer=done.officer,
    )


@main.command()
@click.pass_obj
def sync(desk: Desk) -> None:
    """Send what waits, and fetch what has changed. Needs no passphrase."""
    client = desk.reopened()
    try:
        done = client.sync()
    except NotReached:
        if not desk.as_json:
            click.echo(_still_waits(client.status().counts.unsent))
        raise
    if done.revoked:
        open_session.end(client.store)
    desk.say(show.synced(done), **msgspec.to_builtins(done))


def _still_waits(count: int) -> str:
    return f"Not synced. {count} event{'' if count == 1 else 's'} kept here, safe, for the next time."


@main.command()
@click.pass_obj
def status(desk: Desk) -> None:
    """What waits to be sent, when it last synced, which lists are here."""
    client = desk.reopened()
    told = client.status()
    name = client.officer() if told.unlocked and told.state == "active" else ""
    desk.say(show.status(told, officer=name), **show.status_facts(told))


@main.command()
@click.option("--minutes", type=click.IntRange(1, open_session.MOST_MINUTES), default=30, show_default=True)
@click.pass_obj
def unlock(desk: Desk, minutes: int) -> None:
    """Leave the store open, in memory, for the next commands."""
    client = desk.unlocked()
    open_session.keep_open(client.store, desk.clock, minutes=minutes)
    desk.say(f"Open for {minutes} minutes. Close it with: doorstep-field lock", minutes=minutes)


@main.command()
@click.pass_obj
def lock(desk: Desk) -> None:
    """Close the store: nothing can be read or recorded here without the passphrase; syncing goes on."""
    client = desk.client()
    was_open = open_session.end(client.store)
    client.lock()
    desk.say("Locked." if was_open else "Locked; it was not left open.", was_open=was_open)


@main.command("passphrase")
@click.option(
    "--new-file", type=click.Path(path_type=Path, dir_okay=False), help="File with the new passphrase."
)
@click.pass_obj
def passphrase_command(desk: Desk, new_file: Path | None) -> None:
    """Change the passphrase. Asks for the one that holds now, though the store may be open."""
    client = desk.client()
    old = desk.present_passphrase()
    if new_file is None and not desk.interactive:
        raise Refused("Give the new passphrase by --new-file (or run this at a terminal).")
    client.change_passphrase(old, read_passphrase(new_file) if new_file else choose_passphrase())
    desk.say("Changed. The old passphrase opens nothing here any more.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(desk: Desk, file: Path) -> None:
    """Write the outbox to FILE, sealed and signed, to be carried to the service by hand. Needs no passphrase."""
    content = desk.client().export()
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(content)
    except OSError as error:
        raise Refused(f"{file} cannot be written ({error.strerror}); give a new file's name.") from None
    waits = desk.client().status().counts.unsent
    desk.say(f"Written to {file}. What waits still waits here until the service receipts it.", waiting=waits)


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--keep-going", is_flag=True, help="Go on after a line that was refused.")
@click.option(
    "--undo-seconds", type=click.IntRange(0, 600), default=0, help="How long `undo` can take a record back."
)
@click.pass_context
def run(ctx: click.Context, file: Any, keep_going: bool, undo_seconds: int) -> None:
    """Run the commands of FILE ("-" for standard input), a line each, in one process and with one unlocking.

    A line is a command as typed (visit "12 Newland Avenue" no_reply) or JSON: {"command": "visit", "house": "…",
    "outcome": "…", "answers": {…}, "at": "…"}. Empty lines and lines that begin with # are passed over.
    """
    ctx.obj.undo_ms, ctx.obj.scripted = undo_seconds * 1000, True
    ctx.exit(script.run(main, ctx, file, keep_going=keep_going, tell=tell))


for _command in (*look.COMMANDS, *at_door.COMMANDS):
    main.add_command(_command)

if __name__ == "__main__":
    main()
