"""Cases of worklists: rows and digests, sealed packages good and bad, and a list put together from changes."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sync.errors import EnvelopeError, NeedFull
from sync.exchange import Package
from sync.keys import load_private, load_public
from sync.outcomes import as_wire
from sync.sealing import deflate, seal
from sync.worklist import (
    CampaignCard,
    House,
    HouseState,
    Override,
    PackageHeader,
    Policy,
    QuestionnaireCard,
    StreetHouses,
    Told,
    WorklistBody,
)
from sync.worklist_codec import (
    EMPTY_DIGEST,
    Worklist,
    _Row,
    apply,
    digest,
    open_package,
    padded_length,
    row_digest,
    seal_package,
    shift_digest,
)
from tests.sync.vectorsmith.forms import LOCAL
from tests.sync.vectorsmith.shared import (
    DEVICE,
    DEVICE_SEAL,
    OTHER_DEVICE,
    OTHER_SEAL,
    TOKEN_KEY,
    at,
    case,
    must,
    pick,
    public_of,
    vectors,
)

_TRIED = HouseState(
    attempts=1,
    slots=("weekday_morning",),
    visited=True,
    last_outcome="no_reply",
    last_at=at("2026-03-02 10:00"),
)
_ODD = HouseState(do_not_call=True, language="cy", override=Override(False, 'said "never"\n\u007f\u2028é🔔'))
_HOUSES = (
    House("990000000017", 0, "1 Tern Street", 0, 0, "yes", "Not visited yet in this campaign", HouseState()),
    House("990000000018", 1, "2 Tern Street", 110, -4, "not_before", "No reply, try after 12:00", _TRIED, "", "ZZ1 1AA"),
    House("000000000042", 2, "Flat 1, 3 Tern Street", 220, -8, "no", "Asked us never to call again", _ODD,
          "990000000019", "ZZ1 1AA", ("Dog \\ loose",), ("Ring\ttwice \x01\x1f\b\f\r/",)),
)  # fmt: skip
TERN = StreetHouses("45700001", "Tern Street", 0, -350123, 53761234, _HOUSES)
DUNLIN = StreetHouses(
    "45700002", "Dunlin Close", 1, -350999, 53760001, (House("990000000031", 0, "1 Dunlin Close", 5, 6, "yes", "", HouseState()),)
)  # fmt: skip
CAMPAIGN = CampaignCard(
    3, "Spring doors", "2026-06-30", Policy(), {"messages": "May we …?"}, "2026-01", {"pl": {"messages": "Czy możemy …?"}}
)  # fmt: skip
TOLD = [
    Told(TERN.usrn, "said_did", "The alley is dark. 🔦", "Two lamps were mended.", "2026-02-27"),
    Told(DUNLIN.usrn, "priority", "Speeding past the school", "", "2026-02-20"),
]
NEXT_DAY = at("2026-03-03 18:00")


def _replace(street: StreetHouses, *houses: House, **head: Any) -> StreetHouses:
    return msgspec.structs.replace(street, houses=houses, **head)


def _moved(house: House, **members: Any) -> House:
    return msgspec.structs.replace(house, **members)


def header(kind: str, base: int, version: int, **other: Any) -> PackageHeader:
    """A header of list 17 for the test device."""
    return msgspec.convert(
        {"kind": kind, "worklist": 17, "base": base, "version": version, "epoch": "e1", "device": DEVICE,
         "kid": "device-key", "not_after": NEXT_DAY, **other},
        PackageHeader,
    )  # fmt: skip


def full(version: int, *streets: StreetHouses) -> WorklistBody:
    """A whole list."""
    return WorklistBody(
        17, version, digest(streets), CAMPAIGN, "PC 1234 Quill", "Europe/London", as_wire(),
        [QuestionnaireCard("local", 2, LOCAL)], TOKEN_KEY, "extras-1", streets=streets,
    )  # fmt: skip


def delta(
    version: int, result: tuple[StreetHouses, ...], *streets: StreetHouses, **more: Any
) -> WorklistBody:
    """Changes that lead to `result`."""
    return WorklistBody(17, version, digest(result), streets=streets, **more)


def digests() -> dict[str, Any]:
    """The JSON text and SHA-256 of rows, digests of lists, and digests shifted by the rows that changed."""
    cases: list[dict[str, Any]] = []
    for street in (TERN, DUNLIN):
        for house in street.houses:
            row = msgspec.json.encode(_Row(
                street.usrn, street.name, street.place, street.lon, street.lat, house.uprn, house.place, house.address,
                house.x, house.y, house.state, house.parent, house.postcode, house.hazards, house.notes,
            ))  # fmt: skip
            must(house.address, hashlib.sha256(row).digest(), row_digest(street, house))
            cases.append(
                case(
                    f"row of {house.address}",
                    street=msgspec.to_builtins(_replace(street)),
                    house=msgspec.to_builtins(house),
                    text=row.decode(),
                    expect=hashlib.sha256(row).hexdigest(),
                )
            )
    both, turned = (TERN, DUNLIN), (DUNLIN, _replace(TERN, *reversed(TERN.houses)))
    must("order", digest(both), digest(turned))
    aged = _replace(TERN, *(_moved(house, flag="no", reason="later") for house in TERN.houses))
    must("flags", digest((TERN,)), digest((aged,)))
    for name, streets in (
        ("nothing", ()),
        ("a list", both),
        ("the same in another order", turned),
        ("flags age", (aged, DUNLIN)),
    ):
        cases.append(case(f"digest of {name}", streets=msgspec.to_builtins(streets), expect=digest(streets)))
    rows = [row_digest(TERN, house) for house in TERN.houses]
    shifted = shift_digest(digest((TERN,)), [row_digest(DUNLIN, DUNLIN.houses[0])], rows[:1])
    must("shift", digest((_replace(TERN, *TERN.houses[1:]), DUNLIN)), shifted)
    must("shift to nothing", EMPTY_DIGEST, shift_digest(digest((TERN,)), [], rows))
    cases.append(
        case(
            "a row in, a row out",
            digest=digest((TERN,)),
            added=[row_digest(DUNLIN, DUNLIN.houses[0]).hex()],
            taken=[rows[0].hex()],
            expect=shifted,
        )
    )
    top = "f" * 64
    cases.append(
        case(
            "the sum wraps",
            digest=top,
            added=["0" * 63 + "2"],
            taken=[],
            expect=shift_digest(top, [bytes(31) + b"\2"], []),
        )
    )
    cases += [
        case(f"padded length of {length}", length=length, expect=padded_length(length))
        for length in (0, 1, 511, 512, 513, 1000, 1024, 1025, 4095, 4096, 5000, 61_755, 100_000, 1_000_000)
    ]
    return vectors("row_digest, digest, shift_digest, padded_length.", cases)  # fmt: skip


def _steps() -> list[tuple[str, PackageHeader, WorklistBody, str | tuple[StreetHouses, ...]]]:
    """Packages one after the other: the name, header, body, and the streets after it (or the error)."""
    one, two, three = TERN.houses
    spoken = _moved(
        two,
        flag="no",
        reason="Registered, this campaign does not revisit",
        state=HouseState(registered="registered"),
    )
    v2 = (_replace(TERN, one, spoken, three), DUNLIN)
    v3 = (_replace(TERN, one, spoken),)
    turned = (_moved(spoken, place=0), _moved(one, place=1))
    v4 = (_replace(TERN, *turned, name="Tern Street North"), DUNLIN)
    v5 = (
        _replace(DUNLIN, *DUNLIN.houses, _moved(one, place=9)),
        _replace(TERN, turned[0], name="Tern Street North", place=2),
    )
    return [
        ("changes without a list", header("delta", 1, 2), delta(2, v2, _replace(TERN, spoken)), "need_full"),
        ("the whole list", header("full", 0, 1), full(1, TERN, DUNLIN), (TERN, DUNLIN)),
        ("a house changes", header("delta", 1, 2), delta(2, v2, _replace(TERN, spoken)), v2),
        ("the same changes again", header("delta", 1, 2), delta(2, v2, _replace(TERN, spoken)), v2),
        ("an older whole list", header("full", 0, 1), full(1, TERN, DUNLIN), v2),
        ("changes with a hole", header("delta", 3, 4), delta(4, v4, v4[0]), "need_full"),
        ("changes with a hole, though they would come out", header("delta", 1, 3), delta(3, v2, _replace(TERN, spoken)), "need_full"),
        ("changes that do not come out", header("delta", 2, 3), delta(3, v4, removed=("990000000031",)), "need_full"),
        ("changes of another epoch", header("delta", 2, 3, epoch="e2"), delta(3, v3, removed=("990000000031",)), "need_full"),
        ("two houses leave, one of them a street's last", header("delta", 2, 3),
         delta(3, v3, removed=("990000000031", "000000000042")), v3),
        ("a street turns, is renamed, another comes back", header("delta", 3, 4), delta(4, v4, v4[0], DUNLIN), v4),
        ("a house moves to another street; streets change places", header("delta", 4, 5), delta(5, v5, *v5), v5),
        ("the campaign alone changes", header("delta", 5, 6),
         delta(6, v5, campaign=msgspec.structs.replace(CAMPAIGN, name="Summer doors"), extras="extras-2"), v5),
        ("what is told comes, and nothing else", header("delta", 6, 7), delta(7, v5, extras="extras-3", told=TOLD), v5),
        ("what is told stays where a delta leaves it out", header("delta", 7, 8), delta(8, v5), v5),
        ("nothing is told any more", header("delta", 8, 9), delta(9, v5, extras="extras-4", told=[]), v5),
        ("the whole list of the version held", header("full", 0, 9), msgspec.structs.replace(full(9, *v5), told=TOLD), v5),
        ("a new epoch starts below", header("full", 0, 2, epoch="e2"), full(2, TERN), (TERN,)),
        ("a whole list that does not come out", header("full", 0, 9, epoch="e2"),
         msgspec.structs.replace(full(9, TERN), digest=EMPTY_DIGEST), "need_full"),
        ("nothing left", header("delta", 2, 3, epoch="e2"),
         delta(3, (), removed=tuple(house.uprn for house in TERN.houses)), ()),
    ]  # fmt: skip


def _bad_packages() -> list[tuple[str, Package, str]]:
    public = public_of(DEVICE_SEAL)
    good = seal_package(header("full", 0, 1), full(1, TERN), public)
    text = good.header
    label = b"doorstep/1 worklist\n" + text.encode()
    packed = deflate(msgspec.json.encode(full(1, TERN)), 6)

    def odd(plain: bytes) -> Package:
        return Package(text, seal(plain, load_public(public), label))

    start = b"\x01" + len(packed).to_bytes(4, "big")
    other = text.replace(DEVICE, OTHER_DEVICE)
    return [
        ("header changed: version", Package(text.replace('"version":1', '"version":2'), good.body), "unreadable"),
        ("header changed: device", Package(other, good.body), "unreadable"),
        ("header changed: white space alone", Package(text.replace(",", ", "), good.body), "unreadable"),
        ("sealed to another device", seal_package(header("full", 0, 1), full(1, TERN), public_of(OTHER_SEAL)), "unreadable"),
        ("cut", Package(text, good.body[:-1]), "unreadable"),
        ("empty", Package(text, b""), "unreadable"),
        ("a bit flipped", Package(text, good.body[:99] + bytes([good.body[99] ^ 1]) + good.body[100:]), "unreadable"),
        ("header is no JSON", Package("{", good.body), "malformed"),
        ("header of another kind", Package(text.replace('"full"', '"whole"'), good.body), "malformed"),
        ("inside stands another version", seal_package(header("full", 0, 2), full(1, TERN), public), "malformed"),
        ("another format", odd(b"\x02" + start[1:] + packed), "malformed"),
        ("a wrong length", odd(b"\x01" + (len(packed) + 9).to_bytes(4, "big") + packed), "malformed"),
        ("padding that is not zero", odd(start + packed + b"\x01"), "malformed"),
        ("no deflate stream", odd(b"\x01" + (4).to_bytes(4, "big") + b"\xff" * 4), "malformed"),
        ("no list inside", odd(b"\x01" + len(deflate(b"{}", 6)).to_bytes(4, "big") + deflate(b"{}", 6)), "malformed"),
        ("a plaintext of three bytes", odd(b"\x01\x00\x00"), "malformed"),
    ]  # fmt: skip


def packages() -> dict[str, Any]:
    """A list put together package by package, then packages that must not open."""
    public, private = public_of(DEVICE_SEAL), load_private(DEVICE_SEAL)
    held: Worklist | None = None
    cases = []
    for name, head, body, after in _steps():
        package = seal_package(head, body, public)
        must(name, (head, body), open_package(package, private))
        members: dict[str, Any] = {"package": msgspec.to_builtins(package), "body": msgspec.to_builtins(body)}
        try:
            held = apply(held, head, body)
        except NeedFull:
            must(name, "need_full", after)
            cases.append(case(name, **members, error="need_full"))
            continue
        must(name, after, held.streets)
        shown = pick(
            msgspec.to_builtins(held),
            "worklist",
            "version",
            "epoch",
            "not_after",
            "digest",
            "campaign",
            "extras",
        )
        shown["told"] = msgspec.to_builtins(held.told)
        cases.append(case(name, **members, expect={**shown, "streets": msgspec.to_builtins(held.streets)}))
    for name, package, reason in _bad_packages():
        try:
            open_package(package, private)
        except EnvelopeError as error:
            must(name, reason, error.reason)
        else:
            raise AssertionError(f"{name}: it opened")
        cases.append(case(name, package=msgspec.to_builtins(package), error=reason))
    return vectors(
        "open_package(package, device_seal_private), then apply to the list held so far (none at the start), case by case.",
        cases,
        device_seal_private=DEVICE_SEAL.hex(),
        device=DEVICE,
    )
