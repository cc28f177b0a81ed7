"""Every case of sync/vectors, as a second language runs them; see PROTOCOL.md, "Vectors"."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync import badges, codec, enrolment, questionnaires, signing, slots, tokens, worklist_codec
from sync.clock import corrected_at
from sync.envelope import envelope_hash, event_info, open_event, open_event_key
from sync.errors import BadSignature, BadToken, DecodeError, EnvelopeError, MistypedCode, NeedFull
from sync.events import AnswersRecord, Envelope, EventBody, EventClock
from sync.exchange import Package, ServiceCard
from sync.export import verify_export
from sync.fold import Fact, counts, fold, fold_onto
from sync.journal import chain_start, check
from sync.keys import load_private, load_public, verify_raw
from sync.outcomes import as_wire
from sync.revisit import decide
from sync.worklist import House, HouseState, Policy, StreetHouses

FOLDER = Path(__file__).parents[2] / "sync" / "vectors"
Case = dict[str, Any]


def load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


def each(name: str, having: str = "name", **wanted: str) -> pytest.MarkDecorator:
    """Runs a test for each case of a file that has a member, and members of these values."""
    cases = [
        case
        for case in load(name)["cases"]
        if having in case and all(case.get(key) == value for key, value in wanted.items())
    ]
    assert cases
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def facts_of(case: Case) -> list[Fact]:
    return msgspec.convert(case["facts"], list[Fact])


@each("slots")
def test_slots_come_out_as_the_vectors_say(case: Case) -> None:
    run: dict[str, Callable[[], object]] = {
        "slot_of": lambda: slots.slot_of(case["at"], case["tz"]),
        "next_start": lambda: slots.next_start(case["at"], case["tz"], case["allowed"]),
        "callback_start": lambda: slots.callback_start(case["date"], case["part"], case["tz"]),
    }
    assert run[case["of"]]() == case["expect"]


@each("clock")
def test_corrected_time_comes_out_as_the_vectors_say(case: Case) -> None:
    clock = msgspec.convert(case["clock"], EventClock)
    assert corrected_at(clock, case["request_now"], case["received_at"]) == case["expect"]


@each("outcomes")
def test_counters_come_out_as_the_vectors_say(case: Case) -> None:
    policy = None if case["policy"] is None else msgspec.convert(case["policy"], Policy)
    assert counts(fold(facts_of(case), case["campaign"], case["tz"]), policy) == case["expect"]


def test_the_vectors_carry_the_table_of_outcomes_as_it_is() -> None:
    assert load("outcomes")["table"] == as_wire()


@each("fold")
def test_the_fold_comes_out_as_the_vectors_say(case: Case) -> None:
    if "onto" in case:
        held = msgspec.convert(case["onto"], HouseState)
        state = fold_onto(held, facts_of(case), case["campaign"], case["tz"])
    else:
        state = fold(facts_of(case), case["campaign"], case["tz"])
    assert plain(state) == case["expect"]


@each("revisit")
def test_the_revisit_rule_comes_out_as_the_vectors_say(case: Case) -> None:
    state, policy = msgspec.convert(case["state"], HouseState), msgspec.convert(case["policy"], Policy)
    assert plain(decide(state, policy, case["now"], case["tz"])) == case["expect"]


@each("events")
def test_events_open_or_are_refused_as_the_vectors_say(case: Case) -> None:
    shared = load("events")
    envelope = msgspec.convert(case["envelope"], Envelope)
    private = load_private(bytes.fromhex(shared["service_seal_private"]))
    event_key = bytes.fromhex(shared["event_key"])
    if "error" in case:
        with pytest.raises(EnvelopeError) as refusal:
            open_event(envelope, shared["device"], private, event_key)
        assert refusal.value.reason == case["error"]
    else:
        body = open_event(envelope, shared["device"], private, event_key)
        assert body == msgspec.convert(case["body"], EventBody)


def test_an_event_does_not_open_for_another_device() -> None:
    shared = load("events")
    envelope = msgspec.convert(shared["cases"][0]["envelope"], Envelope)
    private = load_private(bytes.fromhex(shared["service_seal_private"]))
    with pytest.raises(EnvelopeError, match="does not open"):
        open_event(envelope, shared["another_device"], private, bytes.fromhex(shared["event_key"]))


def test_the_sealed_event_key_opens_to_the_event_key() -> None:
    shared = load("events")
    sealed = msgspec.convert(shared["event_key_sealed"], bytes)
    private = load_private(bytes.fromhex(shared["service_seal_private"]))
    opened = open_event_key(sealed, device=shared["device"], kid=shared["kid"], private_key=private)
    assert opened.hex() == shared["event_key"]
    id_ = shared["cases"][0]["envelope"]["id"]
    assert event_info(id_, shared["device"], shared["kid"]).decode() == shared["info"]


@each("chain", having="hash")
def test_envelopes_have_the_hashes_that_the_vectors_say(case: Case) -> None:
    assert envelope_hash(msgspec.convert(case["envelope"], Envelope)) == case["hash"]


@each("chain", having="expect")
def test_breaks_in_a_chain_are_found_as_the_vectors_say(case: Case) -> None:
    device = load("chain")["device"]
    assert chain_start(device) == load("chain")["chain_start"]
    envelopes = [
        Envelope(**{**one, "sealed": msgspec.convert(one["sealed"], bytes)}) for one in case["envelopes"]
    ]
    found = check(device, envelopes, case["last_seq"], case["last_hash"], case["missing"])
    assert plain(found) == case["expect"]


@each("digest", having="text")
def test_rows_have_the_text_and_digest_that_the_vectors_say(case: Case) -> None:
    street, house = msgspec.convert(case["street"], StreetHouses), msgspec.convert(case["house"], House)
    assert worklist_codec.row_digest(street, house).hex() == case["expect"]
    row = json.loads(case["text"])
    again = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    assert again == case["text"]
    assert row[:5] == [street.usrn, street.name, street.place, street.lon, street.lat]


@each("digest", having="streets")
def test_lists_have_the_digest_that_the_vectors_say(case: Case) -> None:
    assert worklist_codec.digest(msgspec.convert(case["streets"], tuple[StreetHouses, ...])) == case["expect"]


@each("digest", having="added")
def test_digests_shift_as_the_vectors_say(case: Case) -> None:
    added, taken = (map(bytes.fromhex, case[side]) for side in ("added", "taken"))
    assert worklist_codec.shift_digest(case["digest"], added, taken) == case["expect"]


@each("digest", having="length")
def test_lengths_are_padded_as_the_vectors_say(case: Case) -> None:
    assert worklist_codec.padded_length(case["length"]) == case["expect"]


def test_a_list_is_put_together_and_packages_are_refused_as_the_vectors_say() -> None:
    shared = load("packages")
    private = load_private(bytes.fromhex(shared["device_seal_private"]))
    held: worklist_codec.Worklist | None = None
    for case in shared["cases"]:
        package = msgspec.convert(case["package"], Package)
        if case.get("error") in ("unreadable", "malformed"):
            with pytest.raises(EnvelopeError) as refusal:
                worklist_codec.open_package(package, private)
            assert refusal.value.reason == case["error"], case["name"]
            continue
        header, body = worklist_codec.open_package(package, private)
        assert plain(body) == case["body"], case["name"]
        if "error" in case:
            with pytest.raises(NeedFull):
                worklist_codec.apply(held, header, body)
            continue
        held = worklist_codec.apply(held, header, body)
        shown = plain(held)
        assert {key: shown.get(key, []) for key in case["expect"]} == case["expect"], case["name"]


@each("tokens")
def test_tokens_are_made_and_refused_as_the_vectors_say(case: Case) -> None:
    key = bytes.fromhex(load("tokens")["token_key"])
    if "error" in case:
        with pytest.raises(BadToken):
            tokens.check(key, case["token"])
    else:
        claim = msgspec.convert(case["expect"], tokens.Claim)
        assert tokens.check(key, case["token"]) == tokens.read(case["token"]) == claim
        assert tokens.make(key, claim.worklist, claim.uprn) == case["token"]


@each("badges")
def test_the_codes_of_genuine_officers_are_made_and_checked_as_the_vectors_say(case: Case) -> None:
    key = bytes.fromhex(load("badges")["token_key"])
    if "on" in case:
        assert badges.make(key, case["worklist"], date.fromisoformat(case["on"])) == case["expect"]
    elif "error" in case:
        with pytest.raises(BadToken):
            badges.check(key, case["text"], date.fromisoformat(case["today"]))
    else:
        found = badges.check(key, case["text"], date.fromisoformat(case["today"]))
        assert found.worklist == badges.read(case["text"]).worklist == case["expect"]


@each("enrolment")
def test_codes_are_read_as_the_vectors_say(case: Case) -> None:
    if "error" in case:
        with pytest.raises(MistypedCode) as refusal:
            enrolment.parse_code(case["text"])
        assert refusal.value.group == case["group"]
        return
    code = enrolment.parse_code(case["text"])
    assert (code.secret.hex(), code.pin.hex()) == (case["expect"]["secret"], case["expect"]["pin"])
    if "stored" in case["expect"]:
        assert enrolment.stored_form(code) == case["expect"]["stored"]
        assert enrolment.format_code(code) == case["text"]


def test_the_card_and_the_link_are_of_the_code_that_the_vectors_give() -> None:
    shared = load("enrolment")
    code = enrolment.parse_code(shared["code"])
    assert enrolment.pinned(code, bytes.fromhex(shared["verify_key"]))
    assert enrolment.parse_link(shared["link"]) == ("https://doorstep.example", code)
    enrolment.check_card(msgspec.convert(shared["card"], ServiceCard), code)
    for case in shared["bad_cards"]:
        with pytest.raises(BadSignature):
            enrolment.check_card(msgspec.convert(case["card"], ServiceCard), code)


def _verify(case: Case) -> Any:
    shared = load("signing")
    body = case["body"].encode()
    if case["of"] == "request":
        key = load_public(bytes.fromhex(shared["device_verify_key"]))
        return signing.verify_request(
            key, method=case["method"], path=case["path"], headers=case["headers"], body=body
        )
    signing.verify_reply(
        load_public(bytes.fromhex(shared["service_verify_key"])),
        status=case["status"],
        headers=case["headers"],
        body=body,
        request_signature=case["request_signature"],
    )
    return {}


@each("signing")
def test_signatures_hold_or_are_refused_as_the_vectors_say(case: Case) -> None:
    if "error" in case:
        with pytest.raises(BadSignature) as refusal:
            _verify(case)
        assert refusal.value.code == case["error"]
    else:
        assert plain(_verify(case)) == case["expect"]


@each("signing", having="base")
def test_the_signature_base_in_the_vectors_is_what_was_signed(case: Case) -> None:
    key = load_public(
        bytes.fromhex(load("signing")[f"{'device' if case['of'] == 'request' else 'service'}_verify_key"])
    )
    value = case["headers"]["Signature"].removeprefix("doorstep=").strip(":")
    assert verify_raw(key, msgspec.convert(value, bytes), case["base"].encode())


@each("outbox")
def test_outbox_files_hold_or_are_refused_as_the_vectors_say(case: Case) -> None:
    key = load_public(bytes.fromhex(load("outbox")["device_verify_key"]))
    file = codec.decode_outbox_file(case["file"].encode())
    if "error" in case:
        with pytest.raises(BadSignature) as refusal:
            verify_export(key, file)
        assert refusal.value.code == case["error"]
    else:
        verify_export(key, file)


@each("exchange")
def test_messages_are_read_and_written_as_the_vectors_say(case: Case) -> None:
    decode = getattr(codec, f"decode_{case['of']}")
    raw = case["text"].encode()
    if "error" in case:
        with pytest.raises(DecodeError) as refusal:
            decode(raw)
        assert refusal.value.where == case["where"]
    elif "events" in case:
        assert plain(decode(raw).events) == case["events"]
    else:
        message = decode(raw)
        assert plain(message) == case["expect"]
        assert codec.encode(message) == raw


@each("questionnaires", of="validate")
def test_questionnaires_are_found_fault_with_as_the_vectors_say(case: Case) -> None:
    assert questionnaires.validate(questionnaires.parse(case["document"])) == case["expect"]


@each("questionnaires", of="check_answers")
def test_answers_are_found_fault_with_as_the_vectors_say(case: Case) -> None:
    document = questionnaires.parse(load("questionnaires")["document"])
    answers = msgspec.convert(case["answers"], AnswersRecord)
    assert plain(questionnaires.check_answers(document, answers)) == case["expect"]
    assert [question.code for question in questionnaires.shown(document, answers.choices)] == case["shown"]
