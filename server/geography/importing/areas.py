"""The tree of areas: force → district → ward → beat, with the LSOAs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from server.base.problems import Problem
from server.base.settings import Settings
from server.geography.importing.report import ImportSummary
from server.geography.tables import Area, Premises

FORCE, DISTRICT, WARD, BEAT, LSOA21, LSOA11 = "force", "district", "ward", "beat", "lsoa21", "lsoa11"
LEVELS = {FORCE: 0, DISTRICT: 1, WARD: 2, BEAT: 3, LSOA21: 4, LSOA11: 5}
"""From the widest to the narrowest; kinds that aren't here stand beside the tree."""

_KINDS = {"PFA": FORCE, "LAD": DISTRICT, "LTLA": DISTRICT, "UA": DISTRICT, "WD": WARD, "BEAT": BEAT}
_VINTAGE_MATTERS = frozenset({"LSOA", "MSOA", "OA"})
_PAIR = re.compile(r"([A-Za-z]+)(\d\d)?CD", re.IGNORECASE)
_GSS = re.compile(r"[A-Za-z0-9_-]{1,20}")


@dataclass(frozen=True)
class AreaRow:
    """One area as a file tells it. None: the file does not say, what is known stays."""

    code: str
    kind: str
    name: str | None
    parent_code: str | None = None
    geometry: BaseGeometry | None = None


def pairs_of(columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Kinds of area in a header: kind → its (code column, name column). Of two vintages of a kind the later one.

    A kind's code column ends in CD, its name column in NM, with the same beginning: WD24CD and WD24NM are a ward.
    """
    by_name = {column.upper(): column for column in columns}
    found: dict[str, tuple[str, str]] = {}
    for upper in sorted(by_name):
        matched = _PAIR.fullmatch(upper)
        name = upper[:-2] + "NM"
        if matched and name in by_name:
            found[kind_of(matched[1], matched[2] or "")] = (by_name[upper], by_name[name])
    return found


def kind_of(prefix: str, vintage: str) -> str:
    """'WD', '24' → 'ward'; 'LSOA', '21' → 'lsoa21'; a kind that nobody here knows keeps its name: 'bua'."""
    prefix = prefix.upper()
    if prefix in _KINDS:
        return _KINDS[prefix]
    return prefix.lower() + (vintage if prefix in _VINTAGE_MATTERS else "")


def is_code(code: str) -> bool:
    """True for what can stand in an area's path."""
    return bool(_GSS.fullmatch(code))


def ensure_force(session: Session, settings: Settings) -> None:
    """The instance's own force has a row, under which everything lies."""
    if session.get(Area, settings.force_code) is None:
        session.execute(
            insert(Area).values(
                code=settings.force_code,
                kind=FORCE,
                name=settings.force_name,
                parent_code=None,
                path=f"/{settings.force_code}/",
            )
        )


def store_areas(
    session: Session, settings: Settings, rows: Iterable[AreaRow], summary: ImportSummary
) -> None:
    """Add and change areas, then make every path fit; counts new, changed and unchanged.

    A district without a parent is put under the force, and so is a ward that no district is known for. An LSOA that
    is the same in 2011 and 2021 has one code and one row, as lsoa21. Raises Problem("conflict") for any other area
    that is of another kind already.
    """
    ensure_force(session, settings)
    known = {area.code: area for area in session.scalars(select(Area))}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    wanted = _one_of_each(rows, {code: area.kind for code, area in known.items()}, summary)
    codes = known.keys() | wanted.keys()
    for row in sorted(wanted.values(), key=lambda one: (LEVELS.get(one.kind, len(LEVELS)), one.code)):
        parent = row.parent_code if row.parent_code in codes else None
        before = known.get(row.code)
        if before is None:
            under = parent or (None if row.kind == FORCE else settings.force_code)
            added.append(
                {"code": row.code, "kind": row.kind, "name": row.name or row.code, "parent_code": under}
                | {"path": "", "geometry": row.geometry}
            )
            continue
        now = {
            "name": row.name or before.name,
            "kind": row.kind,
            "parent_code": parent or before.parent_code,
            "geometry": row.geometry if row.geometry is not None else before.geometry,
        }
        if _differs(now, before):
            changed.append(now | {"area_code": row.code})
        else:
            summary.unchanged += 1
    summary.new += len(added)
    summary.changed += len(changed)
    if added:
        session.execute(insert(Area), added)
    if changed:
        _update(session, changed, ("name", "kind", "parent_code", "geometry"))
    refresh_paths(session)
    if (added or changed) and session.scalar(select(Premises.uprn).limit(1)):
        summary.note("Premises keep their areas until the address file is imported again.")


def _one_of_each(
    rows: Iterable[AreaRow], kinds: Mapping[str, str], summary: ImportSummary
) -> dict[str, AreaRow]:
    wanted: dict[str, AreaRow] = {}
    unchanged = 0
    for row in rows:
        before = wanted[row.code].kind if row.code in wanted else kinds.get(row.code, row.kind)
        if before == row.kind:
            wanted[row.code] = row
        elif {before, row.kind} == {LSOA11, LSOA21}:
            unchanged += row.kind == LSOA11
            if row.kind == LSOA21:
                wanted[row.code] = row
        else:
            raise Problem(
                "conflict",
                f"{row.code} is a {before} already, and the file says that it is a {row.kind}. Nothing was imported; "
                "check the file, or say with --kind what its areas are.",
            )
    if unchanged:
        summary.passed_over += unchanged
        summary.note(f"{unchanged:,} LSOAs of 2011 are the same in 2021: their rows of 2021 stand for both.")
    return wanted


def refresh_paths(session: Session) -> int:
    """Make every area's path follow from its parents; how many changed."""
    areas = {row.code: row for row in session.execute(select(Area.code, Area.parent_code, Area.path))}
    paths: dict[str, str] = {}

    def path_of(code: str, below: frozenset[str]) -> str:
        if code not in paths:
            parent = areas[code].parent_code
            inside = parent in areas and parent not in below
            paths[code] = (path_of(parent, below | {code}) if inside else "/") + f"{code}/"
        return paths[code]

    stale = [
        {"area_code": code, "path": path_of(code, frozenset({code}))}
        for code in areas
        if path_of(code, frozenset({code})) != areas[code].path
    ]
    if stale:
        _update(session, stale, ("path",))
    return len(stale)


def _differs(now: Mapping[str, Any], before: Area) -> bool:
    plain = any(now[name] != getattr(before, name) for name in ("name", "kind", "parent_code"))
    if plain or now["geometry"] is before.geometry:
        return plain
    return before.geometry is None or now["geometry"].wkb != before.geometry.wkb


def _update(session: Session, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    statement = update(Area.__table__).where(Area.code == bindparam("area_code")).values(values)  # type: ignore[arg-type]
    session.connection().execute(statement, rows)
