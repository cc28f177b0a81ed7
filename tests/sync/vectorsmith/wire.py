"""Cases of tokens, enrolment, signatures, outbox files, and the messages' JSON."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

import re
from datetime import date
from typing import Any

import msgspec

from sync import badges, codec, enrolment, signing, tokens
from sync.errors import BadSignature, BadToken, DecodeError, MistypedCode
from sync.events import Envelope
from sync.exchange import (
    EnrolReply,
    EnrolRequest,
    ExchangeReply,
    ExchangeRequest,
    Have,
    Package,
    Recalled,
    Receipt,
    SealKey,
    ServiceCard,
)
from sync.export import make_export, verify_export
from sync.journal import chain_start
from sync.keys import load_private, load_public
from tests.sync.vectorsmith.shared import (
    DEVICE,
    DEVICE_SEAL,
    DEVICE_SIGN,
    EVENT_ID,
    OTHER_DEVICE,
    SEAL_KEY,
    SERVICE_SIGN,
    TOKEN_KEY,
    at,
    case,
    must,
    public_of,
    vectors,
)

NOW = at("2026-03-02 10:00")


def registration_tokens() -> dict[str, Any]:
    """Tokens made and checked, and each way of being none."""
    rows = [(17, "990000000018"), (17, "000000000042"), (1, "0"), (2**40 - 1, "999999999999"), (0, "42")]
    cases = []
    for worklist, uprn in rows:
        token = tokens.make(TOKEN_KEY, worklist, uprn)
        must(token, tokens.Claim(worklist, uprn), tokens.check(TOKEN_KEY, token))
        cases.append(
            case(f"list {worklist}, {uprn}", token=token, expect={"worklist": worklist, "uprn": uprn})
        )
    good = tokens.make(TOKEN_KEY, 17, "990000000018")
    bad = {
        "a letter changed in the address": good[:9] + ("A" if good[9] != "A" else "B") + good[10:],
        "a letter changed at the end": good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1],
        "made with another key": tokens.make(TOKEN_KEY[::-1], 17, "990000000018"),
        "cut": good[:-1],
        "a letter more": good + "A",
        "a line end more": good + "\n",
        "empty": "",
        "not URL-safe": "+" + good[1:],
        "full-width digits": "２" + good[1:],
    }
    for name, token in bad.items():
        try:
            tokens.check(TOKEN_KEY, token)
        except BadToken:
            cases.append(case(name, token=token, error="bad_token"))
        else:
            raise AssertionError(name)
    return vectors("make and check under token_key (hex).", cases, token_key=TOKEN_KEY.hex())


def officer_badges() -> dict[str, Any]:
    """Codes of genuine officers as made, then as typed: on the days that they hold, and each way of being none."""
    days = {"2026-03-29": [1, 17, 2**40 - 1], "2026-12-31": [17], "2027-01-01": [17]}
    cases = [
        case(f"list {worklist} on {on}", worklist=worklist, on=on, expect=badges.make(TOKEN_KEY, worklist, date.fromisoformat(on)))
        for on, worklists in days.items()
        for worklist in worklists
    ]  # fmt: skip
    badge = badges.make(TOKEN_KEY, 17, date(2026, 12, 31))
    other = badges.make(TOKEN_KEY[::-1], 17, date(2026, 12, 31))
    typed: list[tuple[str, str, str, int | None]] = [
        ("typed on its day", badge, "2026-12-31", 17),
        ("typed on the day after", badge, "2027-01-01", 17),
        ("in lower case with blanks", f" {badge.lower().replace('-', ' ')}\n", "2026-12-31", 17),
        ("without dashes", badge.replace("-", ""), "2026-12-31", 17),
        ("with O for 0 and I for 1", badge.replace("0", "O").replace("1", "I"), "2026-12-31", 17),
        ("two days after", badge, "2027-01-02", None),
        ("the day before its day", badge, "2026-12-30", None),
        ("of another list", badge.replace("17-", "18-", 1), "2026-12-31", None),
        ("made with another key", other, "2026-12-31", None),
        ("a symbol changed", badge[:-1] + ("2" if badge[-1] != "2" else "3"), "2026-12-31", None),
        ("a symbol missing", badge[:-1], "2026-12-31", None),
        ("a number with a zero before it", f"0{badge}", "2026-12-31", None),
        ("without a number", badge.partition("-")[2], "2026-12-31", None),
        ("empty", "", "2026-12-31", None),
        ("full-width digits", badge.replace("17", "１７"), "2026-12-31", None),
    ]
    for name, text, today, worklist in typed:
        try:
            found = badges.check(TOKEN_KEY, text, date.fromisoformat(today)).worklist
        except BadToken:
            found = None
        must(name, worklist, found)
        outcome = {"error": "bad_token"} if worklist is None else {"expect": worklist}
        cases.append(case(name, text=text, today=today, **outcome))
    return vectors(
        "make, then check what was typed, under token_key (hex).", cases, token_key=TOKEN_KEY.hex()
    )


def codes() -> dict[str, Any]:
    """Enrolment codes as written, as people type them, and with typos (the group that is named; 0: the whole)."""
    verify_key = public_of(SERVICE_SIGN)
    cases = []
    for secret in (bytes(10), bytes(range(10)), b"\xff" * 10):
        code = enrolment.new_code(verify_key, secret)
        text = enrolment.format_code(code)
        members = {"secret": secret.hex(), "pin": code.pin.hex(), "stored": enrolment.stored_form(code)}
        cases.append(case(f"secret {secret.hex()}", text=text, expect=members))
    code = enrolment.new_code(verify_key, bytes(range(10)))
    text = enrolment.format_code(code)
    expect = {"secret": code.secret.hex(), "pin": code.pin.hex()}
    groups = text.split("-")
    typed = {
        "lower case": text.lower(),
        "without dashes": text.replace("-", ""),
        "with spaces": text.replace("-", " "),
        "O for 0, I and L for 1": text.replace("0", "o").replace("1", "l"),
        "around it blanks": f"  {text}\n",
    }
    for name, attempt in typed.items():
        must(name, code, enrolment.parse_code(attempt))
        cases.append(case(name, text=attempt, expect=expect))
    third = groups[2]
    swapped = third[1] + third[0] + third[2:]
    wrong = {
        "one character wrong": (text.replace(third, ("2" if third[0] != "2" else "3") + third[1:]), 3),
        "two characters swapped": (text.replace(third, swapped), 3),
        "two groups swapped": ("-".join([groups[1], groups[0], *groups[2:]]), 1),
        "a letter that no code has": (text.replace(third, "U" + third[1:]), 3),
        "the check character wrong": (text[:-1] + ("0" if text[-1] != "0" else "2"), 8),
        "cut in the middle of a group": (text[:-3], 0),
        "a group missing": ("-".join(groups[:7]), 0),
        "a group too many": (text + "-" + groups[0], 0),
        "empty": ("", 0),
    }
    for name, (attempt, group) in wrong.items():
        try:
            enrolment.parse_code(attempt)
        except MistypedCode as error:
            must(name, group, error.group)
            cases.append(case(name, text=attempt, error="mistyped", group=group))
        else:
            raise AssertionError(name)
    link = enrolment.link("https://doorstep.example/", code)
    must("link", ("https://doorstep.example", code), enrolment.parse_link(link))
    card = enrolment.make_card(
        load_private(SERVICE_SIGN), seal_key=SEAL_KEY, epoch="e1", now=NOW, name="Doorstep, Exampleshire"
    )
    enrolment.check_card(card, code)
    bad_cards = [{"name": name, "card": msgspec.to_builtins(other)} for name, other in _bad_cards(card)]
    return vectors(
        "parse_code(text); the service's card is checked against the code of secret 00010203040506070809.",
        cases,
        verify_key=verify_key.hex(),
        code=text,
        link=link,
        card=msgspec.to_builtins(card),
        bad_cards=bad_cards,
    )


def _bad_cards(card: ServiceCard) -> list[tuple[str, ServiceCard]]:
    """Cards that a device must not enrol with: of another service, or with one member changed."""
    public = public_of(DEVICE_SEAL)
    own = enrolment.make_card(
        load_private(DEVICE_SIGN), seal_key=card.seal_key, epoch="e1", now=NOW, name=card.name
    )
    changed: dict[str, dict[str, Any]] = {
        "another seal key": {"seal_key": SealKey(card.seal_key.kid, public)},
        "another kid": {"seal_key": SealKey("0" * 16, card.seal_key.public)},
        "another epoch": {"epoch": "e2"},
        "another time": {"now": NOW + 1},
        "another name": {"name": "Doorstop"},
        "not signed": {"signature": b""},
        "signed by another key": {"signature": own.signature},
    }
    others = [(name, msgspec.structs.replace(card, **members)) for name, members in changed.items()]
    return [("a card of another service", own), *others]


_BODY = b'{"number":7}'
_PATH = "/api/exchange"


def _base(components: list[tuple[str, str]], headers: dict[str, str]) -> str:
    """The signature base of RFC 9421, put together here and not by the library that signs."""
    parameters = re.fullmatch(r"doorstep=(.*)", headers["Signature-Input"])
    assert parameters
    return "\n".join(
        [*(f"{name}: {value}" for name, value in components), f'"@signature-params": {parameters[1]}']
    )


def signatures() -> dict[str, Any]:
    """Signed requests and replies with their signature bases, and each way of being bad."""
    device, service = load_private(DEVICE_SIGN), load_private(SERVICE_SIGN)
    asked = signing.sign_request(
        device, key_id=DEVICE, number=7, method="POST", path=_PATH, body=_BODY, now_ms=NOW
    )
    told = signing.sign_reply(
        service, key_id="service", status=200, body=b"{}", request_signature=asked["Signature"], now_ms=NOW
    )
    request_base = _base(
        [('"@method"', "POST"), ('"@path"', _PATH), ('"content-digest"', asked["Content-Digest"])], asked
    )
    own = asked["Signature"].removeprefix("doorstep=")
    reply_base = _base(
        [
            ('"@status"', "200"),
            ('"signature";req;key="doorstep"', own),
            ('"content-digest"', told["Content-Digest"]),
        ],
        told,
    )
    request = {"method": "POST", "path": _PATH, "headers": asked, "body": _BODY.decode()}
    reply = {"status": 200, "headers": told, "body": "{}", "request_signature": asked["Signature"]}
    other = signing.sign_request(device, key_id=DEVICE, number=8, method="POST", path=_PATH, body=_BODY)
    cases = [
        case("a request", of="request", **request, base=request_base, expect={"key_id": DEVICE, "number": 7}),
        case("header names in lower case", of="request", **{**request, "headers": {n.lower(): v for n, v in asked.items()}},
             expect={"key_id": DEVICE, "number": 7}),
        case("a reply", of="reply", **reply, base=reply_base, expect={}),
    ]  # fmt: skip
    bad_requests = {
        "not signed": ({**request, "headers": {}}, "missing"),
        "no digest": ({**request, "headers": {n: v for n, v in asked.items() if n != "Content-Digest"}}, "missing"),
        "another body": ({**request, "body": '{"number":8}'}, "digest"),
        "another path": ({**request, "path": "/api/enrol"}, "signature"),
        "another method": ({**request, "method": "PUT"}, "signature"),
        "a path with a query": ({**request, "path": _PATH + "?a=1"}, "malformed"),
        "another request's signature": ({**request, "headers": {**asked, "Signature": other["Signature"]}}, "signature"),
        "another number": ({**request, "headers": {**asked, "Signature-Input": asked["Signature-Input"].replace('"7"', '"9"')}}, "signature"),
        "another key's name": ({**request, "headers": {**asked, "Signature-Input": asked["Signature-Input"].replace(DEVICE, OTHER_DEVICE)}}, "signature"),
        "less is covered": ({**request, "headers": {**asked, "Signature-Input": asked["Signature-Input"].replace(' "@path"', "")}}, "malformed"),
        "no structured field": ({**request, "headers": {**asked, "Signature-Input": "doorstep"}}, "malformed"),
        "a signature of other length": ({**request, "headers": {**asked, "Signature": "doorstep=:AAAA:"}}, "signature"),
        "a number of words": ({**request, "headers": {**asked, "Signature-Input": asked["Signature-Input"].replace('"7"', '"seven"')}}, "malformed"),
    }  # fmt: skip
    bad_replies = {
        "a reply to another request": ({**reply, "request_signature": other["Signature"]}, "signature"),
        "another status": ({**reply, "status": 500}, "signature"),
        "another reply body": ({**reply, "body": '{"revoked":"lost"}'}, "digest"),
        "a reply signed by the device": ({**reply, "headers": signing.sign_reply(
            device, key_id="service", status=200, body=b"{}", request_signature=asked["Signature"], now_ms=NOW)}, "signature"),
        "a reply without signature": ({**reply, "headers": {}}, "missing"),
    }  # fmt: skip
    for of, rows in (("request", bad_requests), ("reply", bad_replies)):
        for name, (members, code) in rows.items():
            must(name, code, _refusal(of, members))
            cases.append(case(name, of=of, **members, error=code))
    return vectors(
        "verify_request under the device's key, verify_reply under the service's; `base` is the exact text signed.",
        cases,
        device_verify_key=public_of(DEVICE_SIGN).hex(),
        service_verify_key=public_of(SERVICE_SIGN).hex(),
    )


def _refusal(of: str, members: dict[str, Any]) -> str:
    members = {**members, "body": members["body"].encode()}
    try:
        if of == "request":
            signing.verify_request(load_public(public_of(DEVICE_SIGN)), **members)
        else:
            signing.verify_reply(load_public(public_of(SERVICE_SIGN)), **members)
    except BadSignature as error:
        return error.code
    return "verified"


def _envelopes() -> list[Envelope]:
    return [
        Envelope(EVENT_ID, 1, chain_start(DEVICE), SEAL_KEY.kid, b"\x04sealed"),
        Envelope(EVENT_ID.replace("1b", "2b"), 2, "ab" * 32, SEAL_KEY.kid, b""),
    ]


def outbox_files() -> dict[str, Any]:
    """A signed outbox file, and the same with a change."""
    raw = make_export(load_private(DEVICE_SIGN), device=DEVICE, now=NOW, events=_envelopes())
    file = codec.decode_outbox_file(raw)
    public = load_public(public_of(DEVICE_SIGN))
    verify_export(public, file)
    changed = {
        "an event missing": msgspec.structs.replace(file, events=file.events[:1]),
        "events in another order": msgspec.structs.replace(file, events=file.events[::-1]),
        "another time": msgspec.structs.replace(file, exported_at=NOW + 1),
        "another device": msgspec.structs.replace(file, device=OTHER_DEVICE),
        "no signature": msgspec.structs.replace(file, signature=b""),
        "a signature of zeros": msgspec.structs.replace(file, signature=bytes(64)),
    }
    cases = [case("signed", file=raw.decode(), expect={})]
    for name, other in changed.items():
        try:
            verify_export(public, other)
        except BadSignature as error:
            cases.append(case(name, file=codec.encode(other).decode(), error=error.code))
        else:
            raise AssertionError(name)
    return vectors(
        "verify_export under the device's key.", cases, device_verify_key=public_of(DEVICE_SIGN).hex()
    )


def messages() -> dict[str, Any]:
    """The messages' exact JSON; decoding and encoding again gives the same bytes. Then what is refused, and where."""
    public = public_of(DEVICE_SIGN)
    good: list[tuple[str, str, msgspec.Struct]] = [
        ("an idle request", "exchange_request", ExchangeRequest(1, NOW, "e1")),
        ("a request", "exchange_request", ExchangeRequest(
            7, NOW, "e1", _envelopes(), [Have(17, 5, "0" * 64, "extras-1"), Have(18, 0)], 2, SEAL_KEY.kid, "doorstep-field 0.1")),
        ("a request after the guide was read", "exchange_request", ExchangeRequest(8, NOW, "e1", app="doorstep-phone 0.1", guide="1")),
        ("an idle reply", "exchange_reply", ExchangeReply(NOW, "e1")),
        ("a reply", "exchange_reply", ExchangeReply(
            NOW, "e1", [Receipt(EVENT_ID, "ab" * 32, "applied", "late_list", 17, 6), Receipt(EVENT_ID, "cd" * 32, "held", "same_id_other_bytes")],
            [Package('{"kind":"full"}', b"\0\1\2")], [Recalled(16, "recalled")], "", True, SEAL_KEY)),
        ("a revoked device", "exchange_reply", ExchangeReply(NOW, "e1", revoked="lost")),
        ("an enrolment", "enrol_request", EnrolRequest(
            enrolment.format_code(enrolment.new_code(public_of(SERVICE_SIGN), bytes(range(10)))), DEVICE, "Blue phone", public, public_of(DEVICE_SEAL), b"\1" * 113, SEAL_KEY.kid, NOW, "doorstep-field 0.1")),
        ("enrolled", "enrol_reply", EnrolReply(DEVICE, "PC 1234 Quill", "e1", NOW, SEAL_KEY, public_of(SERVICE_SIGN), "Europe/London")),
    ]  # fmt: skip
    cases = []
    for name, of, message in good:
        text = codec.encode(message)
        must(name, message, getattr(codec, f"decode_{of}")(text))
        cases.append(case(name, of=of, text=text.decode(), expect=msgspec.to_builtins(message)))
    cases += _broken_events() + _refused()
    return vectors("decode_… then encode; where a message is refused, `where` is the JSON path.", cases)


