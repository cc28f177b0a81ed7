"""Where streets lie: rows of StreetPlace, kept up with the premises that they are of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Float, cast, delete, exists, func, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.service import Service
from server.geography.tables import Premises, StreetPlace

AT_ONCE = 5_000
TOLERANCE = 1e-6  # degrees, about a decimetre: a mean depends on the order that the database adds up in
MOST_FINDINGS = 20
PLACE = ("lon", "lat", "west", "south", "east", "north")
_WARD = func.coalesce(Premises.ward_code, "")


def place_streets(session: Session, usrns: Collection[str] | None = None) -> None:
    """Place these streets (all when None) anew where their premises changed. Retired premises count too."""
    for part in _parts(usrns):
        _forget(session, part)
        _write(session, part)


def places_are_of_their_premises(service: Service) -> list[str]:
    """Findings: streets whose stored place is not that of their premises."""

    def work(session: Session) -> list[str]:
        stored = {
            (row.usrn, row.ward_code): tuple(row)[2:]
            for row in session.execute(
                select(
                    StreetPlace.usrn, StreetPlace.ward_code, *(getattr(StreetPlace, name) for name in PLACE)
                )
            )
        }
        there = {(row[0], row[1]): tuple(row)[2:] for row in session.execute(_places(None))}
        wrong = sorted(
            key for key in stored.keys() | there.keys() if not _alike(stored.get(key), there.get(key))
        )
        return [
            f"street {usrn} in ward {ward or 'none'} is not where its premises are" for usrn, ward in wrong
        ]

    return service.db.read(work)[:MOST_FINDINGS]


def _alike(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    if one is None or other is None:
        return False
    return all(abs(a - b) <= TOLERANCE for a, b in zip(one, other, strict=True))


def _parts(usrns: Collection[str] | None) -> Iterable[list[str] | None]:
    if usrns is None:
        return [None]
    ordered = sorted(set(usrns))
    return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]


def _forget(session: Session, usrns: list[str] | None) -> None:
    there = select(1).where(Premises.usrn == StreetPlace.usrn, StreetPlace.ward_code == _WARD)
    here = true() if usrns is None else StreetPlace.usrn.in_(usrns)
    session.execute(
        delete(StreetPlace).where(here, ~exists(there)).execution_options(synchronize_session=False)
    )


def _write(session: Session, usrns: list[str] | None) -> None:
    table = table_of(StreetPlace)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement: Any = insert(table).from_select(["usrn", "ward_code", *PLACE], _places(usrns))
    moved = or_(*(func.abs(table.c[name] - statement.excluded[name]) > TOLERANCE for name in PLACE))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["usrn", "ward_code"],
            set_={name: statement.excluded[name] for name in PLACE},
            where=moved,
        )
    )


def _places(usrns: list[str] | None) -> Any:
    measures = (
        func.avg(Premises.lon),
        func.avg(Premises.lat),
        func.min(Premises.lon),
        func.min(Premises.lat),
        func.max(Premises.lon),
        func.max(Premises.lat),
    )
    here = true() if usrns is None else Premises.usrn.in_(usrns)
    return (
        select(Premises.usrn, _WARD, *(cast(one, Float) for one in measures))
        .where(here)
        .group_by(Premises.usrn, _WARD)
        .order_by(Premises.usrn, _WARD)
    )


CHECKS = [("every street is placed where its premises are", places_are_of_their_premises)]
