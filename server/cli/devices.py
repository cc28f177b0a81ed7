"""Commands on phones: enrolment codes, devices, outboxes carried by hand."""

from __future__ import annotations

from pathlib import Path

import click

from server.base.access import SYSTEM
from server.base.problems import UserError
from server.cli.opening import opened
from server.devices import listing, qr
from server.devices.invite import make_code
from server.devices.revoke import revoke
from server.exchange.hand_ins import hand_in
from server.staff.accounts import account_id_of


@click.group("device")
def device_group() -> None:
    """Officers' phones."""


@device_group.command("code")
@click.argument("username")
@click.option("--qr/--no-qr", "with_qr", default=True, help="Print the QR code too.")
def code(username: str, with_qr: bool) -> None:
    """Make a one-time code with which an officer's phone enrols."""
    service = opened()
    account_id = service.db.read(lambda session: account_id_of(session, username))
    made = make_code(service, SYSTEM, account_id)
    minutes = service.settings.enrolment_minutes
    click.echo(f"For {made.officer}, once, within {minutes} minutes:")
    click.echo(f"  code  {made.code}")
    click.echo(f"  link  {made.link}")
    if with_qr:
        click.echo(qr.blocks(made.link))


@device_group.command("list")
def list_devices() -> None:
    """List devices: whose, their state, when they last synced, what waits on them."""
    service = opened()
    after: str | None = ""
    while after is not None:
        page = listing.list_devices(service, SYSTEM, {"limit": 200, "after": after})
        for view in page.rows:
            seen = view.seen_at.astimezone(service.zone).strftime("%d %b %H:%M") if view.seen_at else "never"
            breaks = f", {view.breaks} gaps or forks" if view.breaks else ""
            click.echo(
                f"{view.id} {view.state:<7} {view.officer:<24} synced {seen}, {view.waiting} waiting{breaks}"
            )
        after = page.next


@device_group.command("revoke")
@click.argument("device_id")
@click.option("--lost", "kind", flag_value="lost", help="What it sends from now on is held.")
@click.option("--leaver", "kind", flag_value="leaver", help="It may send what it has, then it is wiped.")
def revoke_device(device_id: str, kind: str | None) -> None:
    """Revoke a device for good."""
    if kind is None:
        raise UserError("Say --lost or --leaver.")
    revoke(opened(), SYSTEM, device_id, "lost" if kind == "lost" else "leaver")
    click.echo(f"Device {device_id} is revoked ({kind}).")


@click.command("ingest")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def ingest_command(file: Path) -> None:
    """Take in an outbox that a phone exported to a file."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read ({type(error).__name__}).") from None
    done = hand_in(opened(), SYSTEM, raw)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(done.by_status.items()))
    click.echo(f"{file.name}: of {done.officer}'s device {done.device_id}: {counts or 'no events'}.")
    if not done.signed:
        click.echo("The device did not sign it as it is: what was new is held for a supervisor.")
