"""What is encoded decodes to the same; what is anything else gives a typed error and nothing else."""

from __future__ import annotations

import random
import tracemalloc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import codec, enrolment, questionnaires, signing, tokens, worklist_codec
from sync.envelope import decode_body, open_event, seal_event, seal_event_key
from sync.errors import (
    BadSignature,
    BadToken,
    DecodeError,
    EnvelopeError,
    Malformed,
    MistypedCode,
    NeedFull,
    SyncError,
    TooLarge,
)
from sync.events import AnswersRecord, Envelope, EventBody, EventClock, VisitRecord
from sync.exchange import ExchangeRequest, Package
from sync.keys import load_private, load_public, verify_raw
from sync.sealing import OVERHEAD_BYTES, deflate, inflate
from sync.worklist import CampaignCard, Policy, StreetHouses, WorklistBody
from tests.sync import made
from tests.sync.vectorsmith.lists import CAMPAIGN, header
from tests.sync.vectorsmith.seals import FULL, SIMPLE
from tests.sync.vectorsmith.shared import (
    DEVICE,
    DEVICE_SEAL,
    EVENT_ID,
    EVENT_KEY,
    SEAL_KEY,
    SERVICE_SEAL,
    public_of,
)

PRIVATE = load_private(SERVICE_SEAL)


def _sealed(body: EventBody) -> bytes:
    return seal_event(body, event_id=EVENT_ID, device=DEVICE, service_key=SEAL_KEY, event_key=EVENT_KEY)


def _envelope(sealed: bytes) -> Envelope:
    return Envelope(EVENT_ID, 1, "0" * 64, SEAL_KEY.kid, sealed)


@given(made.bodies)
def test_an_event_opens_to_what_was_sealed_in_a_bucket_of_a_power_of_two(body: EventBody) -> None:
    sealed = _sealed(body)
    assert open_event(_envelope(sealed), DEVICE, PRIVATE, EVENT_KEY) == body
    bucket = len(sealed) - OVERHEAD_BYTES
    assert bucket >= 1024
    assert bucket & (bucket - 1) == 0


def test_a_bare_visit_and_one_with_registration_and_answers_are_of_one_size() -> None:
    assert len(_sealed(SIMPLE)) == len(_sealed(FULL)) == 1024 + OVERHEAD_BYTES


def test_what_does_not_fit_the_largest_bucket_is_refused_in_words() -> None:
    chance = random.Random(7)
    texts = {
        f"q{number}": "".join(chr(chance.randrange(0x4E00, 0x9F00)) for _ in range(2000))
        for number in range(20)
    }
    with pytest.raises(TooLarge, match="shorten"):
        _sealed(EventBody("1", 1, 1, EventClock(1), answers=AnswersRecord("local", 1, {}, texts)))


@given(st.binary(max_size=300))
def test_bytes_that_are_no_event_are_unreadable(raw: bytes) -> None:
    with pytest.raises(EnvelopeError):
        open_event(_envelope(raw), DEVICE, PRIVATE, EVENT_KEY)


def test_a_deflate_bomb_is_refused_without_being_unfolded() -> None:
    bomb = deflate(bytes(64 << 20), 9)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="more than"):
            inflate(bomb, 256 << 10)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_a_body_that_is_none_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode_body(raw)


def test_the_error_of_a_malformed_body_never_repeats_what_a_person_said() -> None:
    raw = msgspec.json.encode(
        EventBody("1", 1, 1, EventClock(1), visit=VisitRecord("spoke", note="Marigold"))
    )
    for broken in (
        raw.replace(b'"Marigold"', b'["Marigold"]'),
        raw.replace(b'"uprn":"1"', b'"uprn":"Marigold"'),
    ):
        with pytest.raises(Malformed) as refusal:
            decode_body(broken)
        assert "Marigold" not in str(refusal.value)
        assert "$." in str(refusal.value)


