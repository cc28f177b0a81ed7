"""Whatever is sent, the service answers as its description says: never a traceback, never an error of its own."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.service import Service
from server.checks import check_all
from server.devices.invite import make_code
from server.worker import run_once
from sync import codec, envelope, keys
from sync import consents as wordings
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
from sync.sealing import deflate, seal
from tests.factories.app import Caller
from tests.factories.devices import ENROL_PATH, EXCHANGE_PATH, Phone, create_phone
from tests.factories.fieldwork import COAST, CROSSING_STREET, FORCE, HULL, LONG_STREET, NORTH, uprn
from tests.factories.staff import create_account
from tests.proofs.wards import ROLES, Wards, create_wards, fill_outside

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 4}
SENT_BY_PHONES = {"/api/exchange", "/api/exchange/enrolments"}  # signed: fuzzed below, with signatures


def steady(examples: int) -> settings:
    """Few examples, and the same ones each time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def known(made: Wards) -> dict[str, list[Any]]:
    """Ids that are there, by the name of the parameter; half of all paths and bodies name one of these."""
    ids, mine = made.ids, made.inside
    places = (mine, ids["coast"], ids["south"])
    return {
        "uprn": [one["uprn"] for one in places],
        "usrn": [CROSSING_STREET],
        "streets": [[CROSSING_STREET]],
        "code": [FORCE, HULL, NORTH],
        "area": [FORCE, HULL, NORTH, COAST],
        "areas": [[HULL]],
        "campaign_id": [made.both, ids["campaign"], ids["draft"], ids["archived"]],
        "campaign": [0, made.both, ids["campaign"]],
        "worklist_id": [made.list_a, ids["worklist"]],
        "visit_id": [one["visit"] for one in places],
        "hazard_id": [one["hazard"] for one in places],
        "note_id": [one["note"] for one in places],
        "resident_id": [one["resident"] for one in places],
        "device_id": [made.phone_a.id, ids["device"]],
        "held_id": [ids["held"]],
        "feedback_id": [ids["told_street"], ids["told_ward"]],
        "account_id": [ids["officer"]],
        "officers": [[ids["officer"]], [made.officer_a]],
        "questionnaire_id": [1],
        "questionnaire": ["doorstep"],
        "link": [one["link"] for one in places],
    }


def make_real(case: Case, there: dict[str, list[Any]], draw: Any) -> None:
    """Put an id that is there where a made-up one stands."""
    parts = [case.path_parameters, case.query, case.body]
    for part in parts:
        if isinstance(part, dict):
            for name in sorted(there.keys() & part.keys()):
                part[name] = draw(st.sampled_from(there[name]))


@dataclass
class Fuzzing:
    """The service, what is there to name, and what came of it all."""

    made: Wards
    wrong: list[str] = field(default_factory=list)
    answered: dict[str, set[int]] = field(default_factory=dict)

    def fuzz(self, operation: Any, mode: GenerationMode, *, examples: int) -> None:
        """Call an operation with examples, as somebody new who may do everything."""
        there, name = known(self.made), f"{operation.method.upper()} {operation.path}"
        statuses = self.answered.setdefault(name, set())
        username = f"fuzz.{len(self.answered)}"
        create_account(self.made.service, username, *ROLES, "administrator", areas=[FORCE])
        headers = Caller(self.made.app, username).headers | {"If-Match": "*"}
        clock = self.made.service.clock
        assert isinstance(clock, SetClock)

        @steady(examples)
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def answers(case: Case, data: st.DataObject) -> None:
            if data.draw(st.booleans()):
                make_real(case, there, data.draw)
            clock.advance(timedelta(seconds=5))
            case.headers.update(headers)
            answer = case.call()
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        try:
            answers()
        except (
            Exception,
            BaseExceptionGroup,
        ) as error:  # all operations are tried, then all that is wrong is told
            inside = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
            self.wrong += [
                f"{name}: {' '.join(str(one).split())[:1500]}\n{request_of(error)}" for one in inside
            ]


