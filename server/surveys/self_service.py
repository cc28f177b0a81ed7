"""What residents do by signed link, and the force on their word: confirm, decline, change preferences, opt out.

Each touches residents, the house's coverage and the survey rounds, so they live here, in the highest of those rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.facts import lock_premises, record_facts
from server.residents import confirmation, preferences
from server.residents.forget import forget
from server.residents.links import CONFIRM, PREFERENCES, make_link, read_link
from server.residents.look_up import require_resident
from server.residents.preferences import LINK, STAFF, PreferenceChange, Preferences
from server.surveys.invites import settle
from server.surveys.pseudonyms import join_answers

T = TypeVar("T")
MOST_TRIES = 5  # a person who moves house again between two looks


@dataclass(frozen=True)
class Welcome:
    """Somebody who confirmed: how their preferences stand, and the link by which they change them at any time."""

    preferences: Preferences
    link: str


def confirm(service: Service, link: str) -> Welcome:
    """Confirm the contact that a link was sent to, and register its person. Again: the same answer, nothing changes.

    Raises Problem("gone") or Problem("expired").
    """
    contact_id = read_link(service, CONFIRM, link).subject

    def work(session: Session, houses: set[str]) -> Welcome | None:
        lock_premises(session, houses)
        done = confirmation.confirm_contact(session, service, contact_id, houses)
        if done is None:
            return None
        join_answers(session, service, done.resident_id, done.merged)
        settle(session, service, [done.resident_id, *done.merged])
        record_facts(session, service, done.marks)
        if done.marks:
            audit.record(session, service, PUBLIC, "resident.confirm", f"resident:{done.resident_id}")
        return Welcome(
            preferences.read_preferences(session, done.resident_id),
            make_link(service, PREFERENCES, done.resident_id),
        )

    return under_locks(
        service, lambda session: confirmation.houses_to_lock(session, service, contact_id), work
    )


def decline(service: Service, link: str) -> None:
    """Remove a waiting registration whose contact says that it was not they. Raises Problem("gone" or "expired")."""
    contact_id = read_link(service, CONFIRM, link).subject

    def work(session: Session, houses: set[str]) -> bool:
        lock_premises(session, houses)
        resident_id = confirmation.decline_contact(session, service, contact_id)
        record_facts(session, service, forget(session, service, [resident_id]))
        audit.record(session, service, PUBLIC, "resident.decline", f"resident:{resident_id}")
        return True

    under_locks(service, lambda session: confirmation.houses_to_lock(session, service, contact_id), work)


def read_by_link(service: Service, link: str) -> Preferences:
    """How the preferences of a link's resident stand. Raises Problem("gone")."""
    resident_id = read_link(service, PREFERENCES, link).subject
    return service.db.read(lambda session: preferences.read_preferences(session, resident_id))


def change_by_link(service: Service, link: str, change: PreferenceChange) -> Preferences:
    """Change the preferences of a link's resident; how they stand then. Raises Problem("gone")."""
    return _change(service, PUBLIC, read_link(service, PREFERENCES, link).subject, change, how=LINK)


def change_on_their_word(
    service: Service, principal: Principal, resident_id: str, change: PreferenceChange, reason: str
) -> Preferences:
    """Change a resident's preferences as they asked of the force. `reason` is a code for the audit trail.

    Raises Problem("not_found") for somebody unknown, or outside the principal's areas.
    """
    service.db.read(lambda session: require_resident(session, principal, resident_id))
    return _change(service, principal, resident_id, change, how=STAFF, reason=reason)


def under_locks(
    service: Service,
    houses_of: Callable[[Session], Iterable[str]],
    work: Callable[[Session, set[str]], T | None],
) -> T:
    """Run `work(session, houses)` in a transaction that locks these houses itself; again where it answers None.

    The houses are read before they are locked, so a person may have moved meanwhile: `work` sees and says so by None.
    """
    for _ in range(MOST_TRIES):
        houses = set(service.db.read(houses_of))
        done = service.db.transact(lambda session, houses=houses: work(session, houses))  # type: ignore[misc]
        if done is not None:
            return done
    raise Problem("conflict", "This changed again and again meanwhile: try once more.")


def _change(
    service: Service,
    principal: Principal,
    resident_id: str,
    change: PreferenceChange,
    *,
    how: str,
    reason: str = "",
) -> Preferences:
    def work(session: Session, houses: set[str]) -> Preferences | None:
        lock_premises(session, houses)
        done = preferences.change_preferences(
            session, service, resident_id, change, how=how, locked=next(iter(houses))
        )
        if done is None:
            return None
        settle(session, service, [done.resident_id])
        record_facts(session, service, [done.mark] if done.mark else [])
        audit.record(
            session,
            service,
            principal,
            "resident.preferences",
            f"resident:{done.resident_id}",
            opt_out=change.opt_out,
            consents=dict(change.consents),
            **({"reason": reason} if reason else {}),
        )
        return done.preferences

    return under_locks(service, lambda session: [preferences.house_to_lock(session, resident_id)], work)
