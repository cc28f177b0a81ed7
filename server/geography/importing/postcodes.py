"""`doorstep import postcodes`: ONSPD and NSPL in their three generations of headers, and Code-Point Open.

The same things have had three names: osward, ward and wd25cd; oslaua, laua and lad25cd; oseast1m and east1m. A
column is found by the pattern of its name; of two vintages the later one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.geography.grid import to_lonlat
from server.geography.importing.addressbase import BadRow, normal_postcode
from server.geography.importing.locating import Layer
from server.geography.importing.reading import Line, Table, open_file, read_lines
from server.geography.importing.report import ImportSummary, Progress, Rejects, silent
from server.geography.importing.running import run_import
from server.geography.importing.wrong_file import wrong_header
from server.geography.tables import Area, Postcode

BATCH_ROWS = 20_000
CODE_POINT_COLUMNS = ["pc", "pq", "ea", "no", "cy", "rh", "lh", "cc", "dc", "wc"]
"""The short header of Code-Point Open, which ships it in a file of its own and never in the data."""


PATTERNS = {
    "postcode": r"pcds|pcd8|pcd2|pcd7|pcd|pc|postcode",
    "terminated": r"doterm",
    "ward": r"wd(\d\d)?cd|ward|osward|wc|admin_ward_code",
    "district": r"lad(\d\d)?cd|laua|oslaua|dc|admin_district_code",
    "lsoa21": r"lsoa21(cd)?",
    "easting": r"east1m|oseast1m|ea|eastings",
    "northing": r"north1m|osnrth1m|no|northings",
    "lat": r"lat",
    "lon": r"long",
}
NEEDED = ("postcode", "ward", "district")
NO_LATITUDE = 90.0
"""ONS writes 99.999999 for a postcode without a place."""
_PSEUDO_CODE = re.compile(r"[A-Z]99999999")
_MONTH = re.compile(r"(\d{4})(\d\d)")


class PostcodeRecord(NamedTuple):
    """One postcode as a file tells it; None where the file doesn't say."""

    pcds: str
    lon: float | None
    lat: float | None
    ward_code: str | None
    district_code: str | None
    lsoa21_code: str | None
    terminated_on: str | None


def import_postcodes(
    service: Service,
    files: Sequence[Path],
    *,
    principal: Principal,
    rejects: Path | None = None,
    progress: Progress = silent,
) -> ImportSummary:
    """Import postcode directories: ONSPD, NSPL, or Code-Point Open (which has no header and no LSOA).

    Once districts are known, postcodes of others are passed over: a national file can be given whole. Postcodes are
    never removed; one that the file says is terminated counts as retired. Raises Problem, and then nothing was
    imported.
    """

    def work(session: Session, summary: ImportSummary, rejected: Rejects, hashes: list[str]) -> None:
        store = _Store(session, summary)
        for path in files:
            with open_file(path, progress) as (stream, sha256):
                opened = _open_table(path, read_lines(path, stream), rejected)
                rows = opened.records(summary, store)
                while batch := list(islice(rows, BATCH_ROWS)):
                    store.take(batch)
                hashes.append(sha256())
        rejected.refuse_if_most(summary.read)

    return run_import(service, principal, "postcodes", files, work, rejects=rejects)


class PostcodeFormat:
    """What a postcode directory needs, for the message when it isn't one."""

    name = "a postcode directory (ONSPD, NSPL or Code-Point Open)"

    def missing(self, columns: Sequence[str]) -> list[str]:
        """The columns that are needed and not there, by their newest names."""
        found = positions_of(columns)
        newest = {"postcode": "pcds", "ward": "wd25cd", "district": "lad25cd"}
        missing = [newest[name] for name in NEEDED if name not in found]
        placed = {"lat", "lon"} <= found.keys() or {"easting", "northing"} <= found.keys()
        return missing if placed else [*missing, "lat", "long"]


def positions_of(columns: Sequence[str]) -> dict[str, int]:
    """Where each thing stands in a header: by the first pattern that fits, and of two vintages by the later."""
    found = {}
    for name, pattern in PATTERNS.items():
        for choice in pattern.split("|"):
            fitting = sorted(
                (column, place) for place, column in enumerate(columns) if re.fullmatch(choice, column)
            )
            if fitting:
                found[name] = fitting[-1][1]
                break
    return found


@dataclass(frozen=True)
class _Opened:
    """A postcode file whose columns are known."""

    table: Table
    read: Callable[[Sequence[str]], PostcodeRecord]

    def records(self, summary: ImportSummary, store: _Store) -> Iterator[PostcodeRecord]:
        """Records of this force's districts; each postcode once."""
        file, rejects = self.table.path.name, self.table.rejects
        for line in self.table.rows():
            summary.read += 1
            if not line.fields:
                continue
            try:
                record = self.read(line.fields)
            except BadRow as error:
                rejects.add(file, line.number, str(error))
                continue
            if not store.is_ours(record):
                summary.passed_over += 1
            elif record.pcds in store.seen:
                first = store.seen[record.pcds]
                rejects.add(
                    file, line.number, f"{record.pcds} stands already on line {first}, which was taken"
                )
            else:
                store.seen[record.pcds] = line.number
                yield record


