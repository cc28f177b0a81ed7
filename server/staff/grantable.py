"""The areas that can be granted, with names that tell them apart."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import aliased

from server.base.service import Service
from server.geography.tables import Area

KINDS = ("force", "district", "ward", "beat")


def areas_to_grant(service: Service) -> list[tuple[str, str]]:
    """(code, name) of every area that can be granted, each below the one that it lies in: "Avenue, ward of Hull"."""
    above = aliased(Area)
    rows = service.db.read(
        lambda session: session.execute(
            select(Area.code, Area.kind, Area.name, above.name.label("above"))
            .outerjoin(above, above.code == Area.parent_code)
            .where(Area.kind.in_(KINDS))
            .order_by(Area.kind != "force", above.name, Area.kind, Area.name)
        ).all()
    )
    return [(row.code, f"{row.name}, {row.kind}" + (f" of {row.above}" if row.above else "")) for row in rows]


def area_names(service: Service, codes: Collection[str]) -> dict[str, str]:
    """The names of these areas by code, with their kind: "Avenue (ward)"."""
    wanted = select(Area.code, Area.name, Area.kind).where(Area.code.in_(set(codes)))
    rows = service.db.read(lambda session: session.execute(wanted).all())
    return {row.code: f"{row.name} ({'LSOA' if row.kind == 'lsoa21' else row.kind})" for row in rows}
