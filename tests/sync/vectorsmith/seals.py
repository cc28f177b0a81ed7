"""Cases of sealed events: good ones to open, and each way of being bad with the reason that it must give."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

import hmac
import zlib
from base64 import b64encode
from typing import Any

import msgspec

from sync.envelope import envelope_hash, event_info, open_event, seal_event, seal_event_key
from sync.errors import EnvelopeError
from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    ConsentRecord,
    Envelope,
    EventBody,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from sync.exchange import SealKey
from sync.journal import chain_start, check, next_link
from sync.keys import load_private, load_public
from sync.sealing import deflate, seal
from tests.sync.vectorsmith.shared import (
    DEVICE,
    EVENT_ID,
    EVENT_KEY,
    OTHER_DEVICE,
    OTHER_EVENT_KEY,
    OTHER_SEAL,
    REGISTRATION_ID,
    SEAL_KEY,
    SERVICE_SEAL,
    at,
    case,
    must,
    public_of,
    vectors,
)

_CLOCK = EventClock(at("2026-03-02 10:00"), at("2026-03-02 08:30"), 5_400_000)
SIMPLE = EventBody("990000000017", 3, 17, _CLOCK, visit=VisitRecord("no_reply"))
FULL = EventBody(
    "990000000018",
    3,
    17,
    _CLOCK,
    visit=VisitRecord("spoke", language="cy", note="Ring twice; the bell is slow – „leise“ 🔔."),
    registrations=[
        RegistrationRecord(
            REGISTRATION_ID,
            "Ottoline Făgăraș-Quickly",
            [ConsentRecord("messages", "2026-01", True), ConsentRecord("surveys", "2026-01", False)],
            email="ottoline@example.org",
            phone="07700900123",
            groups=["Tern Street Watch"],
            interests=["speeding"],
            demographics={"ethnicity": "NS", "age_band": "35_44"},
        )
    ],
    answers=AnswersRecord("local", 2, {"safe": ["4"], "concerns": ["speeding", "litter"]}, {"more": "Lamp out."}, REGISTRATION_ID),
)  # fmt: skip
BODIES = {
    "a visit": SIMPLE,
    "a visit with registration and answers": FULL,
    "a callback": EventBody("17", 3, 17, _CLOCK, visit=VisitRecord("callback", Callback("2026-03-10", "evening"))),
    "a withdrawal": EventBody("990000000017", 3, 17, EventClock(1), withdraws=EVENT_ID),
    "a hazard without a visit": EventBody("990000000017", 3, 17, _CLOCK, hazard=HazardRecord("dog", "Loose behind the gate")),
    "an address note": EventBody("990000000017", 3, 17, _CLOCK, address_note=AddressNote("split", "Now two flats")),
    "nothing at all (opens; held as empty)": EventBody("990000000017", 3, 17, _CLOCK),
    "an outcome of a newer table (opens; held)": EventBody("990000000017", 3, 17, _CLOCK, visit=VisitRecord("wrong_door")),
    "random text past the first bucket": EventBody(
        "990000000017", 3, 17, _CLOCK, visit=VisitRecord("spoke", note="".join(f"{n * n * 7919 % 9973:x}" for n in range(480)))
    ),
}  # fmt: skip
INFO = event_info(EVENT_ID, DEVICE, SEAL_KEY.kid)


def envelope(sealed: bytes, **other: Any) -> Envelope:
    """The envelope of a case, number 1 of the test device's chain."""
    return msgspec.structs.replace(Envelope(EVENT_ID, 1, chain_start(DEVICE), SEAL_KEY.kid, sealed), **other)


def _sealed(body: EventBody, event_key: bytes = EVENT_KEY, key: SealKey = SEAL_KEY) -> bytes:
    return seal_event(body, event_id=EVENT_ID, device=DEVICE, service_key=key, event_key=event_key)


def laid_out(
    packed: bytes, *, info: bytes = INFO, form: int = 1, length: int | None = None, end: bytes = b""
) -> bytes:
    """The plaintext of an event with an authentic HMAC, but with whatever else is asked for."""
    size = len(packed) if length is None else length
    plain = bytes([form]) + hmac.digest(EVENT_KEY, info + packed, "sha256") + size.to_bytes(4, "big") + packed
    return plain.ljust(1024 - len(end), b"\0") + end


def _odd(plain: bytes, info: bytes = INFO) -> bytes:
    return seal(plain, load_public(SEAL_KEY.public), info)


def _json(text: str) -> bytes:
    return _odd(laid_out(deflate(text.encode("utf-8", "surrogatepass"), 6)))


