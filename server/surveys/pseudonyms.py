"""Answers by pseudonym: found, joined and unlinked for a resident. Nothing but the vault's key ties the two."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.bulk import among
from server.surveys.respond import open_detail
from server.surveys.tables import Response


def join_answers(session: Session, service: Service, keep: str, gone: Sequence[str]) -> None:
    """Let answers of residents who were merged be the answers of the one who stays."""
    if gone:
        pseudonyms = [service.vault.pseudonym(one) for one in gone]
        session.execute(
            update(Response)
            .where(among(Response.pseudonym, pseudonyms))
            .values(pseudonym=service.vault.pseudonym(keep))
        )


def unlink_answers(session: Session, service: Service, resident_ids: Collection[str]) -> list[str]:
    """Cut answers off from these residents and take away their own words; the ids of the events they came in."""
    pseudonyms = [service.vault.pseudonym(one) for one in resident_ids]
    rows = session.execute(
        select(Response.id, Response.detail_sealed).where(among(Response.pseudonym, pseudonyms))
    ).all()
    events = [open_detail(service, row.id, row.detail_sealed).get("event", "") for row in rows]
    session.execute(
        update(Response)
        .where(among(Response.id, [row.id for row in rows]))
        .values(pseudonym=None, detail_sealed=None)
    )
    return sorted({event for event in events if event})
