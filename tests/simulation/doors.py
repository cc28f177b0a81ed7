"""What officers do at doors, drawn by chance from what the rules allow, and what the oracle is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from field_client.client import Client
from field_client.problems import Refused
from sync import consents
from sync.events import AddressNote, AnswersRecord, Callback, ConsentRecord, HazardRecord, RegistrationRecord
from sync.worklist_codec import Worklist
from tests.simulation.oracle import OUTCOMES, Happened, Recorded
from tests.simulation.phone import Phone

UNDO_MS = 60_000


class Doors:
    """One officer's round, as far as the lists on the phone go."""

    def __init__(self, phone: Phone, random: Random) -> None:
        self.phone, self.random = phone, random

    def knock(self) -> str:
        """Knock at one door and record what came of it, sometimes with an undo window that is left to pass."""
        undo_ms = UNDO_MS if self.random.random() < 0.15 else 0
        _, words = self._record(undo_ms)
        return words

    def knock_and_undo(self) -> str:
        """Record something and take it back at once."""
        event_id, words = self._record(UNDO_MS)
        if not event_id:
            return words
        try:
            self.phone.undo(event_id)
        except Refused:
            return f"{words}; too late to undo it"
        return f"{words}; undoes it"

    def withdraw(self) -> str:
        """Withdraw an own visit."""
        running = self.phone.running
        withdrawn = {event.record.withdraws for event in running.own_events()}
        visits = [
            event.record
            for event in running.own_events()
            if event.record.outcome and event.record.id not in withdrawn
        ]
        if not visits:
            return "has nothing to withdraw"
        visit = self.random.choice(visits)
        recorded = Recorded("", self.phone.device, visit.uprn, visit.campaign, **self.phone.clocks())

        def say(event_id: str) -> list[Happened]:
            return [Happened(event_id, "withdrawal", visit.uprn, None, visit.campaign, withdraws=visit.id)]

        self.phone.attempt(lambda client: client.withdraw(visit.id), recorded, say)
        return f"withdraws {visit.outcome} at {visit.uprn}"

    def _record(self, undo_ms: int) -> tuple[str, str]:
        lists = self.phone.running.worklists()
        if not lists:
            return "", "has no list"
        worklist = self.random.choice(lists)
        uprn = self.random.choice([house.uprn for _, house in worklist.houses()] or [""])
        if not uprn:
            return "", "has an empty list"
        outcome = self.random.choice(OUTCOMES)
        details = self._details(outcome, worklist)
        campaign = worklist.campaign.id
        recorded = Recorded("", self.phone.device, uprn, campaign, **self.phone.clocks())
        recorded.answered = "answers" in details
        registrations = [one.id for one in details.get("registrations", ())]

        def do(client: Client) -> str:
            return client.record_visit(uprn, outcome, campaign=campaign, undo_ms=undo_ms, **details)

        def say(event_id: str) -> list[Happened]:
            marks = [Happened(one, "registration", uprn, None) for one in registrations]
            return [Happened(event_id, "visit", uprn, None, campaign, outcome), *marks]

        event_id = self.phone.attempt(do, recorded, say)
        also = f" and {len(registrations)} registration" if registrations else ""
        return event_id, f"records {outcome}{also} at {uprn} for campaign {campaign}"

    def _details(self, outcome: str, worklist: Worklist) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if outcome == "callback":
            today = datetime.fromtimestamp(self.phone.running.now_ms() / 1000, UTC).date()
            day = today + timedelta(days=self.random.randint(1, 5))
            details["callback"] = Callback(day.isoformat(), self.random.choice([None, "evening", "10:30"]))
        if outcome == "language":
            details["language"] = "pl"
        if outcome == "unsafe" or self.random.random() < 0.05:
            details["hazard"] = HazardRecord("dog", "Dog loose in the yard")
        if outcome in ("not_a_home", "not_found"):
            details["address_note"] = AddressNote(outcome, "Nobody could live here")  # type: ignore[arg-type]
        if outcome == "spoke" and self.random.random() < 0.5:
            details["registrations"] = [self._registration(worklist)]
        if outcome == "spoke" and worklist.questionnaires and self.random.random() < 0.5:
            details["answers"] = self._answers(worklist, details.get("registrations", []))
        return details

    def _answers(self, worklist: Worklist, registrations: list[RegistrationRecord]) -> AnswersRecord:
        card = worklist.questionnaires[0]
        return AnswersRecord(
            questionnaire=card.code,
            version=card.version,
            choices={"concerns": self.random.sample(["asb", "burglary", "drugs", "noise"], 2)},
            registration=registrations[0].id if registrations else None,
        )

    def _registration(self, worklist: Worklist) -> RegistrationRecord:
        new_id = self.phone.running.new_id()
        return RegistrationRecord(
            id=new_id,
            name=f"Person {new_id[:8]}",
            email=f"{new_id[:8]}@example.org",
            consents=[
                ConsentRecord(purpose, worklist.campaign.consent_version, self.random.random() < 0.7)
                for purpose in consents.PURPOSES
            ],
        )
