"""A small day with everything in it that nobody but its readers may read: at doors, from home, in the office."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from server.app import create_app
from server.base.service import Service
from server.residents.confirmation import confirmations_due
from server.residents.tables import Resident
from server.surveys.answer import invite_link
from server.surveys.tables import Invite
from server.worker import run_once
from sync import codec, keys
from sync import consents as wordings
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
from tests.factories.app import Caller
from tests.factories.clients import PASSPHRASE, Carried, create_client, pass_time
from tests.factories.devices import create_device
from tests.factories.exchange import FORCE, Field, create_field, uprn
from tests.factories.staff import PASSWORD, create_account
from tests.proofs.grep import Secrets, found_in_files

HOUSE = uprn(0, 1)
ADDRESS = "1 Street 1, Hull, HU6 7AB"
WHY = {"reason": "person_asked"}


@dataclass
class Day:
    """The service, the field, one officer's client, and every text that was put in."""

    service: Service
    app: Flask
    field: Field
    carried: Carried
    secrets: Secrets = field(default_factory=Secrets)
    seen: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def look(self, moment: str) -> None:
        """Search the device's store as it lies there now; what was found is kept in `seen`."""
        self.seen[moment] = found_in_files(self.carried.files, self.secrets)

    def person(
        self, number: int, *, yes: Sequence[str] = wordings.PURPOSES, **more: Any
    ) -> RegistrationRecord:
        """A made-up person of whom everything is known."""
        words = (
            "Quillbert",
            "Marroway",
            "Ysoldine",
            "Trevanion",
            "Oswinetta",
            "Pellingham",
            "Zbigniewa",
            "Łukasiak",
        )
        first, last = words[number % 8], words[(number * 3 + 1) % 8]
        return RegistrationRecord(
            id=keys.new_id(),
            name=self.secrets.name(f"{first} Żółć-{last}{number}"),
            consents=[ConsentRecord(one, wordings.CURRENT, one in yes) for one in wordings.PURPOSES],  # type: ignore[arg-type]
            email=self.secrets.email(f"{first}.{last}{number}@Madeup-Mail{number}.Example"),
            phone=self.secrets.phone(f"07700 9001{number:02d}"),
            language="pl",
            groups=[self.secrets.text(f"Beekeepers of the {number}th allotment")],
            interests=[self.secrets.text(f"mending tandem bicycles {number}")],
            demographics={"ethnicity": "M2", "disability": "limited_a_little"},
            **more,
        )

    def answers(self, person: RegistrationRecord | None, text: str) -> AnswersRecord:
        """Doorstep answers with a text of one's own."""
        choices = {"concerns": ["burglary"], "safe_day": ["safe"]}
        texts = {"first_thing": self.secrets.text(text)}
        return AnswersRecord("doorstep", 1, choices, texts, person.id if person else None)


def spend_day(service: Service, folder: Path) -> Day:
    """Everything up to the evening: recorded offline, synced, answered from home, looked at in the office."""
    made = create_field(service, officers=2)
    app = create_app(service)
    carried = create_client(service, app, made.officers[0], folder / "phone")
    day = Day(service, app, made, carried)
    for private in (PASSPHRASE, PASSWORD):
        day.secrets.text(private)
    for length, part in (
        (2, at_the_doors),
        (1, from_a_phone_with_faults),
        (1, from_home),
        (1, in_the_office),
    ):
        pass_time(service, carried, hours=length)
        part(day)
    assert all(run_once(service).values())
    return day


def at_the_doors(day: Day) -> None:
    """What an officer records, offline, and then syncs."""
    client, secrets = day.carried.client, day.secrets
    anna = day.person(1)
    client.record_visit(
        uprn(0, 1),
        "spoke",
        registrations=[anna],
        answers=day.answers(anna, "The alley lamps by the bins are out"),
    )
    client.record_visit(
        uprn(0, 2), "no_access", note=secrets.text("Side gate latch sticks; the keypad is 4471 then hash")
    )
    client.record_visit(
        uprn(0, 3),
        "unsafe",
        hazard=HazardRecord(
            secrets.text("loose cassowary"), secrets.text("A cassowary behind the left-hand shed")
        ),
    )
    client.record_visit(uprn(0, 4), "callback", callback=Callback("2026-03-04", "evening"))
    client.note(
        uprn(0, 5), AddressNote("split", secrets.text("Now two flats, bells marked Pemberley and Wendle"))
    )
    client.register(uprn(0, 6), [day.person(2), day.person(3, yes=())])
    client.survey(uprn(0, 7), day.answers(None, "Motor scooters on the footpath past midnight"))
    mistaken = client.record_visit(
        uprn(0, 8), "language", language="pl", note=secrets.text("Speaks Kashubian only")
    )
    client.withdraw(mistaken)
    undone = client.record_visit(
        uprn(0, 9), "spoke", note=secrets.text("Undone before it was sealed for good"), undo_ms=5000
    )
    client.undo(undone)
    day.look("recorded offline")
    client.drafts.save(uprn(0, 9), secrets.text("Half a survey: worries about a lodger").encode())