def _broken_events() -> list[dict[str, Any]]:
    first, second = (msgspec.json.encode(one).decode() for one in _envelopes())
    head = f'{{"number":1,"now":{NOW},"epoch":"e1","events":['
    broken = {
        "an event that is a number": ("7", ""),
        "an event without an id": ('{"seq":1}', ""),
        "an event with a wrong kind of seq": (first.replace('"seq":1', '"seq":"1"'), EVENT_ID),
        "an event with an id of another form": (first.replace(EVENT_ID, "abc"), ""),
        "an event whose sealed is no base64": (first.replace('"sealed":"', '"sealed":"*'), EVENT_ID),
        "an event whose kid holds U+0000": (first.replace(SEAL_KEY.kid, "\\u0000"), EVENT_ID),
    }
    cases = []
    for name, (event, id_) in broken.items():
        text = f"{head}{event},{second}]}}"
        stub = Envelope(id_, 0, "", "", event.encode())
        found = codec.decode_exchange_request(text.encode())
        must(name, [stub, _envelopes()[1]], found.events)
        cases.append(
            case(
                name,
                of="exchange_request",
                text=text,
                events=msgspec.to_builtins(found.events),
                round_trip=False,
            )
        )
    return cases


def _refused() -> list[dict[str, Any]]:
    request = f'{{"number":1,"now":{NOW},"epoch":"e1"}}'
    rows = [
        ("no JSON", "exchange_request", "{", "$"),
        ("empty", "exchange_request", "", "$"),
        ("an array", "exchange_request", "[]", "$"),
        ("no number", "exchange_request", request.replace('"number":1,', ""), "$"),
        ("number 0", "exchange_request", request.replace(":1,", ":0,"), "$.number"),
        ("a number as text", "exchange_request", request.replace(":1,", ':"1",'), "$.number"),
        ("events are no list", "exchange_request", request[:-1] + ',"events":{}}', "$.events"),
        ("501 events", "exchange_request", request[:-1] + ',"events":[' + ",".join(["7"] * 501) + "]}", "$.events"),
        ("a list number below zero", "exchange_request", request[:-1] + ',"have":[{"worklist":-1,"version":1}]}', "$.have[0].worklist"),
        ("an epoch of U+0000", "exchange_request", request.replace("e1", "\\u0000"), "$"),
        ("a lone surrogate", "exchange_request", request.replace("e1", "\\ud800"), "$"),
        ("deeply nested", "exchange_request", '{"x":' * 3000 + "1" + "}" * 3000, "$"),
        ("a status nobody knows", "exchange_reply", f'{{"now":{NOW},"epoch":"e1","receipts":[{{"id":"a","hash":"b","status":"lost"}}]}}', "$.receipts[0].status"),
    ]  # fmt: skip
    cases = []
    for name, of, text, where in rows:
        try:
            getattr(codec, f"decode_{of}")(text.encode())
        except DecodeError as error:
            must(name, where, error.where)
            cases.append(case(name, of=of, text=text, error="decode", where=where))
        else:
            raise AssertionError(f"{name}: decoded")
    return cases