def _open_table(path: Path, lines: Iterator[Line], rejected: Rejects) -> _Opened:
    first = next(lines, Line(0, []))
    columns = [name.strip().lower() for name in first.fields]
    if _is_code_point(first.fields):
        table = Table(path, CODE_POINT_COLUMNS, _with(first, lines), rejected)
    elif PostcodeFormat().missing(columns):
        raise wrong_header(path.name, first.fields, "postcodes", [PostcodeFormat()])
    else:
        table = Table(path, columns, lines, rejected)
    return _Opened(table, _reader(positions_of(table.columns)))


def _is_code_point(fields: Sequence[str]) -> bool:
    if len(fields) != len(CODE_POINT_COLUMNS) or not fields[2].strip().isdigit():
        return False
    try:
        return bool(normal_postcode(fields[0].strip()))
    except BadRow:
        return False


def _with(first: Line, lines: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from lines


def _reader(position: dict[str, int]) -> Callable[[Sequence[str]], PostcodeRecord]:
    def field(fields: Sequence[str], name: str) -> str:
        return fields[position[name]].strip() if name in position else ""

    def code(fields: Sequence[str], name: str) -> str | None:
        text = field(fields, name)
        return None if not text or _PSEUDO_CODE.fullmatch(text) else text

    def read(fields: Sequence[str]) -> PostcodeRecord:
        pcds = normal_postcode(field(fields, "postcode"))
        if not pcds:
            raise BadRow("the postcode is empty")
        terminated = field(fields, "terminated")
        month = _MONTH.fullmatch(terminated)
        if terminated and not month:
            raise BadRow("DOTERM is not a month (YYYYMM)")
        return PostcodeRecord(
            pcds,
            *_place(*(field(fields, name) for name in ("lon", "lat", "easting", "northing"))),
            code(fields, "ward"),
            code(fields, "district"),
            code(fields, "lsoa21"),
            f"{month[1]}-{month[2]}" if month else None,
        )

    return read


def _place(lon: str, lat: str, easting: str, northing: str) -> tuple[float | None, float | None]:
    """Longitude and latitude; None for a postcode that is nowhere (a PO box, or only roughly known)."""
    try:
        if lon and lat:
            place = float(lon), float(lat)
            return place if abs(place[1]) < NO_LATITUDE and abs(place[0]) <= 180 else (None, None)
        if not easting or not northing or float(easting) <= 0:
            return None, None
        east, north = to_lonlat([float(easting)], [float(northing)])
        return round(float(east[0]), 6), round(float(north[0]), 6)
    except ValueError as error:
        raise BadRow("its coordinates are not numbers") from error


class _Store:
    """Writes postcodes in batches and counts."""

    def __init__(self, session: Session, summary: ImportSummary) -> None:
        self.seen: dict[str, int] = {}
        self._session = session
        self._summary = summary
        self._districts = set(session.scalars(select(Area.code).where(Area.kind == "district")))
        self._lsoas = Layer(session, "lsoa21")
        self._known = {row.pcds: PostcodeRecord(*row) for row in session.execute(select(*_COLUMNS))}

    def is_ours(self, record: PostcodeRecord) -> bool:
        """True where the postcode is in a district of this force, or no district is known yet."""
        return not self._districts or record.district_code in self._districts

    def take(self, batch: list[PostcodeRecord]) -> None:
        """Add and change a batch; what a file doesn't say keeps its value."""
        added, changed = [], []
        for record in self._with_lsoas(batch):
            before = self._known.get(record.pcds)
            if before is None:
                added.append(record._asdict())
                continue
            said = {name: value for name, value in record._asdict().items() if value is not None}
            now = before._replace(**said | {"terminated_on": record.terminated_on})
            if now == before:
                self._summary.unchanged += 1
            elif now.terminated_on and not before.terminated_on:
                self._summary.retired += 1
                changed.append(now._asdict())
            else:
                self._summary.changed += 1
                changed.append(now._asdict())
        self._summary.new += len(added)
        if added:
            self._session.execute(insert(Postcode.__table__), added)  # type: ignore[arg-type]
        if changed:
            self._session.execute(update(Postcode), changed)

    def _with_lsoas(self, batch: list[PostcodeRecord]) -> Iterator[PostcodeRecord]:
        """Records with the LSOA that their centroid is in, where the file has none."""
        lacking = [
            index for index, one in enumerate(batch) if one.lsoa21_code is None and one.lon is not None
        ]
        places = np.array([(batch[index].lon, batch[index].lat) for index in lacking], float).reshape(-1, 2)
        found = dict(zip(lacking, self._lsoas.find(shapely.points(places)), strict=True))
        for index, record in enumerate(batch):
            yield record._replace(lsoa21_code=found[index]) if index in found else record


_COLUMNS = (
    Postcode.pcds,
    Postcode.lon,
    Postcode.lat,
    Postcode.ward_code,
    Postcode.district_code,
    Postcode.lsoa21_code,
    Postcode.terminated_on,
)