def from_a_phone_with_faults(day: Day) -> None:
    """Events that are held: of a house never listed, of a wording never used, and one that nobody ever sealed."""
    day.carried.client.sync()
    day.look("synced")
    day.carried.client.lock()
    day.look("locked")
    phone = create_device(day.service, day.field.officers[1])
    clock, campaign = EventClock(phone.now()), day.field.campaign
    strange = day.person(4)
    bodies = [
        EventBody(uprn(0, 11), campaign, 1, clock, visit=VisitRecord("spoke"), registrations=[day.person(5)]),
        EventBody(
            uprn(1, 2),
            campaign,
            2,
            clock,
            registrations=[strange],
            answers=day.answers(day.person(6), "Asked nobody, told nobody, and nobody came"),
        ),
        EventBody(
            uprn(1, 3),
            campaign,
            2,
            clock,
            visit=VisitRecord("no_reply", note="\0" + day.secrets.text("A bell that shocks")),
        ),
    ]
    phone.exchange(*(phone.record(body) for body in bodies))
    request = phone.request()
    plain = {"name": day.secrets.name("Unsealed Ferdinanda"), "phone": day.secrets.phone("07700 900199")}
    raw = json.loads(codec.encode(request))
    raw["events"] = [plain | {"id": "not-an-id"}, [day.secrets.text("Never sealed by whoever wrote this")]]
    phone.send(json.dumps(raw).encode(), request.number)


def from_home(day: Day) -> None:
    """A self-registration, confirmed by link; a survey answered by link; preferences; somebody who declines."""
    service, public = day.service, Caller(day.app)
    for number in (7, 8):
        body = self_registration(day.person(number, yes=("surveys",)), uprn(0, 10), "HU6 7AB")
        answer = public.post("/api/registrations", body)
        assert answer.status_code == 202, answer.text
    due = confirmations_due(service)
    links = {one.value: one.link for one in due if one.kind == "email"}
    first, second = (links[key] for key in sorted(links))
    welcome = public.post("/api/registrations/confirm", {"link": first})
    assert welcome.status_code == 200, welcome.text
    assert public.post("/api/registrations/decline", {"link": second}).status_code == 204
    pass_time(service, day.carried, days=15)
    assert all(run_once(service).values())
    with_round = select(Invite.id).where(Invite.state == "open").order_by(Invite.id)
    invites = service.db.read(lambda session: session.scalars(with_round).all())
    assert invites
    for place, invite in enumerate(invites):
        link = invite_link(service, invite)
        assert public.post("/api/surveys/invite/look-ups", {"link": link}).status_code == 200
        record = day.answers(None, f"Nobody tells us what became of it, {place} times over")
        body = {"questionnaire": "doorstep", "version": 1, "choices": record.choices, "texts": record.texts}
        answer = public.post("/api/surveys/answers", body | {"link": link})
        assert answer.status_code == 204, answer.text
    change = {"link": welcome.json["link"], "consents": {"messages": True}}
    assert public.send("PATCH", "/api/preferences", json=change).status_code == 200


def in_the_office(day: Day) -> None:
    """Looking people up, by name and contact; disclosing, exporting, overruling, erasing."""
    create_account(day.service, "ada.example", "administrator", "supervisor", areas=[FORCE])
    office = Caller(day.app, "ada.example")
    found = {}
    for number in (1, 2, 3):
        person = day.person(number)
        for kind, value in (("email", person.email), ("phone", person.phone), ("name_at_house", person.name)):
            body = WHY | {"kind": kind, "value": value, "uprn": uprn(0, 1 if number == 1 else 6)}
            answer = office.post("/api/residents/look-ups", body)
            assert len(answer.json["rows"]) == 1, (kind, answer.text)
            found[number] = answer.json["rows"][0]["id"]
    told = office.post(f"/api/residents/{found[1]}/disclosures", WHY | {"reference": "CASE-1"})
    assert told.json["name"] in day.secrets.forms
    assert office.post("/api/privacy/exports", WHY | {"resident_id": found[1]}).status_code == 200
    assert office.post("/api/privacy/erasures", WHY | {"resident_id": found[2]}).status_code == 200
    stranger = day.person(20)
    traits = {"email": stranger.email, "phone": stranger.phone, "name": stranger.name, "uprn": uprn(0, 6)}
    assert office.post("/api/privacy/erasures", WHY | traits).status_code == 200
    change = WHY | {"opt_out": True}
    assert office.post(f"/api/residents/{found[3]}/preferences", change).status_code == 200
    decided = {"revisit": True, "reason": "vulnerable"}
    assert office.post(f"/api/premises/{uprn(0, 4)}/overrides", decided).status_code == 201
    for path in ("hazards", "notes"):
        rows = office.get(f"/api/{path}").json["rows"]
        assert {row["text"] for row in rows} <= day.secrets.forms.keys()
        decision = {"decision": "confirmed" if path == "hazards" else "accepted"}
        assert office.post(f"/api/{path}/{rows[0]['id']}/review", decision).status_code == 204
    people = day.service.db.read(lambda session: len(session.scalars(select(Resident.id)).all()))
    assert people >= 4


def self_registration(person: RegistrationRecord, house: str, postcode: str) -> dict[str, Any]:
    """A person as they fill in the form at home."""
    return {
        "name": person.name,
        "email": person.email,
        "uprn": house,
        "postcode": postcode,
        "groups": person.groups,
        "interests": person.interests,
        "demographics": person.demographics,
        "consents": [
            {"purpose": one.purpose, "wording": one.wording, "given": one.given} for one in person.consents
        ],
    }
