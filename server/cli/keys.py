"""Commands on keys, the audit trail and the exchange epoch."""

from __future__ import annotations

import click

from server.base import audit, keyring, rotation
from server.base.access import SYSTEM
from server.base.problems import UserError
from server.base.service import Service
from server.base.state import new_epoch
from server.cli.opening import opened


@click.group("keys")
def keys_group() -> None:
    """The key ring."""


@keys_group.command("rotate")
@click.option(
    "--what",
    type=click.Choice(["field", "index", "seal"]),
    default="field",
    show_default=True,
    help="field: seals columns; index: finds people by contact; seal: what devices seal events to.",
)
def rotate(what: str) -> None:
    """Bring in a new key, while the service serves."""
    service = opened()
    path = service.settings.keyring_path
    if what == "field":
        click.echo("A new field key comes in and every sealed value is sealed anew …")
        done = rotation.rotate(service, SYSTEM)
        click.echo(f"{done.resealed} values sealed anew under {service.keys.keys.field_active}.")
        if done.unreadable:
            click.echo(f"{done.unreadable} values do not open: see doorstep check.", err=True)
            raise click.exceptions.Exit(1)
        hours = service.settings.key_grace_hours
        click.echo(f"The worker drops the old key {hours} hours from now, when no row holds it.")
        return
    keyring.change(path, keyring.with_index_key if what == "index" else keyring.with_seal_key)
    service.db.transact(
        lambda session: audit.record(session, service, SYSTEM, "keys.add", f"key:{what}", kind=what)
    )
    click.echo(f"A new {what} key is on the ring; the older ones still work.")


@keys_group.command("list")
def list_keys() -> None:
    """The ids of the keys on the ring; never the keys."""
    keys = opened().keys.keys
    for kid in keys.field_keys:
        replaced = keyring.replaced_at(keys, kid)
        state = (
            "active"
            if kid == keys.field_active
            else f"replaced {replaced:%Y-%m-%d %H:%M}Z"
            if replaced
            else "new"
        )
        click.echo(f"field {kid} {state}")
    for kind, ids in (("index", keys.index_keys), ("seal", keys.seal_keys)):
        for kid in ids:
            click.echo(f"{kind} {kid} {'newest' if kid == next(reversed(ids)) else 'kept'}")


@click.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.option("--anchor", help="An anchor noted down earlier: was anything before it rewritten?")
def verify(anchor: str | None) -> None:
    """Check every entry's hash and chain; exit code 1 where something was changed, missing or put in.

    Whoever owns the database could rewrite all of a chain: an anchor that was noted down elsewhere shows that too.
    """
    service = opened()
    findings = service.db.read(audit.verify)
    if anchor is not None and not _stands(service, anchor):
        findings.append("the trail is no longer the one that the anchor was taken of")
    for finding in findings:
        click.echo(finding)
    click.echo(f"anchor {service.db.read(audit.anchor)}")
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("The audit chain is whole.")


def _stands(service: Service, anchor: str) -> bool:
    try:
        return service.db.read(lambda session: audit.stands(session, anchor.strip()))
    except ValueError:
        raise UserError("This is no anchor: copy one that `doorstep audit verify` printed, whole.") from None


@click.group("epoch")
def epoch_group() -> None:
    """The exchange epoch."""


@epoch_group.command("new")
def new() -> None:
    """Begin a new epoch, after a restore or a promotion: devices get full lists and send kept events again."""
    click.echo(f"epoch {new_epoch(opened(), SYSTEM)}")
