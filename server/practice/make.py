"""Makes the practice instance: two real wards with invented houses, made-up staff, a fortnight of made-up visits.

It has a home folder, a database and keys of its own, whatever the environment says of another instance, and every page
of its console says that it is practice.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from server.base.access import SYSTEM, Principal
from server.base.clock import SetClock
from server.base.db import insert_missing
from server.base.keyring import KeyRing
from server.base.problems import UserError
from server.base.schema import upgrade
from server.base.service import Service
from server.base.settings import Settings
from server.config import open_service, read_settings
from server.fieldwork.best_slots import reckon_best_slots
from server.fieldwork.import_premises import import_premises
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.postcodes import import_postcodes
from server.geography.tables import Area
from server.practice import fortnight, people
from server.staff.accounts import Grant, create_account
from server.staff.principals import principal_of
from server.surveys.questionnaires import ensure_default
from server.targeting.rank import rank

OFFICERS = 6
DAYS = 14
PORT = 8001
SETTINGS_FILE, DONE = "doorstep.cfg", "practice-is-made"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """The practice instance: where it lies, and who may sign in with the one password that all of them share."""

    home: Path
    staff: list[people.StaffMember]
    password_file: Path

    @property
    def password(self) -> str:
        """The password that everybody in the practice instance has."""
        return self.password_file.read_text(encoding="utf-8").strip()


def make(home: Path, area: Path, *, port: int = PORT, password: str, say: Say = print) -> Made:
    """Make the practice instance in `home` from the open files in `area`, or take the one that is there.

    UserError where `home` holds another instance, or a file of `area` is missing.
    """
    made = Made(home, people.staff(OFFICERS), home / "practice-password")
    if (home / DONE).exists():
        return made
    if (home / "keyring.json").exists():
        raise UserError(
            f"{home} holds an instance that is no practice, or one half made: name another folder."
        )
    _require_files(area)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_settings(home, port)
    made.password_file.write_text(password + "\n", encoding="utf-8")
    made.password_file.chmod(0o600)
    service = _new_instance(home)
    say("Two wards of Hull, with invented houses …")
    _import(service, area)
    say("Made-up staff …")
    accounts = _staff(service, made)
    say("A campaign, its lists and a fortnight of visits …")
    today = service.clock.now().astimezone(service.zone).date()
    begun = _at(service, today - timedelta(days=DAYS), time(8, 0))
    chief = _principal(begun, accounts["supervisor"])
    officers = [accounts[one.username] for one in made.staff if one.role == "officer"]
    campaign = fortnight.begin(begun, chief, officers, days=DAYS)
    fortnight.knock(service, campaign, DAYS, random.Random(2021))  # noqa: S311 - invents visits, keeps no secret
    fortnight.leave_to_do(service, _principal(service, accounts["supervisor"]), campaign)
    rank(service)
    reckon_best_slots(service)
    (home / DONE).touch()
    service.db.dispose()
    return made


def _require_files(area: Path) -> None:
    for name in ("districts.geojson", "wards.geojson", "lsoa21.geojson", "lookups.csv", "postcodes.csv"):
        if not (area / name).is_file():
            raise UserError(f"There is no {name} in {area}: name the folder of practice files by --area.")


def _write_settings(home: Path, port: int) -> None:
    known = {one.name for one in fields(Settings)}
    wanted = {
        "practice": "1",
        "database_url": f"sqlite:///{home / 'doorstep.db'}",
        "port": str(port),
        "public_url": f"http://127.0.0.1:{port}",
        "second_factor": "offered",
    }
    lines = [f"{name} = {value}" for name, value in wanted.items() if name in known]
    (home / SETTINGS_FILE).write_text("\n".join(["[doorstep]", *lines, ""]), encoding="utf-8")


def _new_instance(home: Path) -> Service:
    settings = read_settings({"DOORSTEP_HOME": str(home)})
    KeyRing.make().save(settings.keyring_path)
    service = open_service(settings)
    upgrade(service.db)
    code, name = settings.force_code, settings.force_name
    row = {"code": code, "kind": "force", "name": name, "parent_code": None, "path": f"/{code}/"}
    service.db.transact(lambda session: insert_missing(session, Area, [row]))
    ensure_default(service)
    return service


def _import(service: Service, area: Path) -> None:
    layers = [area / name for name in ("districts.geojson", "wards.geojson", "lsoa21.geojson")]
    import_boundaries(service, layers, principal=SYSTEM)
    import_lookups(service, [area / "lookups.csv"], principal=SYSTEM)
    import_postcodes(service, [area / "postcodes.csv"], principal=SYSTEM)
    import_premises(service, [area / "premises.csv.gz"], principal=SYSTEM)


def _staff(service: Service, made: Made) -> dict[str, int]:
    """Accounts by username; all see the force."""
    force = [Grant(service.settings.force_code)]
    return {
        one.username: create_account(
            service,
            SYSTEM,
            username=one.username,
            display_name=one.name,
            password=made.password,
            roles=[one.role],
            areas=force,
            collar_number=one.number,
        )
        for one in made.staff
    }


def _at(service: Service, day: date, at: time) -> Service:
    """The same service at another time."""
    return replace(service, clock=SetClock(datetime.combine(day, at, service.zone)))


def _principal(service: Service, account_id: int) -> Principal:
    found = service.db.read(lambda session: principal_of(session, service, account_id))
    if found is None:
        raise RuntimeError("an account that was made just now is not there")
    return found


def new_password() -> str:
    """A password that nobody chose, for everybody in one practice instance."""
    return f"practice-{secrets.token_hex(6)}"
