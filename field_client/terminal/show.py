"""What the officer reads: streets, houses, what waits. Words for people, and the same as plain data for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from field_client.client import Status
from field_client.exchange import Synced
from field_client.houses import HouseView, StreetView, table_of
from field_client.own import OwnEvent
from sync import receipts, slots
from sync.outcomes import Table
from sync.worklist import StreetHouses, Told

_ANSWERS = {"yes": "CALL", "not_before": "LATER", "no": "NO"}
_MARKS = {
    "registered": "Registered.",
    "partial": "Part of the household is registered.",
    "unconfirmed": "Registered, not confirmed yet.",
    "opted_out": "Registered, opted out since.",
}
_TOLD = {"said_did": ("You said: ", "We did: "), "priority": ("We are working on: ", "So far: ")}
_FACTS = ("language", "do_not_call", "unsafe", "attempts", "registered", "visited", "contacted", "refused")


def streets(views: Sequence[StreetView]) -> str:
    """One line a street, in walking order, list by list."""
    lines: list[str] = []
    campaign = None
    width = max((len(view.street.name) for view in views), default=0)
    for view in views:
        if campaign != view.worklist.worklist:
            campaign = view.worklist.worklist
            card = view.worklist.campaign
            lines.append(f"{card.name} (campaign {card.id}, list {campaign}, to {card.ends_on})")
        waits = f", {view.unsent} of yours not sent yet" if view.unsent else ""
        lines.append(
            f"  {view.street.name:<{width}}  {view.houses:>4} houses: {view.now} to call on now, {view.later} later, "
            f"{view.done} done{waits}"
        )
    return "\n".join(lines) or "You have no lists. Get them with: doorstep-field sync"


def street_facts(view: StreetView) -> dict[str, Any]:
    """A street as data."""
    return {
        "worklist": view.worklist.worklist,
        "campaign": view.worklist.campaign.id,
        "usrn": view.street.usrn,
        "name": view.street.name,
        "houses": view.houses,
        "now": view.now,
        "later": view.later,
        "done": view.done,
        "unsent": view.unsent,
    }


def street(views: Sequence[HouseView]) -> str:
    """One line a house, in walking order; hazards stand before everything else."""
    lines: list[str] = []
    heading = ""
    for view in views:
        here = f"{view.street.name}, {view.worklist.campaign.name}"
        if here != heading:
            lines.append(here)
            heading = here
        lines += [f"  ! HAZARD at {view.address}: {text}" for text in hazards(view)]
        tries = f" ({_tries(view.state.attempts)})" if view.state.attempts else ""
        lines.append(
            f"  {view.uprn:>12}  {_ANSWERS[view.decision.answer]:<5}  "
            f"{view.address}: {view.decision.text}{tries}{_sent_mark(view)}"
        )
    return "\n".join(lines)


def hazards(view: HouseView) -> list[str]:
    """Dangers at the house: those of the list, and what this officer just reported."""
    own = [f"{event.record.hazard} (reported by you)" for event in view.own if event.record.hazard]
    return [*view.house.hazards, *own]


def house(view: HouseView) -> str:
    """Everything about one house that an officer at its door should know."""
    state, zone = view.state, view.worklist.time_zone
    lines = [f"! HAZARD: {text}" for text in hazards(view)]
    known = view.house.postcode in view.address
    postcode = "" if known else f", {view.house.postcode}"
    lines.append(f"{view.address}{postcode}  (house {view.uprn})")
    lines.append(f"{_ANSWERS[view.decision.answer]}: {view.decision.text}")
    if state.language:
        lines.append(f"Language: {state.language}")
    if state.registered in _MARKS:
        lines.append(_MARKS[state.registered])
    lines.append(_history(view, table_of(view.worklist)))
    lines += [f"Note: {text}" for text in view.house.notes]
    lines += [f"Yours, not on the list yet: {own_event(event, zone)}" for event in view.own]
    return "\n".join(line for line in lines if line)


def _history(view: HouseView, table: Table) -> str:
    state, zone = view.state, view.worklist.time_zone
    if not state.last_outcome:
        return ""
    row = table.get(state.last_outcome)
    when = f"{slots.spoken_day(state.last_at, zone)}, {slots.spoken_time(state.last_at, zone)}"
    tries = f" {_tries(state.attempts).capitalize()}." if state.attempts else ""
    return f"Last: {row.label if row else state.last_outcome}, {when}.{tries}"


def house_facts(view: HouseView) -> dict[str, Any]:
    """A house as data."""
    return {
        "uprn": view.uprn,
        "address": view.address,
        "postcode": view.house.postcode,
        "usrn": view.street.usrn,
        "worklist": view.worklist.worklist,
        "campaign": view.worklist.campaign.id,
        "flag": view.decision.answer,
        "code": view.decision.code,
        "reason": view.decision.text,
        "not_before_ms": view.decision.not_before_ms,
        "last_outcome": view.state.last_outcome,
        "hazards": hazards(view),
        "notes": list(view.house.notes),
        "own": [event.record.id for event in view.own],
        **{name: getattr(view.state, name) for name in _FACTS},
    }


def own_event(event: OwnEvent, zone: str) -> str:
    """One own event: when, what, and what became of it."""
    record = event.record
    when = f"{slots.spoken_day(record.at_ms, zone)}, {slots.spoken_time(record.at_ms, zone)}"
    people = len(record.registrations)
    parts = [
        record.outcome,
        "withdrawal" if record.withdraws else "",
        f"{people} registered" if people else "",
        "survey answered" if record.answered else "",
        f"hazard {record.hazard}" if record.hazard else "",
        f"address note ({record.note})" if record.note else "",
    ]
    return f"{when}: {', '.join(part for part in parts if part)}; {_fate(event)}"


def _fate(event: OwnEvent) -> str:
    fate = event.fate
    if fate.state != "receipted":
        return "waits to be sent"
    if fate.status in ("held", "rejected"):
        return f"{fate.status}: {receipts.words(fate.reason)}"
    return "received" + (f": {receipts.words(fate.reason)}" if fate.reason else "")


def told(found: Sequence[tuple[StreetHouses, Told]]) -> str:
    """What to tell at the doors, street by street."""
    lines: list[str] = []
    heading = ""
    for street_of_it, one in found:
        if street_of_it.name != heading:
            heading = street_of_it.name
            lines.append(heading)
        said, did = _TOLD.get(one.kind, ("", ""))
        lines.append(f"  {one.on}  {said}{one.said}")
        if one.did:
            lines.append(f"  {'':10}  {did}{one.did}")
    return "\n".join(lines) or "There is nothing to tell on this street yet."


def _sent_mark(view: HouseView) -> str:
    unsent = sum(event.fate.state != "receipted" for event in view.own)
    return f" [{unsent} not sent yet]" if unsent else ""


def _tries(attempts: int) -> str:
    return "tried once" if attempts == 1 else f"tried {attempts} times"


def outcomes(table: Table) -> str:
    """The codes an officer may record, with what each asks for."""
    width = max(len(code) for code in table.codes())
    lines = []
    for row in table:
        asks = f" (asks for {', '.join(row.needs)})" if row.needs else ""
        lines.append(f"  {row.code:<{width}}  {row.label}{asks}")
    return "\n".join(lines)


def status(told: Status, *, officer: str) -> str:
    """What waits, when it last synced, which lists are held."""
    counts, zone = told.counts, told.time_zone
    lines = [f"Device {told.device} of {officer}" if officer else f"Device {told.device} (locked)"]
    if told.state not in ("active", "enrolling"):
        lines.append(
            f"This device is {told.state}: its lists and keys are gone; what waits can still be sent."
        )
    lines.append(f"{_events(counts.unsent)} to be sent." if counts.unsent else "Nothing waits to be sent.")
    if counts.held:
        lines.append(f"{_events(counts.held).replace('wait', 'lie')} with a supervisor (held).")
    lines.append(_synced(told, zone))
    for held in told.lists:
        ends = f"{slots.spoken_day(held.not_after_ms, zone)}, {slots.spoken_time(held.not_after_ms, zone)}"
        anew = "; to be fetched anew" if held.ask_full else ""
        lines.append(f"List {held.worklist}, version {held.version}, kept until {ends}{anew}.")
    if not told.lists:
        lines.append("No lists.")
    if told.tries:
        lines.append(
            f"{told.tries} wrong passphrase{'s' if told.tries > 1 else ''} since the last right one."
        )
    return "\n".join(lines)


def _events(count: int) -> str:
    return "1 event waits" if count == 1 else f"{count} events wait"


def _synced(told: Status, zone: str) -> str:
    if told.synced_ms is None:
        return "Never synced yet."
    minutes = max(0, told.now_ms - told.synced_ms) // 60_000
    ago = f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} hours ago"
    day, time = slots.spoken_day(told.synced_ms, zone), slots.spoken_time(told.synced_ms, zone)
    return f"Last synced {day}, {time} ({ago})."


def status_facts(told: Status) -> dict[str, Any]:
    """The status as data."""
    return {
        "state": told.state,
        "device": told.device,
        "unlocked": told.unlocked,
        "waiting": told.counts.unsent,
        "receipted": told.counts.receipted,
        "held": told.counts.held,
        "synced_ms": told.synced_ms,
        "lists": [
            {"worklist": held.worklist, "version": held.version, "not_after_ms": held.not_after_ms}
            for held in told.lists
        ],
    }


def synced(done: Synced) -> str:
    """What a sync did."""
    lines = []
    if done.revoked:
        lines.append("This device has been revoked: its lists and keys were wiped.")
    if done.sent_again:
        lines.append("The service was restored; what it had receipted in the last 14 days was sent again.")
    sent = "1 event" if done.sent == 1 else f"{done.sent} events"
    lines.append(f"Sent {sent}, {done.receipted} received." if done.sent else "Nothing was waiting.")
    lines += [f"Held for a supervisor: {words}" for _, words in done.held]
    if done.packages:
        lines.append(
            "1 list came or changed." if done.packages == 1 else f"{done.packages} lists came or changed."
        )
    lines += [f"List {worklist} is gone: {reason}." for worklist, reason in done.removed]
    if done.left:
        lines.append(f"{_events(done.left)} still; sync again.")
    return "\n".join(lines)
