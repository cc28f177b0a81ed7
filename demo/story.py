"""The steps of the demonstration, each through the real programs, each said in plain words with its figures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console as Screen

from demo import console, feedback, figures, fleet, shift
from demo.console import Console
from demo.figures import Figures
from demo.fleet import Phone, ShiftReport
from demo.ledger import Ledger
from demo.programs import DemoError, Programs
from server.practice import people

ZONE = "Europe/London"
FORCE = "E23000012"
OFFICERS = 20
HOUSES_EACH = 170
DOORS_A_SHIFT = 72
LIST_HOURS = 720
MORNING, NIGHT = time_of_day(8, 0), time_of_day(21, 15)
BEFORE, QUESTIONS = "before.json", "questions.json"
AREA = Path(__file__).resolve().parent.parent / "fixtures" / "area"
IMPORTS = (
    ("boundaries", ("districts.geojson", "wards.geojson", "lsoa21.geojson")),
    ("lookups", ("lookups.csv",)),
    ("postcodes", ("postcodes.csv",)),
    ("premises", ("premises.csv.gz",)),
)


@dataclass
class Story:
    """One demonstration: its programs, what it has done, and where it speaks."""

    programs: Programs
    ledger: Ledger
    screen: Screen
    certificate: Path | None = None
    steps: int = 0

    @property
    def staff(self) -> list[people.StaffMember]:
        """Everybody who signs in."""
        return people.staff(OFFICERS)

    def phones(self) -> list[Phone]:
        """A device for each officer."""
        return [
            Phone(
                officer=one.username,
                home=self.programs.home / "phones" / one.username,
                passphrase=self.ledger.password(f"passphrase of {one.username}"),
                certificate=self.certificate,
            )
            for one in self.staff
            if one.role == "officer"
        ]

    def instant(self, day: int, at: time_of_day) -> datetime:
        """A moment on one of the story's days, in the force's time."""
        return datetime.combine(self.ledger.days[day], at, ZoneInfo(ZONE))

    def sign_in(self, username: str) -> Console:
        """A member of staff at the console."""
        return Console(self.programs.url, username, self.ledger.password(username), self.certificate)

    def step(self, name: str, words: str, work: Callable[[], str]) -> None:
        """Do a step, or say that it was done by an earlier run."""
        self.steps += 1
        if name in self.ledger.done:
            self.screen.print(f"[bold]{self.steps}. {words}[/]  [dim]was done by an earlier run[/]")
            return
        began = time.monotonic()
        self.screen.print(f"[bold]{self.steps}. {words}[/]")
        told = work()
        self.ledger.finish(name)
        self.screen.print(f"   {told} [dim]({time.monotonic() - began:.1f} s)[/]")

    @contextmanager
    def service_up(self, now: datetime) -> Iterator[None]:
        """The service, while it is up, on the story's clock."""
        with self.programs.serving(now):
            yield


def tell(story: Story) -> None:
    """The whole story, from an empty folder to covered houses; steps done by an earlier run are passed over."""
    story.step("keys", "Make the database and the keys", lambda: _make_instance(story))
    for kind, files in IMPORTS:
        story.step(f"import {kind}", f"Import {kind}", partial(_import, story, kind, files))
    story.step(
        "staff", f"An administrator makes accounts for {len(story.staff) - 1} people", lambda: _staff(story)
    )
    story.step("campaign", "The coordinator makes a campaign and allocates streets", lambda: _campaign(story))
    story.step("told", "A supervisor publishes what was done on the streets", lambda: _tell_public(story))
    story.step("enrol", f"{OFFICERS} devices enrol and receive sealed worklists", lambda: _enrol(story))
    for day, when in enumerate(story.ledger.days):
        words = f"{when:%A}: the service is stopped; officers knock with no connection"
        story.step(f"knock {day}", words, partial(_knock, story, day))
        words = f"{when:%A}, {NIGHT:%H:%M}: the service is back; the devices sync"
        story.step(f"sync {day}", words, partial(_sync, story, day))
    story.step("today", "Back to today: what fell due meanwhile is done by the worker", lambda: _today(story))
    story.step("check", "Check every invariant", lambda: _check(story))


