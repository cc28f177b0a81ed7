"""Whatever is recorded in whatever order, by however many at once: the counters equal a recount."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from server.base.service import Service
from server.fieldwork.facts import NewFact
from server.fieldwork.lists import read_list
from server.fieldwork.tables import PremisesFact
from sync.outcomes import table
from sync.worklist_codec import EMPTY_DIGEST, row_digest, shift_digest
from tests.factories.base import reopen
from tests.factories.fieldwork import (
    CROSSING_STREET,
    LONG_STREET,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
    fact,
    findings,
    record,
    state_of,
    street_counters,
    uprn,
    uprns,
    visit,
)

HOUSES = [*uprns(LONG_STREET)[:3], *uprns(CROSSING_STREET)[2:5]]
MARKS = ("unconfirmed", "current", "opted_out", "erased")


@st.composite
def deeds(draw: st.DrawFn) -> tuple[str, str, dict[str, object], int]:
    """(house, kind, members, minutes from now) of a fact."""
    house = draw(st.sampled_from(HOUSES))
    kind = draw(
        st.sampled_from(
            ["visit", "visit", "visit", "withdrawal", "registration", "override", "lift", "address"]
        )
    )
    minutes = draw(st.integers(-5000, 5000))
    members: dict[str, object] = {"campaign_id": draw(st.sampled_from([0, 1, 2]))}
    match kind:
        case "visit":
            members["outcome"] = draw(st.sampled_from(table().codes()))
        case "withdrawal":
            members["withdraws"] = draw(st.integers(0, 30).map(str))
        case "registration":
            state = draw(st.sampled_from(MARKS))
            members["body"] = {"resident": draw(st.sampled_from("ab")), "state": state}
        case "override":
            revisit = draw(st.sampled_from([True, False, None]))
            members["body"] = {"revisit": revisit, "reason": "operational"}
        case "lift":
            what = draw(st.sampled_from(["do_not_call", "unsafe", "ineligible"]))
            members["body"] = {"lifts": what, "reason": "new_occupier"}
        case _:
            status = draw(st.sampled_from(["live", "retired"]))
            members["body"] = {"status": status, "residential": draw(st.booleans())}
    return house, kind, members, minutes


def made(service: Service, deed: tuple[str, str, dict[str, object], int]) -> NewFact:
    house, kind, members, minutes = deed
    at = service.clock.now() + timedelta(minutes=minutes)
    return fact(service, house, kind, **(members | {"corrected_at": at}))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_interleaving_of_facts_gives_counters_equal_to_a_recount(
    service: Service, data: st.DataObject
) -> None:
    if "campaigns" not in service.db.__dict__:
        create_force(service)
        supervisor = create_supervisor(service)
        campaigns = [activate(service, supervisor), activate(service, supervisor)]
        allocate(service, supervisor, campaigns[0], create_officer(service), LONG_STREET, CROSSING_STREET)
        allocate(service, supervisor, campaigns[1], create_officer(service), LONG_STREET)
        service.db.__dict__["campaigns"] = campaigns
    known: list[str] = []
    for batch in data.draw(st.lists(st.lists(deeds(), max_size=8), min_size=1, max_size=4)):
        facts = []
        for deed in batch:
            one = made(service, deed)
            if one.withdraws is not None and known:
                one = NewFact(**(vars(one) | {"withdraws": known[int(one.withdraws) % len(known)]}))
            known.append(one.id)
            facts.append(one)
        record(service, *facts)
        assert findings(service) == []


@pytest.fixture(autouse=True)
def _forget_the_campaigns(service: Service) -> object:
    yield
    service.db.__dict__.pop("campaigns", None)


def test_any_order_of_arrival_gives_the_same_state(service: Service) -> None:
    create_force(service)
    chance = random.Random(7)
    first, second = uprns(LONG_STREET)[:2]
    outcomes = [chance.choice(table().codes()) for _ in range(8)]
    times = [service.clock.now() + timedelta(hours=7 * place) for place in range(8)]
    keys = [service.new_uuid() for _ in range(8)]
    facts = [visit(service, first, outcomes[place], at=times[place], id=keys[place]) for place in range(8)]
    record(service, *facts)
    shuffled = [
        visit(service, second, outcomes[place], at=times[place], id=service.new_uuid()) for place in range(8)
    ]
    chance.shuffle(shuffled)
    for one in shuffled:
        record(service, one)
    assert state_of(service, first) == state_of(service, second)


class Follower:
    """A client that asks for what changed after the version it holds, and checks the digest of what it then has."""

    def __init__(self, service: Service, listed: int) -> None:
        self.service, self.listed, self.version = service, listed, 0
        self.rows: dict[str, bytes] = {}

    def follow(self) -> None:
        told = self.service.db.read(
            lambda session: read_list(session, self.service, self.listed, self.version)
        )
        for street in told.streets:
            self.rows |= {house.uprn: row_digest(street, house) for house in street.houses}
        assert shift_digest(EMPTY_DIGEST, self.rows.values(), ()) == told.digest
        assert told.head.version >= self.version
        self.version = told.head.version


def test_many_at_once_on_one_street_keep_the_counters_exact_and_miss_no_change(service: Service) -> None:
    create_force(service)
    supervisor = create_supervisor(service)
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET, CROSSING_STREET)
    houses = uprns(LONG_STREET) + uprns(CROSSING_STREET)
    services = [reopen(service) for _ in range(4)]
    errors: list[BaseException] = []
    recorded: list[str] = []

    def push(own: Service, seed: int) -> None:
        chance = random.Random(seed)
        follower = Follower(own, listed)
        try:
            for _ in range(10):
                batch = [
                    visit(own, chance.choice(houses), chance.choice(table().codes()), campaign_id=campaign)
                    for _ in range(5)
                ]
                shown = record(own, *batch).versions[listed]
                recorded.extend(one.id for one in batch)
                follower.follow()
                assert follower.version >= shown
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=push, args=(own, seed)) for seed, own in enumerate(services)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    for own in services:
        own.db.dispose()
    assert errors == []
    kept = service.db.read(lambda session: set(session.scalars(select(PremisesFact.id))))
    assert (kept, len(kept)) == (set(recorded), 200)
    assert findings(service) == []


def test_two_houses_of_a_crossing_street_are_counted_in_their_own_wards_at_once(service: Service) -> None:
    create_force(service)
    services = [reopen(service), reopen(service)]
    sides = [uprn(CROSSING_STREET, 1), uprn(CROSSING_STREET, 8)]

    def push(own: Service, house: str) -> None:
        for _ in range(8):
            record(own, visit(own, house, "spoke"))

    threads = [
        threading.Thread(target=push, args=(own, house)) for own, house in zip(services, sides, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for own in services:
        own.db.dispose()
    assert street_counters(service, CROSSING_STREET)["contacted"] == 1
    assert findings(service) == []
