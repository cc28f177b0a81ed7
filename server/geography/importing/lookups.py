"""`doorstep import lookups`: which LSOA best fits which ward, in which district, in which police force area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.geography.importing.areas import (
    FORCE,
    LEVELS,
    LSOA11,
    LSOA21,
    AreaRow,
    is_code,
    pairs_of,
    store_areas,
)
from server.geography.importing.reading import Line, Table, open_file, read_lines
from server.geography.importing.report import ImportSummary, Progress, Rejects, silent
from server.geography.importing.running import run_import
from server.geography.importing.wrong_file import wrong_header
from server.geography.tables import Area

Pairs = list[tuple[str, int, int]]
"""(kind, position of its code, position of its name), narrowest first."""


def import_lookups(
    service: Service,
    files: Sequence[Path],
    *,
    principal: Principal,
    rejects: Path | None = None,
    progress: Progress = silent,
) -> ImportSummary:
    """Import best-fit look-ups: any two or more …CD/…NM pairs of LSOA, ward, district (LAD) and force (PFA).

    An area in two others of a kind is kept in the first, the later row goes to the rejects. Rows of another force
    are passed over where the file names forces. Raises Problem, and then nothing was imported.
    """

    def work(session: Session, summary: ImportSummary, rejected: Rejects, hashes: list[str]) -> None:
        found = _Found(session, service.settings.force_code)
        for path in files:
            with open_file(path, progress) as (stream, sha256):
                table, pairs = _open_table(path, read_lines(path, stream), rejected)
                for line in table.rows():
                    summary.read += 1
                    if line.fields:
                        found.take(table, line, pairs, summary)
                hashes.append(sha256())
        rejected.refuse_if_most(summary.read)
        store_areas(session, service.settings, found.rows.values(), summary)

    return run_import(service, principal, "lookups", files, work, rejects=rejects)


class LookupFormat:
    """What a look-up needs, for the message when it isn't one."""

    name = "an area look-up"

    def missing(self, columns: Sequence[str]) -> list[str]:
        """Two pairs of the tree are needed."""
        known = [kind for kind in pairs_of(columns) if kind in LEVELS]
        return [] if len(known) > 1 else ["LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM", "LAD24CD", "LAD24NM"]


def _open_table(path: Path, lines: Iterator[Line], rejected: Rejects) -> tuple[Table, Pairs]:
    columns = [name.strip() for name in next(lines, Line(0, [])).fields]
    if LookupFormat().missing(columns):
        raise wrong_header(path.name, columns, "lookups", [LookupFormat()])
    pairs = [
        (kind, columns.index(code), columns.index(name))
        for kind, (code, name) in pairs_of(columns).items()
        if kind in LEVELS
    ]
    return Table(path, columns, lines, rejected), sorted(pairs, key=lambda pair: -LEVELS[pair[0]])


class _Found:
    """Areas of the files so far."""

    def __init__(self, session: Session, force_code: str) -> None:
        self.rows: dict[tuple[str, str], AreaRow] = {}
        self._force_code = force_code
        self._wards = dict(
            session.execute(select(Area.code, Area.parent_code).where(Area.kind == LSOA21)).all()
        )

    def take(self, table: Table, line: Line, pairs: Pairs, summary: ImportSummary) -> None:
        """The areas of one row, each under the next wider one."""
        codes = [(kind, line.fields[code].strip(), line.fields[name].strip()) for kind, code, name in pairs]
        wrong = next((code for _, code, _ in codes if code and not is_code(code)), None)
        if wrong is not None or not codes[0][1]:
            reason = (
                "a code is empty or not one" if wrong is None else f"{wrong[:30]!r} is not an area's code"
            )
            table.rejects.add(table.path.name, line.number, reason)
            return
        forces = [code for kind, code, _ in codes if kind == FORCE and code]
        if forces and forces[0] != self._force_code:
            summary.passed_over += 1
            return
        given = [one for one in codes if one[1]]
        rows = [
            AreaRow(code, kind, name or None, self._parent(given[place:]))
            for place, (kind, code, name) in enumerate(given)
        ]
        clash = next((row for row in rows if self._clashes(row)), None)
        if clash is not None:
            first = self.rows[clash.kind, clash.code].parent_code
            table.rejects.add(
                table.path.name,
                line.number,
                f"{clash.code} is in {clash.parent_code} here, but in {first} on an earlier line, which was taken",
            )
            return
        for row in rows:
            self.rows[row.kind, row.code] = row

    def _clashes(self, row: AreaRow) -> bool:
        before = self.rows.get((row.kind, row.code))
        # an LSOA of 2011 may be several of 2021: the first of them gives its ward
        return before is not None and before.parent_code != row.parent_code and row.kind != LSOA11

    def _parent(self, given: list[tuple[str, str, str]]) -> str | None:
        """The next wider area that isn't an LSOA; of an LSOA of 2011 without a ward, that of its LSOA of 2021."""
        kind = given[0][0]
        wider = [(other, code) for other, code, _ in given[1:]]
        if kind == LSOA11 and all(other != "ward" for other, _ in wider):
            successor = next((code for other, code in wider if other == LSOA21), None)
            ward = self._wards.get(successor) if successor else None
            if ward:
                return ward
        return next((code for other, code in wider if not other.startswith("lsoa")), None)
