"""Hypothesis strategies: facts, states, policies, event bodies and lists, as odd as the types allow."""

from __future__ import annotations

import string

import msgspec
from hypothesis import strategies as st

from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    ConsentRecord,
    EventBody,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from sync.fold import Fact, fold
from sync.outcomes import table
from sync.slots import KINDS
from sync.worklist import House, HouseState, Policy, StreetHouses

LONDON = "Europe/London"
START_MS = 1_772_323_200_000  # 2026-03-01
DAY_MS = 86_400_000

times = st.integers(START_MS, START_MS + 300 * DAY_MS)
codes = st.sampled_from(table().codes())
dates = st.sampled_from(["2026-03-10", "2026-03-29", "2026-10-25", "2026-02-30", "2027-01-01", ""])
parts = st.sampled_from(["morning", "afternoon", "evening", "14:30", "teatime", ""])
# Cs: a lone surrogate cannot stand in UTF-8; Cc holds U+0000, which no event may carry.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
names = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=12)
ids = st.uuids(version=4).map(str)
uprns = st.from_regex(r"[0-9]{1,12}", fullmatch=True)


_campaigns = st.sampled_from((1, 1, 1, 2))
_visits = st.builds(
    Fact,
    st.just(""),
    st.just("visit"),
    times,
    _campaigns,
    codes,
    callback_date=dates,
    callback_slot=parts,
    language=st.sampled_from(("", "", "pl")),
)
_others = st.one_of(
    st.builds(Fact, st.just(""), st.just("withdrawal"), times, _campaigns),
    st.builds(
        Fact,
        st.just(""),
        st.just("lift"),
        times,
        lifts=st.sampled_from(("do_not_call", "unsafe", "ineligible")),
    ),
    st.builds(
        Fact,
        st.just(""),
        st.just("override"),
        times,
        _campaigns,
        revisit=st.sampled_from((True, False, None)),
        reason=st.just("why"),
    ),
    st.builds(
        Fact,
        st.just(""),
        st.just("registration"),
        times,
        resident=st.sampled_from("pqr"),
        registered=st.sampled_from(("none", "unconfirmed", "partial", "registered", "opted_out")),
    ),
    st.builds(
        Fact,
        st.just(""),
        st.just("address"),
        times,
        address_status=st.sampled_from(("live", "retired", "split")),
    ),
)


@st.composite
def facts(draw: st.DrawFn, most: int = 12) -> list[Fact]:
    """Facts of one premises with identities of their own; withdrawals name some of them, or what never came."""
    drawn = draw(st.lists(_visits | _visits | _others, max_size=most))
    named = [
        msgspec.structs.replace(fact, id=f"{draw(st.integers(0, 9))}-{place:02}")
        for place, fact in enumerate(drawn)
    ]
    known = st.sampled_from([fact.id for fact in named] + ["none"])
    return [
        msgspec.structs.replace(fact, withdraws=draw(known)) if fact.kind == "withdrawal" else fact
        for fact in named
    ]


policies = st.builds(
    Policy,
    revisit_registered=st.booleans(),
    most_attempts=st.integers(1, 8),
    need_evening=st.booleans(),
    need_weekend=st.booleans(),
    least_gap_hours=st.integers(0, 200),
    call_again_days=st.sampled_from((0, 0, 1, 30, 400)),
    best_slots=st.lists(st.sampled_from((*KINDS, "newer")), unique=True, max_size=3).map(tuple),
)
folded_states = facts().map(lambda found: fold(found, 1, LONDON))
odd_states = st.builds(
    HouseState,
    eligible=st.booleans(),
    ineligible=st.sampled_from(("", "vacant", "retired", "newer")),
    attempts=st.integers(0, 9),
    slots=st.lists(st.sampled_from(KINDS), unique=True, max_size=5).map(tuple),
    settled=st.booleans(),
    refused=st.booleans(),
    contacted=st.booleans(),
    registered=st.sampled_from(("none", "registered", "newer")),
    last_outcome=st.sampled_from((*table().codes(), "", "newer")),
    last_at=st.integers(-(2**53) + 1, 2**53 - 1),
    contacted_at=st.integers(-(2**53) + 1, 2**53 - 1),
    callback_date=dates,
    callback_slot=parts,
    language=words,
)

clocks = st.builds(
    EventClock,
    recorded_at=st.integers(-(2**53) + 1, 2**53 - 1),
    service_seen=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    ticks=st.none() | st.integers(0, 2**53 - 1),
)
registrations = st.builds(
    RegistrationRecord,
    id=ids,
    name=words,
    consents=st.lists(
        st.builds(ConsentRecord, st.sampled_from(("messages", "surveys", "groups")), names, st.booleans()),
        max_size=3,
    ),
    email=st.none() | words,
    groups=st.lists(words, max_size=2),
    demographics=st.none() | st.dictionaries(names, names, max_size=3),
)
bodies = st.builds(
    EventBody,
    uprn=uprns,
    campaign=st.integers(0, 2**53 - 1),
    worklist=st.integers(0, 2**53 - 1),
    clock=clocks,
    visit=st.none()
    | st.builds(
        VisitRecord,
        outcome=names,
        callback=st.none() | st.builds(Callback, st.just("2026-03-10"), parts),
        note=st.none() | words,
    ),
    withdraws=st.none() | ids,
    registrations=st.lists(registrations, max_size=2),
    answers=st.none()
    | st.builds(
        AnswersRecord,
        names,
        st.integers(0, 99),
        st.dictionaries(names, st.lists(names, max_size=3), max_size=4),
        st.dictionaries(names, words, max_size=2),
    ),
    hazard=st.none() | st.builds(HazardRecord, names, words),
    address_note=st.none() | st.builds(AddressNote, st.sampled_from(("new", "gone", "other")), words),
)


@st.composite
def streets(draw: st.DrawFn) -> tuple[StreetHouses, ...]:
    """A list's streets: a few out of six, each with some of its possible houses, in walking order."""
    taken = draw(st.lists(st.sampled_from(range(20)), unique=True, max_size=12))
    home = {number: draw(st.integers(0, 3)) for number in taken}
    found = []
    for usrn in sorted(set(home.values())):
        houses = tuple(
            House(
                uprn=str(990000000000 + number),
                place=place,
                address=draw(words),
                x=draw(st.integers(-9000, 9000)),
                y=draw(st.integers(-9000, 9000)),
                flag=draw(st.sampled_from(("yes", "no", "not_before"))),
                reason=draw(words),
                state=draw(folded_states),
                hazards=tuple(draw(st.lists(words, max_size=1))),
            )
            for place, number in enumerate(number for number in taken if home[number] == usrn)
        )
        found.append(StreetHouses(str(usrn), draw(st.sampled_from(("Tern", "Dunlin"))), usrn, 1, 2, houses))
    return tuple(found)
