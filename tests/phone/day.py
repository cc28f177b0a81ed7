"""A day at the doors of two streets, made from a seed, and done on the phone or by the Python client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from playwright.sync_api import expect

from field_client.client import Client
from sync import outcomes
from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    ConsentRecord,
    HazardRecord,
    Purpose,
    RegistrationRecord,
    VisitRecord,
)
from tests.factories.exchange import HOUSES, uprn
from tests.phone.conversation import begin_registration, finish_registration
from tests.phone.officer import Officer

TIMES_EACH = 2  # how often each outcome is recorded, at least
PURPOSES: tuple[Purpose, ...] = ("messages", "surveys", "groups")
LANGUAGES = {"pl": "Polish", "ro": "Romanian"}
HAZARDS = {"dog": "Dog", "person": "Person"}
PARTS = {"morning": "Morning", "evening": "Evening"}
ANSWERS = {"safe_day": ["very_unsafe"], "concerns": ["burglary"]}


@dataclass(frozen=True)
class Knock:
    """One visit at a house, and what came of it. Texts that the outcome does not ask for are "".

    `ending`: kept | undone (at once, and then done over) | withdrawn (at the end of the street). `talk`: "" | register
    | survey, which record the conversation with the visit, or, where it is `apart`, after it.
    """

    street: int
    number: int
    outcome: str
    ending: str = "kept"
    again: bool = False
    talk: str = ""
    apart: bool = False
    part: str = ""
    language: str = ""
    note: str = ""
    hazard: str = ""

    @property
    def uprn(self) -> str:
        """The house."""
        return uprn(self.street, self.number)

    @property
    def row(self) -> outcomes.Outcome:
        """The outcome, with its label and what it asks for."""
        return outcomes.outcome(self.outcome)

    @property
    def address_note(self) -> str:
        """The kind of note on the address that goes with the outcome: the one of its name."""
        return self.outcome if "address_note" in self.row.needs else ""


@dataclass(frozen=True)
class Day:
    """What is done in each of the two streets, in order; between streets, and halfway, the officer syncs."""

    streets: tuple[tuple[Knock, ...], ...]

    @property
    def knocks(self) -> list[Knock]:
        """All of them."""
        return [knock for street in self.streets for knock in street]

    @property
    def kept(self) -> list[Knock]:
        """Those of which the service hears, withdrawn ones too."""
        return [knock for knock in self.knocks if knock.ending != "undone"]

    def talks(self, kind: str) -> list[Knock]:
        """Those with a registration, or with a survey."""
        return [knock for knock in self.knocks if knock.talk == kind]


def plan_day(seed: int) -> Day:
    """A visit at each of 24 houses and second ones at some, with every outcome twice; in each street an undo, a visit
    withdrawn, a registration and a survey.
    """
    random = Random(seed)
    codes = [*outcomes.table().codes()] * TIMES_EACH
    random.shuffle(codes)
    return Day(
        tuple(_plan_street(street, codes[street::2], apart=street == 1, random=random) for street in (0, 1))
    )


def _plan_street(street: int, codes: Sequence[str], *, apart: bool, random: Random) -> tuple[Knock, ...]:
    """`codes` are the outcomes, at least as many as there are houses: those beyond them are second visits."""
    firsts = [_knock(street, place + 1, code, random) for place, code in enumerate(codes[:HOUSES])]
    numbers = random.sample(range(1, HOUSES + 1), HOUSES)
    more = [
        replace(_knock(street, numbers.pop(), "do_not_call", random), ending="withdrawn"),
        *(_knock(street, numbers.pop(), code, random) for code in codes[HOUSES:]),
        Knock(street, numbers.pop(), "spoke", talk="register", apart=apart),
        Knock(street, numbers.pop(), "spoke", talk="survey", apart=not apart),
    ]
    undone = numbers.pop()
    firsts.insert(undone - 1, Knock(street, undone, "no_reply", ending="undone"))
    return (*firsts, *(replace(knock, again=True) for knock in more))


def _knock(street: int, number: int, outcome: str, random: Random) -> Knock:
    needs = outcomes.outcome(outcome).needs
    return Knock(
        street,
        number,
        outcome,
        part=random.choice([*PARTS]) if "callback" in needs else "",
        language=random.choice([*LANGUAGES]) if "language" in needs else "",
        note="The bell is round the back." if "note" in needs else "",
        hazard=random.choice([*HAZARDS]) if "hazard" in needs else "",
    )


@dataclass
class ByHand:
    """The day on a phone: what is tapped and typed."""

    officer: Officer
    name: str
    mail: str

    def walk(self, knocks: Sequence[Knock]) -> None:
        """A street, from Today and back to it, synced halfway and at its end."""
        street = _name(knocks[0])
        self.officer.open_street(street)
        for place, knock in enumerate(knocks):
            if place == len(knocks) // 2:
                self._sync()
                self.officer.open_street(street)
            self._knock(knock)
        for knock in knocks:
            if knock.ending == "withdrawn":
                self._withdraw(knock)
        self._sync()

    def _sync(self) -> None:
        self.officer.await_chained()
        self.officer.home()
        self.officer.sync()

    def _knock(self, knock: Knock) -> None:
        officer = self.officer
        officer.open_house(str(knock.number), _name(knock))
        if knock.again:
            officer.button("Record another visit").click()
        if knock.talk and not knock.apart:
            self._talk(knock)
        else:
            officer.button(knock.row.label).click()
            self._tell(knock)
            officer.await_recorded(knock.row.label)
            if knock.talk:
                self._talk(knock)
        if knock.talk or knock.row.contacted:
            officer.button("Back").click()
        expect(officer.heading(_name(knock))).to_be_visible()
        if knock.ending == "undone":
            officer.undo()

    def _tell(self, knock: Knock) -> None:
        """What the outcome asks for, where it asks."""
        page = self.officer.page
        if not knock.row.needs:
            return
        if knock.part:
            page.get_by_label("Tomorrow").check()
            page.get_by_label(PARTS[knock.part]).check()
        if knock.language:
            page.get_by_label("Which language?").select_option(LANGUAGES[knock.language])
        if knock.note:
            page.get_by_label("For the next officer").fill(knock.note)
        if knock.hazard:
            page.get_by_label(HAZARDS[knock.hazard]).check()
        self.officer.button("Record").click()

    def _talk(self, knock: Knock) -> None:
        if knock.talk == "register":
            begin_registration(self.officer, self.name, self.mail.format(knock.uprn))
            finish_registration(self.officer)
        else:
            self._survey()

    def _survey(self) -> None:
        """What must be answered is, and the first question; the others are left out."""
        officer, title = self.officer, self.officer.page.get_by_role("heading", level=1)
        officer.button("Survey").click()
        officer.button("Begin").click()
        officer.page.get_by_label("Very unsafe").check()
        officer.button("Next").click()
        officer.button("Skip").click()
        officer.page.get_by_label("Burglary").check()
        officer.button("Next").click()
        onward = officer.button("Skip").or_(officer.button("Finish"))
        expect(onward).to_be_visible()
        while onward.inner_text() == "Skip":
            asked = title.inner_text()
            onward.click()
            expect(title).not_to_have_text(asked)
        onward.click()
        officer.button("Back to the house").click()

    def _withdraw(self, knock: Knock) -> None:
        """The latest visit at the house, by its own screen."""
        officer = self.officer
        officer.open_house(str(knock.number), _name(knock))
        officer.button("Withdraw this visit").first.click()
        asked = officer.page.get_by_role("dialog", name="Withdraw this visit?")
        expect(asked).to_contain_text(knock.row.label)
        asked.get_by_role("button", name="Withdraw this visit").click()
        expect(officer.page.get_by_text("Withdrawn", exact=True)).to_be_visible()
        officer.button("Back").click()


@dataclass
class ByProgram:
    """The same day by the Python client."""

    client: Client
    name: str
    mail: str
    tomorrow: date

    def walk(self, knocks: Sequence[Knock]) -> None:
        """A street, synced halfway and at its end."""
        made: dict[Knock, str] = {}
        for place, knock in enumerate(knocks):
            if place == len(knocks) // 2:
                self.client.sync()
            made[knock] = self._knock(knock)
        for knock, event in made.items():
            if knock.ending == "withdrawn":
                self.client.withdraw(event)
        self.client.sync()

    def _knock(self, knock: Knock) -> str:
        people = [self._person(knock)] if knock.talk == "register" else []
        answers = AnswersRecord("doorstep", 1, ANSWERS) if knock.talk == "survey" else None
        visit = VisitRecord(
            knock.outcome,
            callback=Callback(self.tomorrow.isoformat(), knock.part) if knock.part else None,
            language=knock.language or None,
            note=knock.note or None,
        )
        event = self.client.record_visit(
            knock.uprn,
            visit.outcome,
            callback=visit.callback,
            language=visit.language,
            note=visit.note,
            registrations=[] if knock.apart else people,
            answers=None if knock.apart else answers,
            hazard=HazardRecord(knock.hazard) if knock.hazard else None,
            address_note=AddressNote(knock.address_note) if knock.address_note else None,  # type: ignore[arg-type]
            undo_ms=10_000 if knock.ending == "undone" else 0,
        )
        if knock.ending == "undone":
            self.client.undo(event)
        if knock.apart and people:
            self.client.register(knock.uprn, people)
        if knock.apart and answers:
            self.client.survey(knock.uprn, answers)
        return event

    def _person(self, knock: Knock) -> RegistrationRecord:
        wording = self.client.house(knock.uprn).worklist.campaign.consent_version
        return RegistrationRecord(
            id=self.client.new_id(),
            name=self.name,
            email=self.mail.format(knock.uprn),
            consents=[ConsentRecord(purpose, wording, True) for purpose in PURPOSES],
        )


def _name(knock: Knock) -> str:
    return f"Street {knock.street + 1}"