def request_of(error: BaseException) -> str:
    """The request that showed it, as a command."""
    return "\n".join(line.strip() for line in str(error).splitlines() if "curl" in line)[:1500]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_described(service: Service, mode: GenerationMode) -> None:
    if mode is GenerationMode.NEGATIVE and service.db.is_sqlite:
        pytest.skip("what is wrong is refused above the database; PostgreSQL is the stricter one below")
    made = create_wards(service)
    fill_outside(made)
    fuzzing = Fuzzing(made)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", made.app)
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in SENT_BY_PHONES or (mode is GenerationMode.NEGATIVE and not _takes(operation)):
            continue
        fuzzing.fuzz(operation, mode, examples=EXAMPLES[mode])
    assert not fuzzing.wrong, "\n\n".join(fuzzing.wrong)
    pleased = [name for name, statuses in fuzzing.answered.items() if min(statuses) < 300]
    if mode is GenerationMode.POSITIVE:  # not all were refused at the door
        assert len(pleased) > 0.6 * len(fuzzing.answered), sorted(fuzzing.answered.keys() - pleased)
    assert all(run_once(service).values())
    assert [one for one in check_all(service) if one.findings] == []


def _takes(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def posted(made: Wards, phone: Phone, body: bytes, path: str = EXCHANGE_PATH) -> TestResponse:
    """What the service answers to bytes that this phone signed, under its next number."""
    headers = phone.headers(body, phone.number, path)
    return made.app.test_client().post(path, data=body, headers=headers, content_type="application/json")


def sealed_by(phone: Phone, plain: bytes) -> Envelope:
    """An authentic envelope, next in the phone's chain, around bytes that may be no event body."""
    event_id, key = keys.new_id(), phone.service_key
    info, packed = envelope.event_info(event_id, phone.id, key.kid), deflate(plain, 6)
    mac = hmac.digest(phone.event_key, info + packed, "sha256")
    inside = b"".join((b"\x01", mac, len(packed).to_bytes(4, "big"), packed)).ljust(2048, b"\0")
    sealed = seal(inside, keys.load_public(key.public), info)
    made = Envelope(event_id, phone.seq + 1, phone.prev, key.kid, sealed)
    phone.seq, phone.prev = made.seq, envelope.envelope_hash(made)
    return made


def whole_body(phone: Phone, made: Wards) -> dict[str, Any]:
    """An event body with everything in it, as JSON."""
    clock = EventClock(phone.now(), phone.now(), 0)
    person = RegistrationRecord(
        keys.new_id(), "Ada Madeup", [ConsentRecord("surveys", wordings.CURRENT, True)], "ada@madeup.example"
    )
    answers = AnswersRecord("doorstep", 1, {"concerns": ["litter"]}, {"first_thing": "x"}, person.id)
    body = EventBody(
        uprn(LONG_STREET, 2),
        made.both,
        made.list_a,
        clock,
        visit=VisitRecord("callback", Callback("2026-03-04", "evening"), "pl", "note"),
        registrations=[person],
        answers=answers,
        hazard=HazardRecord("dog", "text"),
        address_note=AddressNote("other", "text"),
    )
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body))
    return plain


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every member and element."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inner for found in ((*path, key), *places_in(one, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at a path."""
    if not path:
        return new
    copied = value.copy()
    copied[path[0]] = changed(value[path[0]], path[1:], new)
    return copied


def test_whatever_an_authentic_phone_seals_is_receipted(service: Service) -> None:
    """Every member of an event body in turn is anything at all: each event is applied or held, and nothing breaks."""
    made = create_wards(service)
    phone = made.phone_a
    statuses: set[str] = set()

    @steady(80)
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        whole = whole_body(phone, made)
        bodies = []
        for _ in range(3):
            path = data.draw(st.sampled_from(places_in(whole)))
            bodies.append(json.dumps(changed(whole, path, data.draw(JSON_VALUES))).encode())
        bodies.append(data.draw(st.binary(max_size=200)))
        events = [sealed_by(phone, body) for body in bodies]
        answer = posted(made, phone, codec.encode(phone.request(events)))
        assert answer.status_code == 200, answer.text
        receipts = codec.decode_exchange_reply(answer.data).receipts
        assert [one.id for one in receipts] == [one.id for one in events]
        statuses.update(one.status for one in receipts)

    send()
    assert statuses == {"applied", "held"}
    assert [one for one in check_all(service) if one.findings] == []


def test_whatever_a_new_phone_sends_to_enrol_gets_a_problem(service: Service) -> None:
    made = create_wards(service)
    code = make_code(service, SYSTEM, made.officer_a).code

    @steady(80)
    @given(data=st.data())
    def enrol(data: st.DataObject) -> None:
        phone = create_phone(service)
        phone.next_number()
        request = json.loads(codec.encode(phone.enrol_request(code[::-1])))
        name = data.draw(st.sampled_from(sorted(request)))
        body = json.dumps(request | {name: data.draw(JSON_VALUES)}).encode()
        answer = posted(made, phone, body, ENROL_PATH)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.content_type == "application/problem+json"

    enrol()
    assert create_phone(service).enrol(code).device
