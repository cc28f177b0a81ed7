"""A service in memory, made of `sync` alone: it enrols, journals, folds, receipts and packs as PROTOCOL.md says.

Enough to try the client against before and beside the real one; the end-to-end tests take the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from field_client.problems import NotReached
from field_client.transport import Answer
from sync import codec, consents, enrolment, envelope, fold, keys, outcomes, signing, worklist_codec
from sync.clock import corrected_at
from sync.events import Envelope, EventBody
from sync.exchange import (
    EnrolReply,
    ExchangeReply,
    ExchangeRequest,
    Have,
    Package,
    Recalled,
    Receipt,
    SealKey,
)
from sync.revisit import decide
from sync.worklist import (
    CampaignCard,
    House,
    HouseState,
    PackageHeader,
    Policy,
    QuestionnaireCard,
    StreetHouses,
    WorklistBody,
)
from sync.worklist_codec import Worklist

ZONE = "Europe/London"
START_MS = 1_772_442_000_000  # Monday 2 March 2026, 09:00 UTC
DAY_MS = 24 * 3_600_000
LIST = 11
CAMPAIGN = 3
QUESTIONNAIRE = {
    "code": "doorstep",
    "version": 2,
    "title": {"en": "Your area"},
    "languages": ["en", "pl"],
    "questions": [
        {
            "code": "concerns",
            "kind": "many",
            "most": 2,
            "required": True,
            "text": {"en": "What worries you here?", "pl": "Co Cię tu niepokoi?"},
            "choices": [
                {"code": "speeding", "label": {"en": "Speeding", "pl": "Prędkość"}},
                {"code": "burglary", "label": {"en": "Burglary", "pl": "Włamania"}},
                {"code": "none", "label": {"en": "Nothing", "pl": "Nic"}, "alone": True},
            ],
        },
        {
            "code": "where",
            "kind": "text",
            "text": {"en": "Where is it worst?"},
            "show_if": [{"question": "concerns", "any_of": ["speeding"]}],
        },
    ],
}


def a_street(
    usrn: str, name: str, place: int, numbers: range, first_uprn: int, postcode: str = "HU5 2AA"
) -> StreetHouses:
    """A street with one house a number."""
    houses = tuple(
        House(
            str(first_uprn + at),
            at,
            f"{number} {name}",
            at * 10,
            5,
            "yes",
            "",
            HouseState(),
            postcode=postcode,
        )
        for at, number in enumerate(numbers)
    )
    return StreetHouses(usrn, name, place, -340_000, 53_750_000, houses)


STREETS = (
    a_street("30001", "Newland Avenue", 1, range(10, 16), 100_000_010),
    a_street("30002", "De Grey Street", 2, range(1, 5), 100_000_101, "HU5 2RP"),
)


def a_worklist(
    streets: tuple[StreetHouses, ...] = STREETS, *, worklist: int = LIST, not_after: int = 0
) -> Worklist:
    """A list of the campaign, at version 1."""
    card = CampaignCard(
        CAMPAIGN,
        "Newland spring",
        "2026-04-30",
        Policy(),
        consents.WORDINGS[consents.CURRENT],
        consents.CURRENT,
    )
    return Worklist(
        worklist=worklist,
        version=1,
        epoch="e1",
        not_after=not_after or START_MS + 7 * DAY_MS,
        digest=worklist_codec.digest(streets),
        campaign=card,
        officer="PC Made Up",
        outcomes=outcomes.as_wire(),
        questionnaires=[QuestionnaireCard("doorstep", 2, QUESTIONNAIRE)],
        token_key=b"k" * 32,
        streets=streets,
    )


@dataclass
class Device:
    """What the service keeps of one device."""

    id: str
    verify_key: bytes
    seal_key: bytes
    event_key: bytes
    number: int = 0
    revoked: str = ""


@dataclass
class FakeService:
    """`now_ms` is its clock. `journal` are the envelopes in order of arrival; `bodies` those that were applied."""

    now_ms: int = START_MS
    epoch: str = "e1"
    lists: dict[int, Worklist] = field(default_factory=dict)
    history: dict[tuple[int, int], Worklist] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    journal: list[tuple[str, Envelope]] = field(default_factory=list)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    bodies: dict[str, EventBody] = field(default_factory=dict)
    facts: dict[str, list[fold.Fact]] = field(default_factory=dict)
    hold: dict[str, str] = field(default_factory=dict)
    requests: list[ExchangeRequest] = field(default_factory=list)
    more: bool = False

    def __post_init__(self) -> None:
        self.sign_key = keys.generate_private()
        self.seal_private = keys.generate_private()
        public = keys.public_bytes(self.seal_private)
        self.seal_key = SealKey(keys.new_kid(public), public)
        self.codes: dict[str, str] = {}
        self.private_by_kid = {self.seal_key.kid: self.seal_private}

    @property
    def verify_key(self) -> bytes:
        return keys.public_bytes(self.sign_key)

    def new_code(self) -> enrolment.EnrolmentCode:
        code = enrolment.new_code(self.verify_key)
        self.codes[enrolment.stored_form(code)] = ""
        return code

    def new_seal_key(self) -> None:
        self.seal_private = keys.generate_private()
        public = keys.public_bytes(self.seal_private)
        self.seal_key = SealKey(keys.new_kid(public), public)
        self.private_by_kid[self.seal_key.kid] = self.seal_private

    def give(self, worklist: Worklist) -> None:
        """Allocate a list to every device, or change one that is there."""
        self.lists[worklist.worklist] = worklist
        self.history[worklist.worklist, worklist.version] = worklist

    def recall(self, worklist: int, reason: str = "recalled") -> None:
        del self.lists[worklist]
        self.ended[worklist] = reason

    # HTTP.

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if (method, path) == ("GET", "/api/exchange/card"):
            card = enrolment.make_card(
                self.sign_key, seal_key=self.seal_key, epoch=self.epoch, now=self.now_ms, name="Doorstep"
            )
            return Answer(200, {"content-type": "application/json"}, codec.encode(card))
        if (method, path) == ("POST", "/api/exchange/enrolments"):
            return self._enrol(path, headers, body)
        if (method, path) == ("POST", "/api/exchange"):
            return self._exchange(path, headers, body)
        return problem(404, "not_found")

    def _signed(self, message: msgspec.Struct, headers: Mapping[str, str]) -> Answer:
        body = codec.encode(message)
        signed = signing.sign_reply(
            self.sign_key, key_id="service", status=200, body=body, request_signature=headers["Signature"]
        )
        return Answer(200, {name.lower(): value for name, value in signed.items()}, body)

    def _enrol(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request = codec.decode_enrol_request(body)
        signer = signing.verify_request(
            keys.load_public(request.verify_key), method="POST", path=path, headers=headers, body=body
        )
        assert signer.key_id == request.device
        stored = enrolment.stored_form(enrolment.parse_code(request.code))
        if stored not in self.codes:
            return problem(422, "unknown_code")
        if self.codes[stored] not in ("", request.device):
            return problem(409, "conflict")
        self.codes[stored] = request.device
        event_key = envelope.open_event_key(
            request.event_key,
            device=request.device,
            kid=request.kid,
            private_key=self.private_by_kid[request.kid],
        )
        self.devices.setdefault(
            request.device,
            Device(request.device, request.verify_key, request.seal_key, event_key, signer.number),
        )
        reply = EnrolReply(
            request.device, "PC Made Up", self.epoch, self.now_ms, self.seal_key, self.verify_key, ZONE
        )
        return self._signed(reply, headers)

    def _exchange(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        device = self.devices.get(signing.read_signer(headers).key_id)
        if device is None:
            return problem(401, "bad_signature")
        signer = signing.verify_request(
            keys.load_public(device.verify_key), method="POST", path=path, headers=headers, body=body
        )
        request = codec.decode_exchange_request(body)
        assert signer.number == request.number
        if request.number <= device.number:
            return problem(409, "replayed")
        device.number = request.number
        self.requests.append(request)
        receipts = [self._receive(device, event, request.now) for event in request.events]
        reply = ExchangeReply(
            now=self.now_ms,
            epoch=self.epoch,
            receipts=receipts,
            changes=[] if device.revoked else self._pack(device, request),
            recalled=[
                Recalled(n, why) for n, why in self.ended.items() if n in {h.worklist for h in request.have}
            ],  # type: ignore[arg-type]
            revoked=device.revoked,  # type: ignore[arg-type]
            more=self.more,
            seal_key=None if request.kid == self.seal_key.kid else self.seal_key,
        )
        return self._signed(reply, headers)

    # Events.

    def _receive(self, device: Device, event: Envelope, request_now: int) -> Receipt:
        event_hash = envelope.envelope_hash(event)
        known = self.receipts.get((device.id, event.id))
        if known is not None:
            if known.hash != event_hash:
                return Receipt(event.id, event_hash, "held", "same_id_other_bytes")
            return msgspec.structs.replace(known, status="duplicate")
        self.journal.append((device.id, event))
        receipt = self._apply(device, event, event_hash, request_now)
        self.receipts[device.id, event.id] = receipt
        return receipt

    def _apply(self, device: Device, event: Envelope, event_hash: str, request_now: int) -> Receipt:
        if device.revoked == "lost" or event.id in self.hold:
            return Receipt(event.id, event_hash, "held", self.hold.get(event.id, "revoked_lost"))
        body = envelope.open_event(event, device.id, self.private_by_kid[event.kid], device.event_key)
        self.bodies[event.id] = body
        at = corrected_at(body.clock, request_now, self.now_ms)
        said = self.facts.setdefault(body.uprn, [])
        if body.visit:
            callback = body.visit.callback
            said.append(
                fold.Fact(
                    id=event.id,
                    kind="visit",
                    at=at,
                    campaign=body.campaign,
                    outcome=body.visit.outcome,
                    callback_date=callback.date if callback else "",
                    callback_slot=(callback.slot or "") if callback else "",
                    language=body.visit.language or "",
                )
            )
        if body.withdraws:
            said.append(fold.Fact(id=event.id, kind="withdrawal", at=at, withdraws=body.withdraws))
        said += [
            fold.Fact(id=person.id, kind="registration", at=at, resident=person.id, registered="registered")
            for person in body.registrations
        ]
        version = self._refold(body.uprn, body.hazard.kind if body.hazard else "")
        return Receipt(event.id, event_hash, "applied", "", body.worklist if version else 0, version)

    def _refold(self, uprn: str, hazard: str) -> int:
        version = 0
        for held in list(self.lists.values()):
            if held.find(uprn) is None:
                continue
            state = fold.fold(self.facts[uprn], CAMPAIGN, ZONE)
            decision = decide(state, held.campaign.policy, self.now_ms, ZONE)

            def changed(
                house: House, state: HouseState = state, flag: str = decision.answer, why: str = decision.text
            ) -> House:
                if house.uprn != uprn:
                    return house
                hazards = (*house.hazards, hazard) if hazard else house.hazards
                return msgspec.structs.replace(house, state=state, flag=flag, reason=why, hazards=hazards)

            streets = tuple(
                msgspec.structs.replace(street, houses=tuple(changed(house) for house in street.houses))
                for street in held.streets
            )
            version = held.version + 1
            self.give(
                msgspec.structs.replace(
                    held, streets=streets, version=version, digest=worklist_codec.digest(streets)
                )
            )
        return version

    # Lists.

    def _pack(self, device: Device, request: ExchangeRequest) -> list[Package]:
        have = {one.worklist: one for one in request.have}
        packages = []
        for held in self.lists.values():
            known = have.get(held.worklist, Have(held.worklist, 0))
            base = self.history.get((held.worklist, known.version)) if request.epoch == self.epoch else None
            if base is not None and known.digest not in ("", base.digest):
                base = None
            if base is None:
                packages.append(self.package(device, held, None))
            elif base.version < held.version:
                packages.append(self.package(device, held, base))
        return packages

    def package(self, device: Device, held: Worklist, base: Worklist | None) -> Package:
        header = PackageHeader(
            kind="delta" if base else "full",
            worklist=held.worklist,
            base=base.version if base else 0,
            version=held.version,
            epoch=self.epoch,
            device=device.id,
            kid=keys.new_kid(device.seal_key),
            not_after=held.not_after,
        )
        if base:
            streets, removed = worklist_codec.diff(base, held)
            body = WorklistBody(held.worklist, held.version, held.digest, streets=streets, removed=removed)
        else:
            body = WorklistBody(
                held.worklist,
                held.version,
                held.digest,
                campaign=held.campaign,
                officer=held.officer,
                time_zone=held.time_zone,
                outcomes=held.outcomes,
                questionnaires=held.questionnaires,
                token_key=held.token_key,
                streets=held.streets,
            )
        return worklist_codec.seal_package(header, body, device.seal_key)


def problem(status: int, code: str) -> Answer:
    """A problem document, unsigned as errors are."""
    body = msgspec.json.encode({"code": code, "status": status, "title": "No"})
    return Answer(status, {"content-type": "application/problem+json"}, body)


@dataclass
class Wire:
    """A transport to the fake service. `trouble` is what happens to the next request or reply, and then no more."""

    service: FakeService
    trouble: list[str] = field(default_factory=list)
    down: bool = False

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        trouble = self.trouble.pop(0) if self.trouble else ""
        if self.down or trouble == "no way there":
            raise NotReached("The service cannot be reached.")
        if trouble == "portal":
            return Answer(
                200, {"content-type": "text/html"}, b"<!DOCTYPE html><title>Sign in to Wi-Fi</title>"
            )
        if trouble == "redirect":
            return Answer(302, {"location": "http://portal.invalid/"}, b"")
        if trouble == "server error":
            return Answer(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
        answer = self.service.answer(method, path, headers, body)
        if trouble == "reply lost":
            raise NotReached("The connection broke off.")
        if trouble == "reply cut":
            return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        if trouble == "unsigned":
            return Answer(answer.status, {"content-type": "application/json"}, answer.body)
        if trouble == "forged":
            return self._forged(answer, headers)
        return answer

    def _forged(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        """The same words, with a wipe order, under a stranger's key."""
        reply = msgspec.structs.replace(codec.decode_exchange_reply(answer.body), revoked="lost")
        body = codec.encode(reply)
        signed = signing.sign_reply(
            keys.generate_private(),
            key_id="service",
            status=200,
            body=body,
            request_signature=headers["Signature"],
        )
        return Answer(200, {name.lower(): value for name, value in signed.items()}, body)
