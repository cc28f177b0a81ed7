"""The phone's TypeScript and this Python agree on anything, not on the vectors' cases alone.

What one seals or signs, the other opens and verifies; what one folds and decides, so does the other.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import codec, signing, slots, tokens
from sync.envelope import envelope_hash, open_event
from sync.errors import SyncError
from sync.events import Envelope, EventBody
from sync.export import verify_export
from sync.fold import Fact, counts, fold, fold_onto
from sync.journal import chain_start
from sync.keys import generate_private, load_private, load_public, new_event_key, private_bytes, public_bytes
from sync.revisit import decide
from sync.worklist import HouseState, Policy, StreetHouses
from sync.worklist_codec import apply, diff, seal_package
from tests.sync import made, peer
from tests.sync.peer import Peer, Refused
from tests.sync.vectorsmith.lists import delta, full, header
from tests.sync.vectorsmith.shared import DEVICE, EVENT_ID, SEAL_KEY, SERVICE_SEAL

ZONES = (
    "Europe/London",
    "Europe/Warsaw",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # a day left out, on 30 December 2011
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
instants = st.integers(0, 4_000_000_000_000)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def phone() -> Iterator[Peer]:
    """The TypeScript."""
    started = peer.start()
    yield started
    started.close()


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(msgspec.json.encode(value))


def either(decided: Any) -> Any:
    """What a call gives, or that it refuses."""
    try:
        return plain(decided())
    except (SyncError, Refused):
        return "refused"


@few
@given(
    instants,
    st.sampled_from(ZONES),
    st.sets(st.sampled_from(slots.KINDS), min_size=1),
    made.dates,
    made.parts,
)
def test_slots_are_the_same_at_any_time_in_any_zone(
    phone: Peer, at: int, tz: str, allowed: set[str], date: str, part: str
) -> None:
    assert phone.ask("slots", at=at, tz=tz, allowed=sorted(allowed), date=date, part=part) == {
        "slot": slots.slot_of(at, tz),
        "date": slots.local_date(at, tz),
        "next": slots.next_start(at, tz, allowed),
        "callback": slots.callback_start(date, part, tz),
    }


@few
@given(made.facts(), st.sampled_from((0, 1, 2)), st.sampled_from(ZONES), made.policies, made.times)
def test_facts_fold_to_the_same_state_counters_and_decision(
    phone: Peer, facts: list[Fact], campaign: int, tz: str, policy: Policy, now: int
) -> None:
    state = fold(facts, campaign, tz)
    told = phone.ask("fold", facts=plain(facts), campaign=campaign, tz=tz, policy=plain(policy), now=now)
    assert told["state"] == plain(state)
    assert list(told["state"]) == list(plain(state))
    assert told["counts"] == counts(state, policy)
    assert told["decision"] == plain(decide(state, policy, now, tz))


@few
@given(made.folded_states, made.facts())
def test_own_events_fold_onto_a_state_alike(phone: Peer, state: HouseState, facts: list[Fact]) -> None:
    told = phone.ask("fold_onto", state=plain(state), facts=plain(facts), campaign=1, tz=made.LONDON)
    assert told == plain(fold_onto(state, facts, 1, made.LONDON))


@few
@given(made.odd_states, made.policies, made.times)
def test_a_state_however_odd_is_decided_alike(
    phone: Peer, state: HouseState, policy: Policy, now: int
) -> None:
    asked = {"state": plain(state), "policy": plain(policy), "now": now, "tz": made.LONDON}
    assert either(lambda: phone.ask("decide", **asked)) == either(
        lambda: decide(state, policy, now, made.LONDON)
    )


@few
@given(made.bodies)
def test_the_service_opens_what_the_phone_sealed(phone: Peer, body: EventBody) -> None:
    event_key = new_event_key()
    sealed = phone.ask(
        "seal_event", body=plain(body), id=EVENT_ID, device=DEVICE, kid=SEAL_KEY.kid,
        key=SEAL_KEY.public.hex(), event_key=event_key.hex(),
    )  # fmt: skip
    envelope = Envelope(EVENT_ID, 1, chain_start(DEVICE), SEAL_KEY.kid, base64.b64decode(sealed))
    assert open_event(envelope, DEVICE, load_private(SERVICE_SEAL), event_key) == body


@settings(few, max_examples=25)
@given(made.streets(), made.streets())
def test_the_phone_puts_together_what_the_service_sealed(
    phone: Peer, first: tuple[StreetHouses, ...], then: tuple[StreetHouses, ...]
) -> None:
    device = generate_private()
    began = header("full", 0, 1)
    held = apply(None, began, full(1, *first))
    changed, removed = diff(held, msgspec.structs.replace(held, streets=then))
    packages = [
        seal_package(began, full(1, *first), public_bytes(device)),
        seal_package(header("delta", 1, 2), delta(2, then, *changed, removed=removed), public_bytes(device)),
    ]
    told = phone.ask("put_together", packages=plain(packages), key=private_bytes(device).hex())
    ended = apply(held, header("delta", 1, 2), delta(2, then, *changed, removed=removed))
    assert told == {
        "version": 2,
        "digest": ended.digest,
        "uprns": [house.uprn for _, house in ended.houses()],
    }


@few
@given(st.binary(max_size=300), st.integers(1, 2**53 - 1))
def test_requests_and_replies_hold_in_the_other_language(phone: Peer, body: bytes, number: int) -> None:
    signed = phone.ask(
        "sign", number=number, path="/api/exchange", body=base64.b64encode(body).decode(), device=DEVICE
    )
    key = load_public(base64.b64decode(signed["key"]))
    signer = signing.verify_request(
        key, method="POST", path="/api/exchange", headers=signed["headers"], body=body
    )
    assert (signer.key_id, signer.number) == (DEVICE, number)

    service = generate_private()
    headers = signing.sign_reply(
        service, key_id="service", status=200, body=body, request_signature=signed["signature"], now_ms=1
    )
    reply = {
        "key": public_bytes(service).hex(), "status": 200, "headers": headers,
        "request_signature": signed["signature"],
    }  # fmt: skip
    assert phone.ask("verify_reply", **reply, body=base64.b64encode(body).decode())
    with pytest.raises(Refused, match="BadSignature"):
        phone.ask("verify_reply", **reply, body=base64.b64encode(body + b" ").decode())


def test_the_service_takes_the_outbox_file_that_the_phone_made(phone: Peer) -> None:
    first = Envelope(EVENT_ID, 1, chain_start(DEVICE), SEAL_KEY.kid, b"\x00sealed\xff")
    second = Envelope(EVENT_ID[:-1] + "0", 2, envelope_hash(first), SEAL_KEY.kid, b"")
    made_file = phone.ask("export", device=DEVICE, now=1_772_445_600_000, events=plain([first, second]))
    file = codec.decode_outbox_file(base64.b64decode(made_file["file"]))
    verify_export(load_public(base64.b64decode(made_file["key"])), file)
    assert file.events == [first, second]


@few
@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40 - 1), made.uprns)
def test_tokens_are_the_same(phone: Peer, key: bytes, worklist: int, uprn: str) -> None:
    assert phone.ask("token", key=key.hex(), worklist=worklist, uprn=uprn) == tokens.make(key, worklist, uprn)
