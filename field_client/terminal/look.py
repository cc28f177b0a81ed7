"""Commands that show: streets, houses, outcomes, and what this officer recorded."""

from __future__ import annotations

import click
import msgspec

from field_client.houses import HouseView, table_of
from field_client.terminal import show
from field_client.terminal.desk import Desk
from sync import outcomes


def view_of(desk: Desk, words: str, campaign: int | None) -> HouseView:
    client = desk.unlocked()
    return client.house(client.find(words), campaign=campaign)


@click.command()
@click.pass_obj
def streets(desk: Desk) -> None:
    """The streets of your lists, in walking order, with what is left to do."""
    views = desk.unlocked().streets()
    desk.say(show.streets(views), streets=[show.street_facts(view) for view in views])


@click.command()
@click.argument("name", nargs=-1, required=True)
@click.pass_obj
def street(desk: Desk, name: tuple[str, ...]) -> None:
    """The houses of a street, in walking order, with flag and reason. NAME is its name, part of it, or its USRN."""
    views = desk.unlocked().street(" ".join(name))
    desk.say(show.street(views), houses=[show.house_facts(view) for view in views])


@click.command()
@click.argument("name", nargs=-1, required=True)
@click.pass_obj
def told(desk: Desk, name: tuple[str, ...]) -> None:
    """What to tell at the doors of a street: you said, we did, and what is worked on there. NAME as for `street`."""
    found = desk.unlocked().told(" ".join(name))
    desk.say(show.told(found), told=[msgspec.to_builtins(one) for _, one in found])


@click.command()
@click.argument("house", nargs=-1, required=True)
@click.option("--campaign", type=int)
@click.option("--token", is_flag=True, help="Show the token with which residents register themselves.")
@click.pass_obj
def house(desk: Desk, house: tuple[str, ...], campaign: int | None, token: bool) -> None:
    """One house: hazards, flag with its reason, history, notes. HOUSE is a UPRN, or "12 Newland Avenue"."""
    view = view_of(desk, " ".join(house), campaign)
    made = desk.unlocked().registration_token(view.uprn, campaign=campaign) if token else ""
    text = show.house(view) + (f"\nRegistration token: {made}" if made else "")
    desk.say(text, **show.house_facts(view), **({"token": made} if made else {}))


@click.command("outcomes")
@click.pass_obj
def outcomes_command(desk: Desk) -> None:
    """The outcomes that a visit can have."""
    held = desk.unlocked().worklists() if desk.store_path.exists() else []
    table = table_of(held[0]) if held else outcomes.table()
    desk.say(show.outcomes(table), outcomes=outcomes.as_wire(table))


@click.command()
@click.pass_obj
def mine(desk: Desk) -> None:
    """What you recorded here in the last 14 days, with each event's id and what became of it."""
    client = desk.unlocked()
    zone, events = client.status().time_zone, client.own_events()
    gone = {one.record.withdraws for one in events}
    lines, facts = [], []
    for one in events:
        withdrawn = one.record.id in gone
        said = show.own_event(one, zone) + (" (withdrawn since)" if withdrawn else "")
        lines.append(f"{one.record.id}  house {one.record.uprn}  {said}")
        fate = {"state": one.fate.state, "status": one.fate.status, "reason": one.fate.reason}
        facts.append(msgspec.to_builtins(one.record) | fate | {"withdrawn": withdrawn})
    desk.say("\n".join(lines) or "Nothing recorded in the last 14 days.", events=facts)


COMMANDS = (streets, street, told, house, outcomes_command, mine)
