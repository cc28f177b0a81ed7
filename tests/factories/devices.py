"""A phone for tests: real keys, real seals, a real chain. It sends through the use cases, or through the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.base.access import SYSTEM
from server.base.clock import milliseconds
from server.base.service import Service
from server.devices.enrol import Signed, enrol
from server.devices.invite import make_code
from server.exchange.receive import exchange
from sync import codec, enrolment, envelope, journal, keys, signing, worklist_codec
from sync.events import Envelope, EventBody, EventClock, VisitRecord
from sync.exchange import EnrolReply, EnrolRequest, ExchangeReply, ExchangeRequest, Have, SealKey
from sync.worklist_codec import Worklist

ENROL_PATH = "/api/exchange/enrolments"
EXCHANGE_PATH = "/api/exchange"
UseCase = Callable[..., Signed]


@dataclass
class Phone:
    """A device's keys and counters. `skew_ms` is how far its clock is ahead of the service's."""

    service: Service
    id: str
    sign_private: Any = field(default_factory=keys.generate_private)
    seal_private: Any = field(default_factory=keys.generate_private)
    event_key: bytes = field(default_factory=keys.new_event_key)
    number: int = 0
    seq: int = 0
    prev: str = ""
    epoch: str = ""
    skew_ms: int = 0
    lists: dict[int, Worklist] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.prev = journal.chain_start(self.id)

    @property
    def service_key(self) -> SealKey:
        """The key that events are sealed to."""
        return SealKey(*self.service.keys.seal_key_current)

    def now(self) -> int:
        """Milliseconds by the phone's own clock."""
        return milliseconds(self.service.clock.now()) + self.skew_ms

    def enrol_request(self, code: str, **changes: Any) -> EnrolRequest:
        """What it sends with a code."""
        given: dict[str, Any] = {
            "code": code,
            "device": self.id,
            "name": "A test phone",
            "verify_key": keys.public_bytes(self.sign_private),
            "seal_key": keys.public_bytes(self.seal_private),
            "event_key": envelope.seal_event_key(
                self.event_key, device=self.id, service_key=self.service_key
            ),
            "kid": self.service_key.kid,
            "now": self.now(),
            "app": "test 1",
        }
        return EnrolRequest(**(given | changes))

    def enrol(self, code: str, **changes: Any) -> EnrolReply:
        """Enrol with a code and check the reply's signature."""
        body = codec.encode(self.enrol_request(code, **changes))
        reply = codec.decode_enrol_reply(self._send(enrol, ENROL_PATH, body, self.next_number()))
        self.epoch = reply.epoch
        return reply

    def next_number(self) -> int:
        """A request number that was not used."""
        self.number += 1
        return self.number

    def body(self, uprn: str, outcome: str | None = "no_reply", **members: Any) -> EventBody:
        """An event's body: a visit with this outcome (None: no visit), recorded now by the phone's clock."""
        given: dict[str, Any] = {"campaign": 1, "worklist": 1, "clock": EventClock(self.now())}
        if outcome is not None:
            given["visit"] = VisitRecord(outcome)
        return EventBody(uprn=uprn, **(given | members))

    def record(self, body: EventBody, *, event_id: str | None = None) -> Envelope:
        """Seal and chain an event."""
        event_id = event_id or keys.new_id()
        sealed = envelope.seal_event(
            body,
            event_id=event_id,
            device=self.id,
            service_key=self.service_key,
            event_key=self.event_key,
        )
        made = Envelope(event_id, self.seq + 1, self.prev, self.service_key.kid, sealed)
        self.seq, self.prev = journal.next_link(made)[0] - 1, envelope.envelope_hash(made)
        return made

    def visit(self, uprn: str, outcome: str = "no_reply", **members: Any) -> Envelope:
        """Seal and chain a visit."""
        return self.record(self.body(uprn, outcome, **members))

    def have(self) -> list[Have]:
        """What it holds, told with digests and marks."""
        return [Have(one.worklist, one.version, one.digest, one.extras) for one in self.lists.values()]

    def request(self, events: Sequence[Envelope] = (), **changes: Any) -> ExchangeRequest:
        """An exchange's body under a new number."""
        given: dict[str, Any] = {
            "number": self.next_number(),
            "now": self.now(),
            "epoch": self.epoch,
            "events": list(events),
            "have": self.have(),
            "kid": self.service_key.kid,
            "app": "test 1",
        }
        return ExchangeRequest(**(given | changes))

    def exchange(self, *events: Envelope, **changes: Any) -> ExchangeReply:
        """One exchange; the reply's signature is checked, its lists opened and kept."""
        request = self.request(events, **changes)
        return self.take(codec.decode_exchange_reply(self.send(codec.encode(request), request.number)))

    def take(self, reply: ExchangeReply) -> ExchangeReply:
        """Keep what a reply brings."""
        if reply.epoch != self.epoch:
            self.epoch = reply.epoch
        for gone in reply.recalled:
            self.lists.pop(gone.worklist, None)
        for package in reply.changes:
            header, body = worklist_codec.open_package(package, self.seal_private)
            held = self.lists.get(header.worklist)
            self.lists[header.worklist] = worklist_codec.apply(held, header, body)
        return reply

    def sync(self, *events: Envelope) -> list[ExchangeReply]:
        """Exchanges until the service has no more."""
        replies = [self.exchange(*events)]
        while replies[-1].more:
            replies.append(self.exchange())
        return replies

    def headers(self, body: bytes, number: int, path: str = EXCHANGE_PATH) -> dict[str, str]:
        """The signature's headers of a POST."""
        return signing.sign_request(
            self.sign_private, key_id=self.id, number=number, method="POST", path=path, body=body
        )

    def send(self, body: bytes, number: int) -> bytes:
        """POST an exchange's bytes, signed; the reply's body, whose signature was checked."""
        return self._send(exchange, EXCHANGE_PATH, body, number)

    def _send(self, use_case: UseCase, path: str, body: bytes, number: int) -> bytes:
        headers = self.headers(body, number, path)
        signed = use_case(self.service, method="POST", path=path, headers=headers, body=body)
        signing.verify_reply(
            keys.load_public(self.service.keys.verify_key_bytes),
            status=200,
            headers=signed.headers,
            body=signed.body,
            request_signature=headers["Signature"],
        )
        return signed.body


def create_phone(service: Service, **changes: Any) -> Phone:
    """A phone that is not enrolled yet."""
    return Phone(service, service.new_uuid(), **changes)


def create_device(service: Service, account_id: int, **changes: Any) -> Phone:
    """A phone enrolled for an officer."""
    phone = create_phone(service, **changes)
    phone.enrol(make_code(service, SYSTEM, account_id).code)
    return phone


def mistyped(code: str) -> str:
    """A code with its first character changed."""
    first = enrolment.ALPHABET[(enrolment.ALPHABET.index(code[0]) + 1) % len(enrolment.ALPHABET)]
    return first + code[1:]