def _flip(sealed: bytes, place: int) -> bytes:
    changed = bytearray(sealed)
    changed[place] ^= 1
    return bytes(changed)


def _bad() -> list[tuple[str, Envelope, str]]:
    good = _sealed(SIMPLE)
    wire = msgspec.json.encode(SIMPLE).decode()
    packed = deflate(wire.encode(), 6)
    bomb = deflate(b" " * (8 << 20), 9)
    return [
        ("a bit of enc flipped", envelope(_flip(good, 20)), "unreadable"),
        ("enc is no uncompressed point", envelope(b"\x05" + good[1:]), "unreadable"),
        ("a bit of the ciphertext flipped", envelope(_flip(good, 200)), "unreadable"),
        ("a bit of the tag flipped", envelope(_flip(good, -1)), "unreadable"),
        ("cut by a byte", envelope(good[:-1]), "unreadable"),
        ("cut to eighty bytes", envelope(good[:80]), "unreadable"),
        ("a byte more", envelope(good + b"\0"), "unreadable"),
        ("empty", envelope(b""), "unreadable"),
        ("under another id", envelope(good, id=REGISTRATION_ID), "unreadable"),
        ("naming another key", envelope(good, kid="0000000000000000"), "unreadable"),
        ("of another protocol", envelope(good, protocol=2), "unreadable"),
        ("sealed to another key", envelope(_sealed(SIMPLE, key=SealKey(SEAL_KEY.kid, public_of(OTHER_SEAL)))), "unreadable"),
        ("made under another event key", envelope(_sealed(SIMPLE, OTHER_EVENT_KEY)), "not_authentic"),
        ("its HMAC covers another info", envelope(_odd(laid_out(packed, info=b"else"))), "not_authentic"),
        ("of another format", envelope(_odd(laid_out(packed, form=2))), "malformed"),
        ("a plaintext of ten bytes", envelope(_odd(b"\x01" * 10)), "malformed"),
        ("a length past the end", envelope(_odd(laid_out(packed, length=5000))), "malformed"),
        ("padding that is not zero", envelope(_odd(laid_out(packed, end=b"\x01"))), "malformed"),
        ("no deflate stream", envelope(_odd(laid_out(b"\xff" * 40))), "malformed"),
        ("a deflate stream cut short", envelope(_odd(laid_out(packed[:-4]))), "malformed"),
        ("two deflate streams", envelope(_odd(laid_out(packed + packed))), "malformed"),
        ("zlib instead of raw deflate", envelope(_odd(laid_out(zlib.compress(wire.encode())))), "malformed"),
        ("a bomb of 8 MiB", envelope(_odd(laid_out(bomb))), "malformed"),
        ("no JSON", envelope(_json("{")), "malformed"),
        ("JSON, but an array", envelope(_json("[]")), "malformed"),
        ("deeply nested", envelope(_json('{"x":' * 2000 + "1" + "}" * 2000)), "malformed"),
        ("no address", envelope(_json(wire.replace('"uprn":"990000000017",', ""))), "malformed"),
        ("an address with a letter", envelope(_json(wire.replace("990000000017", "99000000001x"))), "malformed"),
        ("an address of thirteen digits", envelope(_json(wire.replace("990000000017", "9900000000170"))), "malformed"),
        ("an address with a line end", envelope(_json(wire.replace("990000000017", "990000000017\\n"))), "malformed"),
        ("a time that no language keeps exactly", envelope(_json(wire.replace(str(_CLOCK.recorded_at), "9007199254740993"))), "malformed"),
        ("a list number below zero", envelope(_json(wire.replace('"worklist":17', '"worklist":-1'))), "malformed"),
        ("a note of U+0000", envelope(_json(wire.replace('"no_reply"', '"no_reply","note":"a\\u0000b"'))), "malformed"),
        ("bytes that are no UTF-8", envelope(_odd(laid_out(deflate(wire.replace("no_reply", "no\udce9").encode("utf-8", "surrogateescape"), 6)))), "malformed"),
        ("a lone surrogate", envelope(_json(wire.replace('"no_reply"', '"no_reply","note":"\\ud800"'))), "malformed"),
        ("a note of 2,001 characters", envelope(_json(wire.replace('"no_reply"', '"no_reply","note":"' + "n" * 2001 + '"'))), "malformed"),
    ]  # fmt: skip


def _lenient() -> list[tuple[str, Envelope, EventBody]]:
    wire = msgspec.json.encode(SIMPLE).decode()
    return [
        ("a member that only a newer version knows", envelope(_json(wire.replace('"no_reply"', '"no_reply","mood":"calm"'))), SIMPLE),
        ("white space and another order of members", envelope(_json(wire.replace(",", " ,\n"))), SIMPLE),
        ("the six characters of an escape, not U+0000", envelope(_json(wire.replace('"no_reply"', '"no_reply","note":"\\\\u0000"'))),
         msgspec.structs.replace(SIMPLE, visit=VisitRecord("no_reply", note="\\u0000"))),
    ]  # fmt: skip


