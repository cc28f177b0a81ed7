"""What coordinators, supervisors, the address file and the worker do meanwhile, by the service's own use cases."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random

from sqlalchemy import select, update

from server.base.access import SYSTEM
from server.base.clock import milliseconds
from server.base.problems import Problem
from server.base.state import new_epoch
from server.exchange.ingest import ingest
from server.fieldwork.address_changes import apply
from server.fieldwork.allocate import allocate
from server.fieldwork.recall import expire_lists, extend, recall, recall_streets
from server.fieldwork.supervise import lift, override, withdraw_visit
from server.fieldwork.tables import Holding, Worklist
from server.fieldwork.ungranted import take_back
from server.geography.changes import PremisesChange
from server.geography.lock import lock_streets
from server.geography.tables import Premises
from server.privacy.erase import erase_resident
from server.residents.tables import Registration
from server.staff.accounts import Grant, change_account, read_account
from server.targeting.rank import rank
from tests.simulation.oracle import Happened
from tests.simulation.world import FORCE, WARDS, World


class Deeds:
    """`things` is what the oracle is told of: the facts that come from the service's side."""

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random = world, random
        self.things: list[Happened] = []
        self._retired: set[str] = set()

    def allocate(self) -> str:
        """Give what nobody holds of some streets to officers."""
        world = self.world
        campaign = self.random.choice(sorted(world.campaigns))
        usrns = [usrn for usrn in world.campaigns[campaign] if usrn not in self._held(campaign)]
        if not usrns:
            return ""
        chosen = self.random.sample(usrns, self.random.randint(1, len(usrns)))
        officers = self.random.sample(world.officers, self.random.randint(1, min(2, len(world.officers))))
        try:
            made = allocate(
                world.service,
                world.supervisor,
                campaign,
                officers=officers,
                usrns=sorted(chosen),
                most_houses=self.random.choice([3, 200]),
                hours=self.random.choice([30, 72]),
            )
        except Problem as problem:
            return f"allocates nothing: {problem}"
        lists = ", ".join(f"{one.worklist_id} to {one.account_id} ({one.houses})" for one in made)
        return f"allocates for campaign {campaign} list {lists}"

    def recall(self) -> str:
        """Take a list back, or some streets of it, or let it run longer."""
        world = self.world
        columns = (Worklist.id, Worklist.not_after)
        running = world.service.db.read(
            lambda session: session.execute(
                select(*columns).where(Worklist.state == "active").order_by(Worklist.id)
            ).all()
        )
        if not running:
            return ""
        number, not_after = self.random.choice(running)
        what = self.random.choice(["recall", "recall", "streets", "extend"])
        try:
            if what == "extend":
                extend(
                    world.service,
                    world.supervisor,
                    number,
                    not_after=not_after.replace(hour=23, minute=59, day=18),
                )
            elif what == "streets":
                usrn = self.random.choice(self._streets_of(number))
                recall_streets(world.service, world.supervisor, number, [usrn], reason="reallocated")
            else:
                recall(world.service, world.supervisor, number, reason="reallocated")
        except Problem as problem:
            return f"{what} of list {number} fails: {problem}"
        if what == "recall" and self.random.random() < 0.7:
            return f"recalls list {number}; {self.allocate()}"
        return f"{what} of list {number}"

    def supervise(self, recorded: list[Happened], arrived: dict[str, tuple[int, int]]) -> str:
        """Overrule a revisit flag, lift something that stands, or withdraw a visit that has arrived."""
        house = self.random.choice(self.world.houses)
        what = self.random.choice(["override", "lift", "withdraw", "erase"])
        campaign = self.random.choice([0, *(c for c in self.world.campaigns if self.world.covers(c, house))])
        try:
            if what == "override":
                return self._override(house.uprn, campaign)
            if what == "lift":
                return self._lift(house.uprn)
            if what == "erase":
                return self._erase([one for one in recorded if one.kind == "registration"])
            return self._withdraw([one for one in recorded if one.kind == "visit" and one.id in arrived])
        except Problem as problem:
            return f"{what} fails: {problem}"

    def change_address(self) -> str:
        """Retire a house, or bring a retired one back, as an address file would."""
        service = self.world.service
        house = self.random.choice(self.world.houses)
        status = "live" if house.uprn in self._retired else "retired"
        change = PremisesChange(
            uprn=house.uprn,
            old_usrn=house.usrn,
            new_usrn=house.usrn,
            old_ward=house.ward,
            new_ward=house.ward,
            old_status="live" if status == "retired" else "retired",
            status=status,
            old_residential=True,
            residential=True,
        )

        def work(session):  # type: ignore[no-untyped-def]
            lock_streets(session, [house.usrn])
            session.execute(update(Premises).where(Premises.uprn == house.uprn).values(status=status))
            apply(session, service, [change])
            apply(session, service, [])

        service.db.transact(work)
        self._retired ^= {house.uprn}
        self._tell("address", house.uprn, status=status)
        return f"house {house.uprn} is {status}"

    def do_worker_jobs(self) -> str:
        """What the worker would do now."""
        ended = expire_lists(self.world.service)
        taken = take_back(self.world.service)
        ranked = rank(self.world.service)
        streets = ranked.streets if ranked else "nothing"
        return f"the worker ends {ended} lists, takes {taken} houses back and ranks {streets}"

    def grant(self) -> str:
        """Grant an officer the whole force or one ward only; the worker takes houses elsewhere back."""
        officer, area = self.random.choice(self.world.officers), self.random.choice([FORCE, *WARDS])
        version = self.world.service.db.read(lambda session: read_account(session, officer)).version
        changes = {"areas": [Grant(area)]}
        change_account(self.world.service, SYSTEM, officer, version=version, changes=changes)
        return f"grants officer {officer} {area}; {self.do_worker_jobs()}"

    def carry_unsigned(self, raw: bytes) -> str:
        """Bring a phone's outbox as a file whose signature does not hold: held, until the phone itself syncs."""
        forged = json.loads(raw) | {"signature": b64encode(self.random.randbytes(64)).decode()}
        done = ingest(self.world.service, SYSTEM, json.dumps(forged).encode())
        return f"takes in an unsigned file of {done.officer}: {done.by_status}"

    def begin_epoch(self) -> str:
        """A new epoch, as after a restore."""
        return f"a new epoch {new_epoch(self.world.service, self.world.supervisor)[:6]}"

    def _override(self, uprn: str, campaign: int) -> str:
        revisit = self.random.choice([True, False, None])
        override(
            self.world.service,
            self.world.supervisor,
            uprn,
            revisit=revisit,
            reason="operational",
            campaign_id=campaign,
        )
        self._tell("override", uprn, campaign=campaign, revisit=revisit)
        return f"overrides {uprn} for campaign {campaign}: {revisit}"

    def _lift(self, uprn: str) -> str:
        what = self.random.choice(["do_not_call", "unsafe", "ineligible"])
        lift(self.world.service, self.world.supervisor, uprn, what=what, reason="resident_asked")
        self._tell("lift", uprn, lifts=what)
        return f"lifts {what} at {uprn}"

    def _withdraw(self, visits: list[Happened]) -> str:
        if not visits:
            return ""
        visit = self.random.choice(visits)
        withdraw_visit(self.world.service, self.world.supervisor, visit.id, reason="twice")
        self._tell("withdrawal", visit.uprn, withdraws=visit.id)
        return f"withdraws the visit {visit.outcome} at {visit.uprn}"

    def _erase(self, registrations: list[Happened]) -> str:
        """Erase a person whose registration has arrived."""
        service, gone = self.world.service, {one.withdraws for one in self.things if one.kind == "erasure"}
        columns = (Registration.id, Registration.resident_id)
        residents = dict(service.db.read(lambda session: session.execute(select(*columns)).all()))
        known = [one for one in registrations if one.id in residents and one.id not in gone]
        if not known:
            return ""
        registration = self.random.choice(known)
        erase_resident(service, SYSTEM, residents[registration.id], reason="asked")
        self._tell("erasure", registration.uprn, withdraws=registration.id)
        return f"erases a person at {registration.uprn}"

    def _tell(self, kind: str, uprn: str, **members: object) -> None:
        at = milliseconds(self.world.clock.now())
        self.things.append(Happened(f"deed {len(self.things)}", kind, uprn, at, **members))  # type: ignore[arg-type]

    def _held(self, campaign: int) -> set[str]:
        held = (
            select(Premises.usrn)
            .join(Holding, Holding.uprn == Premises.uprn)
            .where(Holding.campaign_id == campaign)
            .distinct()
        )
        return set(self.world.service.db.read(lambda session: session.scalars(held).all()))

    def _streets_of(self, worklist: int) -> list[str]:
        held = (
            select(Premises.usrn)
            .join(Holding, Holding.uprn == Premises.uprn)
            .where(Holding.worklist_id == worklist)
            .distinct()
            .order_by(Premises.usrn)
        )
        return list(self.world.service.db.read(lambda session: session.scalars(held).all())) or ["0"]
