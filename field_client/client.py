"""The client: what an officer's device can do, over a store, a way to the service, a clock and randomness.

All four come in from outside, so that a simulator can set the clock wrong, drop the network and kill the client
between any two writes. Sentences for the officer are raised as `problems.FieldProblem`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from random import Random, SystemRandom

from field_client import enrol, houses, lists, outbox, own, record
from field_client.clock import Clock, event_clock
from field_client.drafts import Drafts
from field_client.exchange import MOST_EVENTS, Synced, Syncing, estimated_now
from field_client.houses import HouseView, StreetView
from field_client.lists import OpenLists
from field_client.lockbox import KeyCost
from field_client.outbox import Counts
from field_client.own import OwnEvent, OwnEvents
from field_client.problems import Locked, NotEnrolled, Refused, Revoked, UnknownHouse
from field_client.record import AtDoor
from field_client.store import Store
from field_client.transport import Transport
from sync import envelope, export, keys, tokens
from sync.enrolment import EnrolmentCode
from sync.errors import TooLarge
from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    EventBody,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from sync.exchange import SealKey
from sync.worklist import StreetHouses, Told
from sync.worklist_codec import Worklist


def app_name() -> str:
    """The program and its version, as an exchange names them."""
    try:
        return f"doorstep-field {version('doorstep')}"
    except PackageNotFoundError:
        return "doorstep-field"


@dataclass(frozen=True)
class Status:
    """What waits and when it last synced. Times are milliseconds UTC; `synced_ms` None before the first sync."""

    state: str
    device: str
    unlocked: bool
    counts: Counts
    lists: tuple[lists.Held, ...]
    now_ms: int
    synced_ms: int | None
    tries: int
    time_zone: str


class Client:
    """One officer's device. Starting it puts what a kill left in its undo window into the chain."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        clock: Clock,
        random: Random | None = None,
        *,
        app: str = "",
        most_events: int = MOST_EVENTS,
    ) -> None:
        self.store, self.transport, self.clock = store, transport, clock
        self._random = random or SystemRandom()
        self._app = app or app_name()
        self._most_events = most_events
        self._opened = OpenLists(store)
        self._own = OwnEvents(store)
        self.drafts = Drafts(store, clock)
        if outbox.has_pending(store):
            with store.writing("chain") as db:
                outbox.chain(store, db)

    # Enrol, unlock, lock.

    def enrol(
        self,
        code: EnrolmentCode,
        passphrase: str,
        *,
        url: str,
        name: str = "Computer",
        authority: str = "",
        cost: KeyCost | None = None,
    ) -> enrol.Enrolled:
        """Make this store a device of the officer for whom the code was made; it stays unlocked."""
        return enrol.enrol(
            self.store,
            self.transport,
            self.clock,
            code=code,
            passphrase=passphrase,
            url=url,
            name=name,
            app=self._app,
            authority=authority,
            cost=cost,
        )

    def unlock(self, passphrase: str) -> None:
        """Open the lists and own records. Raises WrongPassphrase; Wiped at the tenth wrong try in a row."""
        if self.store.state == "":
            raise NotEnrolled
        self.store.unlock(passphrase)

    def change_passphrase(self, old: str, new: str, *, cost: KeyCost | None = None) -> None:
        """Let another passphrase open this store. Raises as `unlock` for `old`, Refused for a short `new`."""
        if self.store.state == "":
            raise NotEnrolled
        enrol.require_passphrase(new)
        self.store.change_passphrase(old, new, cost or KeyCost())

    def lock(self) -> None:
        """Drop keys, lists and own records from memory. Syncing still works."""
        self._opened.forget()
        self._own.forget()
        self.store.lock()

    def sync(self) -> Synced:
        """Send what waits and take what has changed, until neither side has more."""
        return Syncing(
            self.store, self.transport, self.clock, self._opened, app=self._app, most=self._most_events
        ).run()

    # Looking.

    def now_ms(self) -> int:
        """The service's time as this device can tell."""
        return estimated_now(self.store, self.clock)

    def status(self) -> Status:
        """What waits and when it last synced; needs no unlock."""
        store = self.store
        now = self.now_ms()
        lists.expire(store, now_ms=now)
        return Status(
            state=store.state,
            device=store.device,
            unlocked=store.unlocked,
            counts=outbox.counts(store),
            lists=tuple(lists.held(store)),
            now_ms=now,
            synced_ms=store.get("synced_service"),
            tries=store.number("tries"),
            time_zone=str(store.get("time_zone") or "UTC"),
        )

    def officer(self) -> str:
        """The officer's name. Raises Locked."""
        return self.store.secret("officer").decode()

    def worklists(self) -> list[Worklist]:
        """The lists held, opened; those whose time is up are deleted first, unread. Raises Locked."""
        self._require_unlocked()
        lists.expire(self.store, now_ms=self.now_ms())
        return self._opened.all()

    def damaged_lists(self) -> dict[int, str]:
        """Lists that do not open, and why; they are asked for anew at the next sync."""
        return dict(self._opened.damaged)

    def own_events(self) -> list[OwnEvent]:
        """What this officer recorded here and is still kept, oldest first. Raises Locked."""
        self._require_unlocked()
        return self._own.all()

    def streets(self) -> list[StreetView]:
        """Every street of every list, in walking order, with what is left to do."""
        return [view for held in self.worklists() for view in self._street_views(held)]

    def _street_views(self, held: Worklist) -> Iterator[StreetView]:
        return houses.street_views(
            held, self._events(held.streets), self.now_ms(), self._number_of(held.worklist)
        )

    def _number_of(self, worklist: int) -> int:
        return lists.numbers(self.store).get(worklist, 0)

    def _events(self, streets: Sequence[StreetHouses]) -> dict[str, list[OwnEvent]]:
        return self._own.of(house.uprn for street in streets for house in street.houses)

    def street(self, words: str) -> list[HouseView]:
        """The houses of a street, in walking order, list by list."""
        found: list[HouseView] = []
        for held, street in houses.find_street(self.worklists(), words):
            pairs = ((street, house) for house in street.houses)
            number = self._number_of(held.worklist)
            found += houses.views(held, pairs, self._events([street]), self.now_ms(), number)
        return found

    def told(self, words: str) -> list[tuple[StreetHouses, Told]]:
        """What may be told at the doors of a street, the newest first; each thing once, whatever lists hold it."""
        found = {
            (street.usrn, one): (street, one)
            for held, street in houses.find_street(self.worklists(), words)
            for one in held.told
            if one.usrn == street.usrn
        }
        return list(found.values())

    def find(self, words: str) -> str:
        """The UPRN that the officer means by a UPRN, an address, a number and street, or a postcode."""
        return houses.find_house(self.worklists(), words)

    def house(self, uprn: str, *, campaign: int | None = None) -> HouseView:
        """One house, in the campaign asked for, else in the one whose list comes first."""
        for held in self.worklists():
            pair = held.find(uprn)
            if pair is not None and campaign in (None, held.campaign.id):
                number = self._number_of(held.worklist)
                return next(houses.views(held, [pair], self._own.of([uprn]), self.now_ms(), number))
        raise UnknownHouse(f"House {uprn} is on none of your lists; nothing can be recorded for it here.")

    def registration_token(self, uprn: str, *, campaign: int | None = None) -> str:
        """The token behind the QR code with which residents of this house register themselves."""
        view = self.house(uprn, campaign=campaign)
        if not view.worklist.token_key:
            raise Refused("This list came without registration codes.")
        return tokens.make(view.worklist.token_key, view.worklist.worklist, uprn)

    # Recording.

    def record_visit(
        self,
        uprn: str,
        outcome: str,
        *,
        callback: Callback | None = None,
        language: str | None = None,
        note: str | None = None,
        registrations: Sequence[RegistrationRecord] = (),
        answers: AnswersRecord | None = None,
        hazard: HazardRecord | None = None,
        address_note: AddressNote | None = None,
        campaign: int | None = None,
        undo_ms: int = 0,
    ) -> str:
        """Record one knock with what belongs to it; the event's id. It is safe when this returns."""
        visit = VisitRecord(outcome=outcome, callback=callback, language=language, note=note)
        door = AtDoor(
            visit=visit,
            registrations=registrations,
            answers=answers,
            hazard=hazard,
            address_note=address_note,
        )
        return self._record(uprn, door, campaign=campaign, undo_ms=undo_ms)

    def register(
        self,
        uprn: str,
        registrations: Sequence[RegistrationRecord],
        *,
        answers: AnswersRecord | None = None,
        campaign: int | None = None,
        undo_ms: int = 0,
    ) -> str:
        """Register people of a house after the visit itself was recorded; the event's id."""
        door = AtDoor(registrations=registrations, answers=answers)
        return self._record(uprn, door, campaign=campaign, undo_ms=undo_ms)

    def survey(
        self, uprn: str, answers: AnswersRecord, *, campaign: int | None = None, undo_ms: int = 0
    ) -> str:
        """Record answers given at the door; the event's id."""
        return self._record(uprn, AtDoor(answers=answers), campaign=campaign, undo_ms=undo_ms)

    def hazard(self, uprn: str, kind: str, text: str = "", *, campaign: int | None = None) -> str:
        """Report a danger at the address for whoever comes next; the event's id."""
        return self._record(uprn, AtDoor(hazard=HazardRecord(kind, text)), campaign=campaign)

    def note(self, uprn: str, note: AddressNote, *, campaign: int | None = None) -> str:
        """Say what is wrong with the address; the event's id."""
        return self._record(uprn, AtDoor(address_note=note), campaign=campaign)

    def withdraw(self, event_id: str) -> str:
        """Withdraw an own event recorded before; the withdrawal's id."""
        mine = {event.record.id: event.record for event in self.own_events()}
        if event_id not in mine:
            raise Refused("Only what was recorded on this device in the last 14 days can be withdrawn here.")
        if mine[event_id].withdraws:
            raise Refused("A withdrawal cannot itself be withdrawn; record the visit again.")
        if not mine[event_id].outcome:
            raise Refused("Only a visit can be withdrawn here. Ask a supervisor about anything else.")
        if any(known.withdraws == event_id for known in mine.values()):
            raise Refused("That visit has been withdrawn already.")
        self._require_active()
        before = mine[event_id]
        body = EventBody(
            uprn=before.uprn,
            campaign=before.campaign,
            worklist=before.worklist,
            clock=event_clock(self.store.seen(), self.clock),
            withdraws=event_id,
        )
        return self._keep(body, undo_ms=0)

    def undo(self, event_id: str) -> None:
        """Take back an event within its undo window, without a trace. Raises Refused when it is too late."""
        with self.store.writing("undo") as db:
            outbox.undo(db, event_id)

    def settle(self) -> None:
        """Chain the events whose undo window has passed."""
        if outbox.has_pending(self.store):
            with self.store.writing("chain") as db:
                outbox.chain(self.store, db, now_ms=self.clock.now_ms())

    def new_id(self) -> str:
        """A new identity, for a registration made up outside."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _record(self, uprn: str, door: AtDoor, *, campaign: int | None, undo_ms: int = 0) -> str:
        self._require_active()
        view = self.house(uprn, campaign=campaign)
        clock = event_clock(self.store.seen(), self.clock)
        body = record.make_body(door, uprn=uprn, worklist=view.worklist, clock=clock, now_ms=self.now_ms())
        return self._keep(body, undo_ms=undo_ms)

    def _keep(self, body: EventBody, *, undo_ms: int) -> str:
        """Seal an event and keep it: in the chain at once, or unchained for its undo window."""
        store = self.store
        event_id, kid = self.new_id(), str(store.get("seal_kid"))
        try:
            sealed = envelope.seal_event(
                body,
                event_id=event_id,
                device=store.device,
                service_key=SealKey(kid, store.get("seal_public")),
                event_key=store.secret("event_key"),
            )
        except TooLarge as error:
            raise Refused(str(error)) from None
        with store.writing("record") as db:
            outbox.chain(store, db)
            outbox.add(
                db,
                event_id=event_id,
                kid=kid,
                sealed=sealed,
                undo_until_ms=self.clock.now_ms() + min(undo_ms, outbox.LONGEST_UNDO_MS) if undo_ms else 0,
            )
            own.add(store, db, record.own_record(body, event_id=event_id, now_ms=self.now_ms()))
            if not undo_ms:
                outbox.chain(store, db)
        return event_id

    def export(self) -> bytes:
        """The outbox as a file that the service takes in by hand, signed by this device; needs no unlock."""
        if self.store.state in ("", "enrolling"):
            raise NotEnrolled
        self.settle()
        private = keys.load_private(self.store.get("sign_private"))
        return export.make_export(
            private, device=self.store.device, now=self.clock.now_ms(), events=outbox.every(self.store)
        )

    def _require_active(self) -> None:
        state = self.store.state
        if state in ("", "enrolling"):
            raise NotEnrolled
        if state in ("lost", "leaver"):
            raise Revoked(str(self.store.why_wiped()))
        self._require_unlocked()

    def _require_unlocked(self) -> None:
        if self.store.state in ("", "enrolling"):
            raise NotEnrolled
        if not self.store.unlocked:
            if self.store.row("SELECT 1 FROM slot") is None:
                raise self.store.why_wiped()
            raise Locked
