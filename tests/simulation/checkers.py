"""What must hold when everything has come to rest: asked of the service's tables and the phones, against the oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from field_client import outbox
from server.base.clock import milliseconds
from server.checks import CHECKS, check_all, migrations_are_run
from server.devices.tables import ChainFinding
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.lists import lists_of_officer, read_list
from server.fieldwork.tables import Coverage, PremisesFact, StreetCoverage, WardCoverage
from server.surveys.tables import Response
from sync.fold import COUNTERS
from sync.worklist import House as ListedHouse
from tests.simulation.oracle import Happened, Reckoned, reckon
from tests.simulation.phone import Phone
from tests.simulation.world import World

Counts = dict[tuple[object, ...], tuple[int, ...]]


def findings(world: World, phones: list[Phone], deeds: list[Happened]) -> list[str]:
    """Every way in which what stands is not what happened; none when all is well."""
    things = deeds + [one for phone in phones for kept in phone.kept.values() for one in kept.things]
    found = [
        *events_arrived_once(world, phones),
        *events_are_receipted(phones),
        *chains_are_whole(world, phones),
    ]
    if found:
        return found
    expected = _expected(world, things)
    return [
        *facts_are_what_happened(world, things),
        *answers_are_counted_once(world, phones),
        *coverage_is_what_happened(world, expected),
        *counters_are_a_recount(world, expected),
        *lists_are_the_services(world, phones, expected),
        *doorstep_check_is_clean(world),
    ]


def doorstep_check_is_clean(world: World) -> Iterator[str]:
    """Every invariant of `doorstep check`, but for the schema's, which no step can change."""
    checks = {name: check for name, check in CHECKS.items() if check is not migrations_are_run}
    for checked in check_all(world.service, checks):
        yield from (f"doorstep check: {checked.name}: {finding}" for finding in checked.findings)


def events_arrived_once(world: World, phones: list[Phone]) -> Iterator[str]:
    """Each event that a phone kept has one identity and one journal entry; and there are no others."""
    columns = (EventIdentity.device_id, EventIdentity.event_id, EventIdentity.status, EventIdentity.reason)
    identities = world.service.db.read(lambda session: session.execute(select(*columns)).all())
    arrived = {(row[0], row[1]): (row[2], row[3]) for row in identities}
    entries = Counter(
        map(
            tuple,
            world.service.db.read(
                lambda session: session.execute(select(JournalEntry.device_id, JournalEntry.event_id)).all()
            ),
        )
    )
    sent = {(phone.device, event_id) for phone in phones for event_id in phone.kept}
    for name in sorted(sent - arrived.keys()):
        yield f"event {name[1]} was recorded and never arrived"
    for name in sorted(arrived.keys() - sent):
        yield f"event {name[1]} arrived and was never recorded"
    for name in sorted(sent & arrived.keys()):
        if entries[name] != 1:
            yield f"event {name[1]} is {entries[name]} times in the journal"
        if arrived[name][0] != "applied":
            yield f"event {name[1]} is {' '.join(arrived[name])}"
    still = select(HeldEvent.reason).where(HeldEvent.state == "held")
    held = world.service.db.read(lambda session: session.scalars(still).all())
    for reason in held:
        yield f"an event is held: {reason}"


def events_are_receipted(phones: list[Phone]) -> Iterator[str]:
    """Nothing waits on a phone; every event it kept has its receipt; nothing undone is there."""
    for phone in phones:
        fates = outbox.fates(phone.running.store)
        for event_id in phone.kept:
            fate = fates.get(event_id)
            if fate is None:
                yield f"{phone.name}: event {event_id} left the outbox"
            elif fate.state != "receipted" or fate.status not in ("applied", "duplicate"):
                yield f"{phone.name}: event {event_id} is {fate.state} {fate.status} {fate.reason}"
        for event_id in fates.keys() - phone.kept.keys():
            yield f"{phone.name}: event {event_id} is in the outbox and was never recorded"


def chains_are_whole(world: World, phones: list[Phone]) -> Iterator[str]:
    """No phone's chain shows a gap or a fork, and no list ever failed to open."""
    columns = (ChainFinding.kind, ChainFinding.seq, ChainFinding.device_id)
    for kind, seq, device in world.service.db.read(lambda session: session.execute(select(*columns)).all()):
        yield f"device {device}: a {kind} at {seq}"
    for phone in phones:
        yield from (f"{phone.name}: {what}" for what in phone.damaged)


def facts_are_what_happened(world: World, things: list[Happened]) -> Iterator[str]:
    """Each visit and withdrawal is one fact, at the time at which it truly happened."""
    columns = (PremisesFact.id, PremisesFact.kind, PremisesFact.uprn, PremisesFact.corrected_at)
    rows = world.service.db.read(lambda session: session.execute(select(*columns)).all())
    stored = {row[0]: row for row in rows}
    for kind, kinds in (("visit", {"visit"}), ("registration", {"registration", "erasure"})):
        count = sum(row[1] == kind for row in rows)
        wanted = sum(thing.kind in kinds for thing in things)
        if count != wanted:
            yield f"{wanted} facts of kind {kind} happened, {count} are stored"
    for thing in things:
        if thing.kind != "visit":
            continue
        row = stored.get(thing.id)
        if row is None:
            yield f"visit {thing.id} is no fact"
        elif (row[2], milliseconds(row[3])) != (thing.uprn, thing.at):
            yield f"visit {thing.id} at {thing.uprn} {thing.at} is stored at {row[2]} {milliseconds(row[3])}"


def answers_are_counted_once(world: World, phones: list[Phone]) -> Iterator[str]:
    """As many questionnaires are answered as were answered at doors."""
    wanted = sum(recorded.answered for phone in phones for recorded in phone.kept.values())
    count = world.service.db.read(lambda session: session.scalar(select(func.count()).select_from(Response)))
    if count != wanted:
        yield f"{wanted} questionnaires were answered, {count} are stored"