def show(story: Story) -> None:
    """Coverage, invites and targets, before the first knock and after the last sync. The service is up."""
    before, after = _kept(story), figures.read_figures(story.sign_in("supervisor"), story.ledger.campaign)
    figures.print_coverage(story.screen, before, after)
    story.screen.print(f"Survey invites before: none; now: {_rounds(story)}.")
    figures.print_targets(story.screen, before, after)


def _make_instance(story: Story) -> str:
    story.ledger.save()
    story.programs.run("init")
    return "SQLite in the demonstration's folder; key ring of mode 0600."


def _import(story: Story, kind: str, files: tuple[str, ...]) -> str:
    told = story.programs.run("import", kind, *(str(AREA / file) for file in files))
    return " ".join(line.strip() for line in told.splitlines() if line.strip())


def _staff(story: Story) -> str:
    admin = story.staff[0]
    listed = story.programs.run("staff", "list").split()
    if admin.username not in listed:
        story.programs.run(
            "staff",
            "add",
            admin.username,
            "--role",
            admin.role,
            "--name",
            admin.name,
            "--area",
            FORCE,
            "--password-stdin",
            stdin=story.ledger.password(admin.username) + "\n",
        )
    story.ledger.save()
    with story.service_up(story.instant(0, MORNING)):
        desk = story.sign_in(admin.username)
        made = console.make_accounts(desk, story.staff[1:], story.ledger.passwords_of(story.staff), FORCE)
    story.ledger.accounts = made
    return f"{len(made)} accounts; passwords are made up here and kept in the demonstration's folder."


def _campaign(story: Story) -> str:
    with story.service_up(story.instant(0, MORNING)):
        desk = story.sign_in("coordinator")
        wards = [row["code"] for row in desk.every("/api/areas", kind="ward")]
        wanted = [row["code"] for row in desk.every("/api/coverage/wards") if row["counters"]["premises"]]
        story.ledger.wards = [ward for ward in wards if ward in wanted]
        story.ledger.campaign = console.make_campaign(desk, story.ledger.wards, story.ledger.days[0])
        streets = list(desk.every("/api/coverage/streets", campaign=story.ledger.campaign))
        chosen = console.choose_streets(streets, OFFICERS * HOUSES_EACH)
        officers = [story.ledger.accounts[one.username] for one in story.staff if one.role == "officer"]
        lists = desk.post(
            f"/api/campaigns/{story.ledger.campaign}/allocations",
            officers=officers,
            streets=chosen,
            most_houses=200,
            hours=LIST_HOURS,
        )
        story.programs.run("worker", "--once", now=story.instant(0, MORNING))
        _keep(story, BEFORE, figures.to_json(figures.read_figures(desk, story.ledger.campaign)))
        first = next(iter(desk.every("/api/questionnaires")))
        document = desk.get(f"/api/questionnaires/{first['id']}")["body"]
        _keep(story, QUESTIONS, json.dumps(shift.choices_of(document)).encode())
    houses = sum(one["houses"] for one in lists)
    return (
        f"{len(story.ledger.wards)} wards, {len(streets)} streets; {len(chosen)} streets with {houses:,} houses are on "
        f"{len(lists)} lists of {min(one['houses'] for one in lists)} to {max(one['houses'] for one in lists)} houses, "
        f"in walking order. The rest waits for the next allocation."
    )


def _tell_public(story: Story) -> str:
    with story.service_up(story.instant(0, MORNING)):
        desk = story.sign_in("supervisor")
        streets = list(desk.every("/api/coverage/streets", campaign=story.ledger.campaign))
        chosen = console.choose_streets(streets, OFFICERS * HOUSES_EACH)
        lines = feedback.publish(desk, story.ledger.wards, chosen, story.ledger.days[0])
    return f"{lines} lines of “you said, we did” and priorities; officers have them at the door with their lists."


