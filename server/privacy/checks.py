"""Invariants of privacy, for `doorstep check`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.exchange.tables import JournalEntry
from server.fieldwork.bulk import among
from server.residents.tables import Erasure, Registration, Resident
from server.surveys.tables import Invite, Response

BATCH = 500
MOST_NAMED = 20


def find_bytes_of_the_erased(session: Session) -> list[str]:
    """Events in which somebody erased registered, and whose sealed bytes are still there."""
    erased = select(Registration.event_id).where(
        Registration.resident_id.in_(select(Erasure.resident_id)), Registration.event_id.is_not(None)
    )
    statement = select(JournalEntry.event_id).where(
        JournalEntry.event_id.in_(erased), JournalEntry.sealed.is_not(None)
    )
    return [
        f"event {key} is of somebody erased and is still kept"
        for key in session.scalars(statement.limit(MOST_NAMED))
    ]


def find_answers_of_the_erased(service: Service) -> list[str]:
    """Answers that are still linked to somebody erased, and rounds that are still planned for them."""

    def work(session: Session) -> list[str]:
        findings: list[str] = []
        gone = list(
            session.scalars(select(Resident.id).where(Resident.state == "erased").order_by(Resident.id))
        )
        for start in range(0, len(gone), BATCH):
            some = gone[start : start + BATCH]
            pseudonyms = {service.vault.pseudonym(key): key for key in some}
            linked = session.scalars(
                select(Response.pseudonym).where(among(Response.pseudonym, pseudonyms)).distinct()
            )
            findings += [
                f"resident {pseudonyms[one or '']} is erased and still has answers" for one in linked
            ]
            planned = session.scalars(
                select(Invite.resident_id).where(
                    among(Invite.resident_id, some), Invite.state.in_(("due", "open"))
                )
            )
            findings += [f"resident {key} is erased and would still be asked" for key in planned]
        return findings[:MOST_NAMED]

    return service.db.read(work)


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    (
        "the journal keeps no bytes of the erased",
        lambda service: service.db.read(find_bytes_of_the_erased),
    ),
    ("no answer or round is tied to the erased", find_answers_of_the_erased),
]
