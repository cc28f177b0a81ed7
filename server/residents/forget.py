"""Takes away all that is held on residents: the inner step of erasure, retention and of "that was not me"."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.facts import NewFact
from server.residents.tables import Consent, Contact, LinkUse, Resident
from server.residents.writing import ERASED, MERGED, mark_fact


def forget(session: Session, service: Service, resident_ids: Collection[str]) -> list[NewFact]:
    """Delete contacts, consents and links of these residents and empty their rows; the marks to record.

    The rows stay, empty and erased, so that what comes late finds that there is nobody to add to. Precondition: the
    streets of their houses are locked.
    """
    if not resident_ids:
        return []
    houses = session.execute(
        select(Resident.id, Resident.uprn, Resident.state)
        .where(among(Resident.id, resident_ids), Resident.state != ERASED)
        .order_by(Resident.id)
        .with_for_update(key_share=True)
    ).all()
    contacts = select(Contact.id).where(among(Contact.resident_id, resident_ids))
    session.execute(delete(LinkUse).where(LinkUse.subject.in_(contacts)))
    session.execute(delete(Contact).where(among(Contact.resident_id, resident_ids)))
    session.execute(delete(Consent).where(among(Consent.resident_id, resident_ids)))
    session.execute(
        update(Resident)
        .where(among(Resident.id, resident_ids))
        .values(
            state=ERASED,
            version=Resident.version + 1,
            name_sealed=None,
            name_index=None,
            detail_sealed=None,
            language="",
            confirmed_at=None,
        )
    )
    now = service.clock.now()
    return [mark_fact(service, row.id, row.uprn, ERASED, now) for row in houses if row.state != MERGED]
