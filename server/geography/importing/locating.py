"""Which ward, district and LSOA a point is in: by boundary, else by its postcode, else by what the file says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.geography.tables import Area, Postcode

NOWHERE = -1


class Located(NamedTuple):
    """The areas of one point; None where they aren't known."""

    ward: str | None
    district: str | None
    lsoa21: str | None


class Layer:
    """The polygons of one kind of area, by code."""

    def __init__(self, session: Session, kind: str) -> None:
        rows = session.execute(
            select(Area.code, Area.geometry)
            .where(Area.kind == kind, Area.geometry.is_not(None))
            .order_by(Area.code)
        ).all()
        self.codes: list[str] = [row.code for row in rows]
        self.shapes = np.array([row.geometry for row in rows], object)
        shapely.prepare(self.shapes)

    def find(self, points: NDArray[np.object_]) -> list[str | None]:
        """The code of the polygon that each point is in; of several the one whose code comes first."""
        found = np.full(len(points), NOWHERE)
        if len(self.codes) and len(points):
            polygon, point = shapely.STRtree(points).query(self.shapes, predicate="intersects")
            order = np.argsort(-polygon, kind="stable")
            found[point[order]] = polygon[order]
        return [self.codes[index] if index != NOWHERE else None for index in found.tolist()]


class Locator:
    """Areas as they are in the database now; for one import."""

    def __init__(self, session: Session) -> None:
        self._wards = Layer(session, "ward")
        self._lsoas = Layer(session, "lsoa21")
        areas = session.execute(select(Area.code, Area.kind, Area.parent_code)).all()
        self._kind = {row.code: row.kind for row in areas}
        self._parent = {row.code: row.parent_code for row in areas}
        postcodes = session.execute(
            select(Postcode.pcds, Postcode.ward_code, Postcode.district_code, Postcode.lsoa21_code)
        )
        self._postcodes = {row.pcds: (row.ward_code, row.district_code, row.lsoa21_code) for row in postcodes}

    def locate(
        self,
        points: NDArray[np.object_],
        postcodes: Sequence[str],
        ward_hints: Sequence[str],
        district_hints: Sequence[str],
    ) -> list[Located]:
        """The areas of each point (shapely points in EPSG:4326).

        A ward comes from its boundary, else from the LSOA's best fit, else from the postcode, else from the hint
        if there is such an area; a district is the ward's, else the postcode's, else the hint.
        """
        located = []
        columns = (self._wards.find(points), self._lsoas.find(points), postcodes, ward_hints, district_hints)
        for ward, lsoa, pcds, ward_hint, district_hint in zip(*columns, strict=True):
            pc_ward, pc_district, pc_lsoa = self._postcodes.get(pcds, (None, None, None))
            lsoa_here = lsoa or pc_lsoa
            ward_here = ward or self._parent_of_kind(lsoa_here, "ward") or self._known(pc_ward, "ward")
            ward_here = ward_here or self._known(ward_hint, "ward")
            district = self._parent_of_kind(ward_here, "district") or self._known(pc_district, "district")
            located.append(Located(ward_here, district or self._known(district_hint, "district"), lsoa_here))
        return located

    def _known(self, code: str | None, kind: str) -> str | None:
        return code if code and self._kind.get(code) == kind else None

    def _parent_of_kind(self, code: str | None, kind: str) -> str | None:
        return self._known(self._parent.get(code), kind) if code else None