def _enrol(story: Story) -> str:
    now = story.instant(0, MORNING)
    with story.service_up(now):
        desk = story.sign_in("coordinator")

        def enrol(phone: Phone) -> int:
            phone.home.mkdir(parents=True, exist_ok=True)
            if not (phone.home / "store.db").exists():
                account = story.ledger.accounts[phone.officer]
                made = desk.post("/api/devices/enrolment-codes", account_id=account)
                phone.enrol(made["code"], story.programs.public_url, now)
            return int(phone.sync(now)["packages"])

        lists = sum(fleet.each(story.phones(), enrol))
    return f"{OFFICERS} devices, each with its own keys and encrypted store; {lists} lists, sealed to one device each."


def _knock(story: Story, day: int) -> str:
    questions = json.loads((story.programs.home / QUESTIONS).read_bytes())
    zone = ZoneInfo(ZONE)

    def work(phone: Phone) -> ShiftReport:
        officer = int(phone.officer.removeprefix("officer"))
        today = shift.shifts(story.ledger.days, officer, DOORS_A_SHIFT, zone)[day]
        return fleet.walk(phone, today, questions, ZONE, f"{story.ledger.first_day} {phone.officer} {day}")

    phones = story.phones()
    report = ShiftReport()
    for one in fleet.each(phones, work):
        report += one
    story.ledger.visits += report.outcomes.total()
    waiting = phones[0].try_sync(story.instant(day, NIGHT))
    outcomes = ", ".join(f"{count:,} {code}" for code, count in report.outcomes.most_common())
    return (
        f"{report.outcomes.total():,} visits: {outcomes}.\n"
        f"   {report.registrations} people registered, {report.answers} surveys answered, "
        f"{report.hazards} hazards, {report.withdrawn} visits withdrawn.\n"
        f"   A device that tries to sync says: “{waiting}”"
    )


def _sync(story: Story, day: int) -> str:
    now = story.instant(day, NIGHT)
    with story.service_up(now):
        told = fleet.each(story.phones(), lambda phone: phone.sync(now))
        story.programs.run("worker", "--once", now=now)
        total = figures.read_figures(story.sign_in("supervisor"), story.ledger.campaign).total
    if left := sum(one["left"] for one in told):
        raise DemoError(f"{left} events still wait on devices after their sync.")
    return (
        f"{sum(one['sent'] for one in told):,} events sent, {sum(one['receipted'] for one in told):,} receipted, "
        f"{sum(len(one['held']) for one in told)} held. Houses now: {total['visited']:,} visited, "
        f"{total['informed']:,} informed, {total['contacted']:,} contacted, {total['registered']:,} registered, "
        f"{total['outstanding']:,} outstanding of {total['eligible']:,}."
    )


def _today(story: Story) -> str:
    with story.service_up(datetime.now(UTC)):
        before = _rounds(story)
        story.programs.run("worker", "--once")
        after = _rounds(story)
    return f"Survey invites before: {before}; after: {after}."


def _rounds(story: Story) -> str:
    told = story.sign_in("supervisor").get("/api/surveys/rounds")
    return ", ".join(f"{row['residents']} {row['state']} (round {row['round']})" for row in told) or "none"


def _check(story: Story) -> str:
    lines = story.programs.run("check").splitlines()
    return (
        f"{len(lines)} invariants hold: " + ", ".join(line.removeprefix("ok").strip() for line in lines) + "."
    )


def _keep(story: Story, name: str, content: bytes) -> None:
    (story.programs.home / name).write_bytes(content)


def _kept(story: Story) -> Figures:
    return figures.from_json((story.programs.home / BEFORE).read_bytes())
