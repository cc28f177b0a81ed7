"""Finds the houses that a pasted list and a drawn shape mean, in the principal's areas, and tells what meant none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.house_lists import Entry, read_list, read_shape
from server.fieldwork.members import is_house
from server.geography.scope import in_scope
from server.geography.tables import Premises

NOTHING = "is neither a UPRN nor a postcode"
NO_HOUSE = "is no house in your areas"
NO_HOUSES = "has no house in your areas"


@dataclass(frozen=True)
class Unknown:
    """An entry of a list that means no house: its line (1…), its text, and why, as the end of a sentence."""

    line: int
    typed: str
    why: str


@dataclass(frozen=True)
class Chosen:
    """The houses meant (UPRNs, sorted, each once), how many the list and the shape each gave, and what meant none."""

    uprns: tuple[str, ...] = ()
    listed: int = 0
    drawn: int = 0
    unknown: tuple[Unknown, ...] = ()


def read_choice(listed: str, polygon: str) -> tuple[list[Entry], dict[str, Any] | None]:
    """A typed list's entries and a typed polygon's geometry (None without one). Raises Problem: validation_failed."""
    errors = {}
    entries: list[Entry] = []
    drawn = None
    try:
        entries = read_list(listed)
    except ValueError as error:
        errors["listed"] = str(error)
    try:
        drawn = read_shape(polygon) if polygon.strip() else None
    except ValueError as error:
        errors["polygon"] = str(error)
    if errors:
        raise Problem("validation_failed", "The list or the shape cannot be read.", errors=errors)
    return entries, drawn


def choose_houses(
    service: Service, principal: Principal, entries: Sequence[Entry], drawn: dict[str, Any] | None
) -> Chosen:
    """The houses that the entries of a list (house_lists.read_list) and a GeoJSON geometry mean."""
    require(principal, "campaign.write")

    def work(session: Session) -> Chosen:
        codes = {kind: {one.code for one in entries if one.kind == kind} for kind in ("uprn", "postcode")}
        known = set(_houses(session, principal, among(Premises.uprn, codes["uprn"])))
        in_postcodes: dict[str, str] = {}
        if codes["postcode"]:
            here = select(Premises.uprn, Premises.postcode).where(
                among(Premises.postcode, codes["postcode"]), is_house(), _seen(principal)
            )
            in_postcodes = {row.uprn: row.postcode for row in session.execute(here)}
        inside = _inside(session, principal, drawn) if drawn else set()
        listed = known | in_postcodes.keys()
        unknown = _unknown(entries, known, set(in_postcodes.values()))
        return Chosen(tuple(sorted(listed | inside)), len(listed), len(inside), tuple(unknown))

    return service.db.read(work)


def _houses(session: Session, principal: Principal, which: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(select(Premises.uprn).where(which, is_house(), _seen(principal))).all()


def _seen(principal: Principal) -> ColumnElement[bool]:
    return in_scope(principal, Premises.ward_code)


def _inside(session: Session, principal: Principal, drawn: dict[str, Any]) -> set[str]:
    """UPRNs of the houses within or on the edge of a shape: by its box in SQL, then corner by corner."""
    shape = shapely.geometry.shape(drawn)
    west, south, east, north = shape.bounds
    boxed = session.execute(
        select(Premises.uprn, Premises.lon, Premises.lat).where(
            Premises.lon.between(west, east), Premises.lat.between(south, north), is_house(), _seen(principal)
        )
    ).all()
    if not boxed:
        return set()
    shapely.prepare(shape)
    points = shapely.points(np.array([(row.lon, row.lat) for row in boxed]))
    within = shapely.covers(shape, points)
    return {row.uprn for row, is_in in zip(boxed, within, strict=True) if is_in}


def _unknown(entries: Iterable[Entry], uprns: Collection[str], postcodes: Collection[str]) -> list[Unknown]:
    known = {"uprn": (uprns, NO_HOUSE), "postcode": (postcodes, NO_HOUSES), "": ((), NOTHING)}
    return [
        Unknown(one.line, one.typed, known[one.kind][1])
        for one in entries
        if one.code not in known[one.kind][0]
    ]