def _hold_to_reasons() -> None:
    """Stops the making when a stated reason is not the one given."""
    for name, one, reason in _bad():
        try:
            open_event(one, DEVICE, load_private(SERVICE_SEAL), EVENT_KEY)
        except EnvelopeError as error:
            must(name, reason, error.reason)
        else:
            raise AssertionError(f"{name}: it opened")


def events() -> dict[str, Any]:
    """Envelopes of the test device, opened with the test service's key."""
    _hold_to_reasons()
    cases = [
        case(name, envelope=msgspec.to_builtins(envelope(_sealed(body))), body=msgspec.to_builtins(body))
        for name, body in BODIES.items()
    ]
    cases += [
        case(name, envelope=msgspec.to_builtins(one), body=msgspec.to_builtins(body))
        for name, one, body in _lenient()
    ]
    cases += [case(name, envelope=msgspec.to_builtins(one), error=reason) for name, one, reason in _bad()]
    return vectors(
        "open_event(envelope, device, service_seal_private, event_key) → body, or the error's reason. Keys in hex.",
        cases,
        device=DEVICE,
        service_seal_private=SERVICE_SEAL.hex(),
        service_seal_public=SEAL_KEY.public.hex(),
        kid=SEAL_KEY.kid,
        event_key=EVENT_KEY.hex(),
        info=INFO.decode(),
        another_device=OTHER_DEVICE,
        event_key_sealed=b64encode(seal_event_key(EVENT_KEY, device=DEVICE, service_key=SEAL_KEY)).decode(),
    )


def chain() -> dict[str, Any]:
    """Hashes of envelopes, and the breaks in chains of them. What is sealed does not matter here."""
    links: list[Envelope] = []
    seq, prev = 1, chain_start(DEVICE)
    for number in range(1, 7):
        id_ = f"00000000-0000-4000-8000-00000000000{number}"
        links.append(Envelope(id_, seq, prev, SEAL_KEY.kid, bytes([number]) * 3))
        seq, prev = next_link(links[-1])
    one, two, three, four, five, six = links
    other = msgspec.structs.replace(two, id="00000000-0000-4000-8000-00000000000a")
    stub = Envelope("", 0, "", "", b"7")
    cut = msgspec.structs.replace(three, prev="f" * 64)
    rows: list[tuple[str, list[Envelope], int, str, list[int], list[tuple[str, int]], int, list[int]]] = [
        ("a whole chain", links, 0, "", [], [], 6, []),
        ("a whole chain, shuffled", [four, one, six, two, five, three], 0, "", [], [], 6, []),
        ("going on", [three, four], 2, three.prev, [], [], 4, []),
        ("nothing new", [], 2, three.prev, [], [], 2, []),
        ("a gap", [one, two, five], 0, "", [], [("gap", 5)], 5, []),
        ("two gaps", [two, four], 0, "", [], [("gap", 2), ("gap", 4)], 4, []),
        ("another predecessor", [one, two, cut], 0, "", [], [("fork", 3)], 3, []),
        ("a number used before", [other], 3, four.prev, [], [("fork", 2)], 3, []),
        ("two with one number", [one, two, other, three], 0, "", [], [("fork", 2)], 3, []),
        ("a late one fills its gap", [three], 5, six.prev, [3, 4], [], 5, [3]),
        ("a late one beside the gap", [two], 5, six.prev, [3, 4], [("fork", 2)], 5, []),
        ("what is no envelope is passed over", [one, stub, two], 0, "", [], [], 2, []),
    ]
    cases = [
        case(f"hash of number {link.seq}", envelope=msgspec.to_builtins(link), hash=envelope_hash(link))
        for link in links
    ]
    for name, given, last_seq, last_hash, missing, breaks, end, filled in rows:
        found = check(DEVICE, given, last_seq, last_hash, missing)
        must(
            name,
            (breaks, end, filled),
            ([(one.kind, one.seq) for one in found.breaks], found.last_seq, found.filled),
        )
        cases.append(
            case(
                name,
                envelopes=msgspec.to_builtins(given),
                last_seq=last_seq,
                last_hash=last_hash,
                missing=missing,
                expect=msgspec.to_builtins(found),
            )
        )
    return vectors("envelope_hash and check of a device's chain.", cases, device=DEVICE, chain_start=chain_start(DEVICE))  # fmt: skip