def coverage_is_what_happened(world: World, expected: dict[tuple[int, str], Reckoned]) -> Iterator[str]:
    """Every coverage row says what the oracle reckons."""
    flags = [getattr(Coverage, name) for name in COUNTERS]
    columns = (Coverage.campaign_id, Coverage.uprn, Coverage.state, *flags)
    rows = world.service.db.read(lambda session: session.execute(select(*columns)).all())
    stored = {(row[0], row[1]): (row[2], tuple(int(flag) for flag in row[3:])) for row in rows}
    for key in sorted(expected.keys() | stored.keys()):
        want, (state, counters) = expected.get(key), stored.get(key, ({}, ()))
        if want is None or counters != want.counters():
            yield f"coverage of {key}: {counters}, should be {want and want.counters()}"
        elif _told(state) != _wanted(want):
            yield f"state of {key}: {_told(state)}, should be {_wanted(want)}"


def counters_are_a_recount(world: World, expected: dict[tuple[int, str], Reckoned]) -> Iterator[str]:
    """Streets' and wards' counters are the sums of what the oracle reckons house by house."""
    streets: Counts = {}
    wards: Counts = {}
    place = {house.uprn: house for house in world.houses}
    for (campaign, uprn), reckoned in expected.items():
        house = place[uprn]
        for sums, key in (
            (streets, (campaign, house.usrn, house.ward)),
            (wards, (campaign, house.ward)),
        ):
            before = sums.get(key, (0,) * len(COUNTERS))
            sums[key] = tuple(a + b for a, b in zip(before, reckoned.counters(), strict=True))
    for table, keys, sums in (
        (StreetCoverage, ("campaign_id", "usrn", "ward_code"), streets),
        (WardCoverage, ("campaign_id", "ward_code"), wards),
    ):
        columns = [getattr(table, name) for name in (*keys, *COUNTERS)]
        rows = world.service.db.read(lambda session, columns=columns: session.execute(select(*columns)).all())
        stored = {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in rows}
        nothing = (0,) * len(COUNTERS)
        for key in sorted(sums.keys() | stored.keys(), key=str):
            if stored.get(key, nothing) != sums.get(key, nothing):
                yield f"{table.__tablename__} {key}: {stored.get(key)}, should be {sums.get(key)}"


def lists_are_the_services(
    world: World, phones: list[Phone], expected: dict[tuple[int, str], Reckoned]
) -> Iterator[str]:
    """Each phone holds just the lists that are its officer's now, house by house as the service would send them."""
    service = world.service
    for phone in phones:
        held = {one.worklist: one for one in phone.running.worklists()}
        views = service.db.read(lambda session, phone=phone: _views(session, world, phone.account_id))
        if held.keys() != views.keys():
            yield f"{phone.name} holds lists {sorted(held)}, should hold {sorted(views)}"
        for number in held.keys() & views.keys():
            version, houses = views[number]
            mine = {house.uprn: house for _, house in held[number].houses()}
            if held[number].version != version:
                yield f"{phone.name}, list {number}: version {held[number].version}, should be {version}"
            for uprn in sorted(mine.keys() | houses.keys()):
                if _listed(mine.get(uprn)) != _listed(houses.get(uprn)):
                    yield f"{phone.name}, list {number}, house {uprn}: {mine.get(uprn)}, should be {houses.get(uprn)}"
                elif uprn in mine:
                    shown = _told_by(phone, held[number].campaign.id, uprn)
                    wanted = _shown(expected[held[number].campaign.id, uprn])
                    if shown != wanted:
                        yield f"{phone.name}, house {uprn}: its screen shows {shown}, should be {wanted}"


def _expected(world: World, things: list[Happened]) -> dict[tuple[int, str], Reckoned]:
    by_house: dict[str, list[Happened]] = {}
    for thing in things:
        by_house.setdefault(thing.uprn, []).append(thing)
    return {
        (campaign, house.uprn): reckon(by_house.get(house.uprn, []), campaign)
        for campaign in (0, *world.campaigns)
        for house in world.houses
        if world.covers(campaign, house)
    }


def _told(state: dict[str, object]) -> tuple[object, ...]:
    return tuple(state.get(name, default) for name, default in _TOLD.items())


_TOLD = {"do_not_call": False, "unsafe": False, "attempts": 0, "last_outcome": "", "last_at": 0}


def _wanted(want: Reckoned) -> tuple[object, ...]:
    return tuple(getattr(want, name) for name in _TOLD)


def _shown(want: Reckoned) -> tuple[object, ...]:
    return (bool(want.eligible), *_wanted(want)) if want.premises else (False, *_wanted(want))


def _told_by(phone: Phone, campaign: int, uprn: str) -> tuple[object, ...]:
    state = phone.running.house(uprn, campaign=campaign).state
    return (state.eligible, *(getattr(state, name) for name in _TOLD))


def _views(session: Session, world: World, account_id: int) -> dict[int, tuple[int, dict[str, ListedHouse]]]:
    now = world.service.clock.now()
    heads = [
        head
        for head in lists_of_officer(session, account_id, now)
        if head.state == "active" and head.not_after > now
    ]
    views = {}
    for head in heads:
        content = read_list(session, world.service, head.id, 0)
        views[head.id] = (
            head.version,
            {house.uprn: house for street in content.streets for house in street.houses},
        )
    return views


def _listed(house: ListedHouse | None) -> tuple[object, ...] | None:
    """A house of a list without what ages: its flag and reason."""
    if house is None:
        return None
    return (house.uprn, house.place, house.address, house.state, house.hazards, house.notes)