DECODERS = [
    codec.decode_exchange_request,
    codec.decode_exchange_reply,
    codec.decode_enrol_request,
    codec.decode_enrol_reply,
    codec.decode_service_card,
    codec.decode_outbox_file,
    questionnaires.parse,
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
request_like = st.fixed_dictionaries(
    {
        "number": st.just(1) | json_values,
        "now": st.just(1) | json_values,
        "epoch": st.just("e") | json_values,
    },
    optional={
        "events": st.lists(json_values, max_size=3) | json_values,
        "have": json_values,
        "kid": json_values,
    },
)


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
@given(
    raw=st.binary(max_size=200) | json_values.map(msgspec.json.encode) | request_like.map(msgspec.json.encode)
)
def test_a_decoder_gives_a_message_or_a_typed_error(decode: object, raw: bytes) -> None:
    refusal = None
    try:
        decode(raw)  # type: ignore[operator]
    except DecodeError as error:
        refusal = error
    assert refusal is None or refusal.where.startswith("$")


@given(st.lists(json_values.map(msgspec.json.encode), max_size=4))
def test_no_event_whatever_it_is_spoils_a_request(events: list[bytes]) -> None:
    good = msgspec.json.encode(_envelope(b"sealed"))
    raw = b'{"number":1,"now":1,"epoch":"e","events":[' + b",".join([*events, good]) + b"]}"
    found = codec.decode_exchange_request(raw)
    assert len(found.events) == len(events) + 1
    assert found.events[-1] == _envelope(b"sealed")
    assert [one.sealed for one in found.events[:-1]] == events


@given(
    st.lists(st.integers(1, 2**53 - 1), max_size=5),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_a_request_survives_the_wire_unless_it_holds_nul(numbers: list[int], app: str) -> None:
    events = [Envelope(EVENT_ID, number, "ab" * 32, "kid", number.to_bytes(8, "big")) for number in numbers]
    request = ExchangeRequest(7, 1, "e", events, app=app)
    if "\0" in app:
        with pytest.raises(DecodeError):
            codec.decode_exchange_request(codec.encode(request))
    else:
        assert codec.decode_exchange_request(codec.encode(request)) == request


def _list(version: int, streets: tuple[StreetHouses, ...]) -> worklist_codec.Worklist:
    digest = worklist_codec.digest(streets)
    body = WorklistBody(17, version, digest, CAMPAIGN, streets=streets)
    return worklist_codec.apply(None, header("full", 0, version), body)


@given(made.streets(), made.streets())
@settings(max_examples=60)
def test_the_difference_of_two_lists_turns_the_one_into_the_other(
    old: tuple[StreetHouses, ...], new: tuple[StreetHouses, ...]
) -> None:
    held, wanted = _list(1, old), _list(2, new)
    changed, removed = worklist_codec.diff(held, wanted)
    body = WorklistBody(17, 2, wanted.digest, streets=changed, removed=removed)
    assert worklist_codec.apply(held, header("delta", 1, 2), body) == wanted
    assert worklist_codec.diff(wanted, wanted) == ((), ())


@given(made.streets(), made.streets())
@settings(max_examples=60)
def test_a_digest_shifts_from_one_list_to_the_other_by_the_rows_that_changed(
    old: tuple[StreetHouses, ...], new: tuple[StreetHouses, ...]
) -> None:
    rows = [
        {worklist_codec.row_digest(s, house) for s in streets for house in s.houses} for streets in (old, new)
    ]
    shifted = worklist_codec.shift_digest(worklist_codec.digest(old), rows[1] - rows[0], rows[0] - rows[1])
    assert shifted == worklist_codec.digest(new)


@given(made.streets())
@settings(max_examples=40)
def test_a_package_opens_to_what_was_sealed(streets: tuple[StreetHouses, ...]) -> None:
    body = WorklistBody(17, 3, worklist_codec.digest(streets), CAMPAIGN, token_key=b"k" * 32, streets=streets)
    package = worklist_codec.seal_package(header("full", 0, 3), body, public_of(DEVICE_SEAL))
    assert worklist_codec.open_package(package, load_private(DEVICE_SEAL)) == (header("full", 0, 3), body)


def test_a_list_whose_digest_is_not_the_services_is_asked_for_again() -> None:
    campaign = CampaignCard(1, "c", "2026-06-30", Policy(), {}, "2026-01")
    with pytest.raises(NeedFull):
        worklist_codec.apply(None, header("full", 0, 1), WorklistBody(17, 1, "1" * 64, campaign))
    empty = WorklistBody(17, 1, worklist_codec.EMPTY_DIGEST)
    with pytest.raises(NeedFull, match="campaign"):
        worklist_codec.apply(None, header("full", 0, 1), empty)


@given(st.text(max_size=100), st.binary(max_size=200))
def test_a_package_of_anything_gives_a_typed_error(text: str, raw: bytes) -> None:
    with pytest.raises(EnvelopeError):
        worklist_codec.open_package(Package(text, raw), load_private(DEVICE_SEAL))


@given(st.integers(0, 5_000_000))
def test_padding_costs_at_most_an_eighth(length: int) -> None:
    padded = worklist_codec.padded_length(length)
    assert length <= padded <= max(512, length * 1.12)


@given(st.binary(min_size=10, max_size=10), st.integers(0, 39), st.sampled_from(enrolment.ALPHABET))
def test_one_wrong_character_in_a_code_is_found_in_its_group(secret: bytes, place: int, letter: str) -> None:
    text = enrolment.format_code(enrolment.new_code(public_of(SERVICE_SEAL), secret)).replace("-", "")
    typed = text[:place] + letter + text[place + 1 :]
    if typed == text:
        assert enrolment.parse_code(typed).secret == secret
        return
    with pytest.raises(MistypedCode) as refusal:
        enrolment.parse_code(typed)
    assert refusal.value.group == place // 5 + 1


@given(st.binary(min_size=10, max_size=10), st.integers(0, 38))
def test_two_neighbours_swapped_in_a_code_are_found(secret: bytes, place: int) -> None:
    text = enrolment.format_code(enrolment.new_code(public_of(SERVICE_SEAL), secret)).replace("-", "")
    typed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if typed != text:
        with pytest.raises(MistypedCode):
            enrolment.parse_code(typed)


@given(st.text(max_size=60))
def test_a_code_of_anything_gives_a_kind_error(text: str) -> None:
    with pytest.raises(MistypedCode, match=r"Group|A code has"):
        enrolment.parse_code(text)


@given(st.integers(0, 2**40 - 1), made.uprns)
def test_a_token_says_its_list_and_house_and_holds_under_its_key_alone(worklist: int, uprn: str) -> None:
    token = tokens.make(b"k" * 32, worklist, uprn)
    assert len(token) == 28
    assert tokens.check(b"k" * 32, token) == tokens.Claim(worklist, uprn)
    with pytest.raises(BadToken):
        tokens.check(b"l" * 32, token)


@given(st.text(max_size=40) | st.text("ABCdef-_09", min_size=28, max_size=28))
def test_a_token_of_anything_gives_a_typed_error(text: str) -> None:
    with pytest.raises(BadToken):
        tokens.check(b"k" * 32, text)


header_text = st.text(max_size=80) | st.from_regex(r'doorstep=\("@method"[^\n]{0,60}', fullmatch=True)


@given(header_text, header_text, st.sampled_from(("", "sha-256=:AAAA:")) | header_text)
def test_signature_headers_of_anything_give_a_typed_error(
    signature_input: str, signature: str, digest: str
) -> None:
    headers = {"Signature-Input": signature_input, "signature": signature, "Content-Digest": digest}
    public = load_public(public_of(SERVICE_SEAL))
    for call in (
        lambda: signing.read_signer(headers),
        lambda: signing.verify_request(public, method="POST", path="/", headers=headers, body=b""),
        lambda: signing.verify_reply(
            public, status=200, headers=headers, body=b"", request_signature="doorstep=:AA==:"
        ),
    ):
        with pytest.raises(BadSignature):
            call()


def test_ecdsa_signatures_are_those_of_rfc_9421_appendix_b_2_4() -> None:
    x = "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA="
    y = "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0="
    point = b"\x04" + msgspec.convert(x.replace("_", "/").replace("-", "+"), bytes)
    point += msgspec.convert(y.replace("_", "/").replace("-", "+"), bytes)
    base = (
        '"@status": 200\n"content-type": application/json\n'
        '"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX6'
        "9wWdXymyU0rjJuahq4l5aGgfLQ==:\n"
        '"content-length": 23\n"@signature-params": ("@status" "content-type" "content-digest" "content-length")'
        ';created=1618884473;keyid="test-key-ecc-p256"'
    )
    signature = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
    assert verify_raw(load_public(point), msgspec.convert(signature, bytes), base.encode())
    assert not verify_raw(load_public(point), msgspec.convert(signature, bytes), base.encode() + b" ")


@given(st.binary(max_size=80))
def test_keys_of_anything_give_a_typed_error(raw: bytes) -> None:
    with pytest.raises(SyncError):
        load_public(raw)
    if len(raw) != 32:
        with pytest.raises(SyncError):
            load_private(raw)


def test_an_event_key_of_another_length_is_not_sealed() -> None:
    with pytest.raises(SyncError, match="32 bytes"):
        seal_event_key(b"short", device=DEVICE, service_key=SEAL_KEY)
