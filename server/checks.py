"""Every invariant of the service, as one table: what must hold → a function that finds where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from server.base import audit, rotation
from server.base.keyring import KeyRing
from server.base.problems import UserError
from server.base.schema import differences, head, revision
from server.base.service import Service
from server.devices import checks as devices_checks
from server.exchange import checks as exchange_checks
from server.fieldwork import checks as fieldwork_checks
from server.geography import street_places
from server.privacy import checks as privacy_checks
from server.residents import checks as residents_checks
from server.surveys import checks as surveys_checks
from server.tables import METADATA
from server.targeting import checks as targeting_checks

Check = Callable[[Service], list[str]]


@dataclass(frozen=True)
class Checked:
    """One invariant and what was found against it; nothing found is well."""

    name: str
    findings: list[str]


def migrations_are_run(service: Service) -> list[str]:
    """Findings: the database is not at the newest migration, or its schema was changed by hand."""
    found = revision(service.db)
    if found != head():
        return [f"the database is at {found or 'none'}, this program needs {head()}: run doorstep init"]
    return differences(service.db, METADATA)


def keyring_is_private(service: Service) -> list[str]:
    """Findings: the key ring cannot be read, or others can read it."""
    try:
        KeyRing.load(service.settings.keyring_path)
    except UserError as error:
        return [str(error)]
    return []


CHECKS: dict[str, Check] = {
    "the schema is what the migrations make": migrations_are_run,
    "the key ring is whole and private": keyring_is_private,
    "the audit chain is whole": lambda service: service.db.read(audit.verify),
    "every sealed value opens": rotation.unreadable,
    **dict(street_places.CHECKS),
    **dict(devices_checks.CHECKS),
    **dict(fieldwork_checks.CHECKS),
    **dict(residents_checks.CHECKS),
    **dict(surveys_checks.CHECKS),
    **dict(targeting_checks.CHECKS),
    **dict(exchange_checks.CHECKS),
    **dict(privacy_checks.CHECKS),
}


def check_all(service: Service, checks: dict[str, Check] | None = None) -> Iterator[Checked]:
    """Run every check, in order, giving each as it is done. One that breaks is itself a finding."""
    for name, check in (CHECKS if checks is None else checks).items():
        try:
            yield Checked(name, check(service))
        except Exception as error:  # a check that cannot run proves nothing, and the rest still should
            yield Checked(name, [f"the check itself failed ({type(error).__name__})"])
