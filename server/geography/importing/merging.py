"""Staged premises into the tables, by sets: who is new, changed, retired; streets locked before anything changes."""

# ruff: noqa: S608 - the statements are put together from the column names below, never from a file

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.base.problems import Problem
from server.geography.changes import OnChanged, PremisesChange
from server.geography.importing.report import ImportSummary, Progress, Rejects
from server.geography.importing.staging import Staging, on_postgresql
from server.geography.lock import lock_streets
from server.geography.tables import Premises

MOST_RETIRED_SHARE = 0.20
CHANGES_AT_ONCE = 5_000

COPIED = (
    "uprn", "usrn", "ward_code", "district_code", "lsoa21_code", "parent_uprn", "address", "number", "number_text",
    "sub_building", "building", "postcode", "classification", "residential", "lon", "lat", "updated_on", "digest",
)  # fmt: skip
"""Columns of `premises` that come from the staged row of the same name."""

DWELLING = "(p.classification LIKE 'RD%' OR p.classification LIKE 'RH%')"


def stage_columns(*, postgresql: bool) -> dict[str, str]:
    """The staging table: a row of the file, its areas, and (on SQLite) its point as WKB."""
    columns = {"row_no": "integer", "file": "text", "line": "integer", "uprn": "text", "usrn": "text"}
    columns |= {"parent_uprn": "text", "address": "text", "number": "integer", "number_text": "text"}
    columns |= dict.fromkeys(("sub_building", "building", "postcode", "classification"), "text")
    columns |= {
        "dwelling": "boolean",
        "gone": "boolean",
        "lon": "double precision",
        "lat": "double precision",
    }
    columns |= {"updated_on": "date"}
    columns |= dict.fromkeys(
        ("street", "locality", "town", "ward_code", "district_code", "lsoa21_code"), "text"
    )
    columns |= {"residential": "boolean", "digest": "text"}
    return columns if postgresql else columns | {"point": "blob"}


class Merge:
    """One merge of a filled staging table; it counts into the summary."""

    def __init__(
        self, session: Session, stage: Staging, summary: ImportSummary, rejects: Rejects, progress: Progress
    ) -> None:
        self.session = session
        self.stage = stage
        self.summary = summary
        self.rejects = rejects
        self.progress = progress
        self.postgresql = on_postgresql(session)

    def run(self, mode: Literal["full", "changes"], *, allow_retire: bool, on_changed: OnChanged) -> None:
        """Merge. Raises Problem("conflict") for a full supply that would retire too much."""
        steps = 6
        self.progress("comparing with what is there", 1, steps)
        self.stage.index("uprn")
        self._reject_duplicates()
        streets = self._find_streets()
        self._mark_shells(mode)
        changes = self._find_changes(mode)
        if mode == "full" and not allow_retire:
            self._refuse_too_many_retired()
        self.progress("locking streets", 2, steps)
        self._add_streets()
        self._lock_streets(mode)
        self.progress("storing premises", 3, steps)
        self._store()
        self.progress("marking buildings that hold flats", 4, steps)
        if mode == "changes":
            self._mark_parents_elsewhere()
        self.progress("telling the lists", 5, steps)
        changes.index("new_usrn")
        self._tell(on_changed)
        streets.drop()
        changes.drop()
        self.stage.drop()
        self.progress("done", steps, steps)

    def _run(self, sql: str, **values: Any) -> int:
        return int(self.session.execute(text(sql), values).rowcount)  # type: ignore[attr-defined]

    def _count(self, sql: str) -> int:
        return int(self.session.execute(text(sql)).scalar_one())

    def _reject_duplicates(self) -> None:
        """The first row of a UPRN is taken; the others go to the rejects."""
        first = "SELECT uprn, MIN(row_no) AS first_row FROM stage_premises GROUP BY uprn HAVING COUNT(*) > 1"
        later = self.session.execute(
            text(
                "SELECT s.row_no, s.file, s.line, s.uprn, t.line AS first_line, t.file AS first_file "
                f"FROM stage_premises s JOIN ({first}) d ON d.uprn = s.uprn AND s.row_no > d.first_row "
                "JOIN stage_premises t ON t.row_no = d.first_row"
            )
        ).all()
        for row in later:
            where = f"line {row.first_line}" + (f" of {row.first_file}" if row.first_file != row.file else "")
            self.rejects.add(
                row.file, row.line, f"UPRN {row.uprn} stands already on {where}, which was taken"
            )
        if later:
            self._run(
                "DELETE FROM stage_premises WHERE row_no > (SELECT MIN(t.row_no) FROM stage_premises t "
                "WHERE t.uprn = stage_premises.uprn)"
            )

    def _mark_shells(self, mode: str) -> None:
        """A dwelling that holds other dwellings is a shell: nobody is knocked at there but in its flats."""
        children = "SELECT c.parent_uprn FROM stage_premises c WHERE c.dwelling AND NOT c.gone"
        self._run(
            "UPDATE stage_premises SET residential = false "
            f"WHERE dwelling AND uprn IN ({children} AND c.parent_uprn IS NOT NULL)"
        )
        if mode == "changes":
            self._run(
                "UPDATE stage_premises SET residential = false WHERE dwelling AND uprn IN ("
                "SELECT c.parent_uprn FROM premises c WHERE c.residential AND c.status = 'live' "
                "AND c.parent_uprn IS NOT NULL "
                "AND c.uprn NOT IN (SELECT g.uprn FROM stage_premises g))"
            )

    def _find_streets(self) -> Staging:
        """A temporary table of the streets in the file; the first row of a street names it."""
        streets = Staging(
            self.session, "stage_street", dict.fromkeys(("usrn", "name", "locality", "town"), "text")
        )
        self._run(
            "INSERT INTO stage_street SELECT usrn, street, locality, town FROM stage_premises WHERE row_no IN "
            "(SELECT MIN(row_no) FROM stage_premises WHERE NOT gone GROUP BY usrn)"
        )
        streets.index("usrn")
        return streets

    def _find_changes(self, mode: str) -> Staging:
        """A temporary table of what was there and will differ; new and unchanged ones are only counted."""
        kinds = dict.fromkeys(
            ("uprn", "old_usrn", "new_usrn", "old_ward", "new_ward", "old_status", "status"), "text"
        )
        changes = Staging(
            self.session, "stage_change", kinds | {"old_residential": "boolean", "residential": "boolean"}
        )
        join = "FROM stage_premises s JOIN premises p ON p.uprn = s.uprn WHERE NOT s.gone"
        told_otherwise = "p.decided = '' AND (p.status <> 'live' OR p.residential <> s.residential)"
        differs = f"(p.digest <> s.digest OR ({told_otherwise}))"
        self.summary.changed = self._run(
            "INSERT INTO stage_change SELECT p.uprn, p.usrn, s.usrn, p.ward_code, s.ward_code, p.status, 'live', "
            f"p.residential, s.residential {join} AND {differs}"
        )
        staged = self._count("SELECT COUNT(*) FROM stage_premises WHERE NOT gone")
        known = self._count(f"SELECT COUNT(*) {join}")
        self.summary.new, self.summary.unchanged = staged - known, known - self.summary.changed
        missing = (
            "NOT EXISTS (SELECT 1 FROM stage_premises s WHERE s.uprn = p.uprn AND NOT s.gone)"
            if mode == "full"
            else "EXISTS (SELECT 1 FROM stage_premises s WHERE s.uprn = p.uprn AND s.gone)"
        )
        self.summary.retired = self._run(
            "INSERT INTO stage_change SELECT p.uprn, p.usrn, p.usrn, p.ward_code, p.ward_code, p.status, 'retired', "
            "p.residential, p.residential FROM premises p "
            f"WHERE p.status = 'live' AND p.decided <> 'provisional' AND {missing}"
        )
        unknown = self._count(
            "SELECT COUNT(*) FROM stage_premises s WHERE s.gone AND NOT EXISTS "
            "(SELECT 1 FROM premises p WHERE p.uprn = s.uprn AND p.status = 'live')"
        )
        self.summary.passed_over += unknown
        return changes

    def _refuse_too_many_retired(self) -> None:
        live = self._count("SELECT COUNT(*) FROM premises WHERE status = 'live'")
        retired = self.summary.retired
        if live and retired > MOST_RETIRED_SHARE * live:
            raise Problem(
                "conflict",
                f"As a full file this would retire {retired:,} of {live:,} premises ({retired / live:.0%}), so "
                "nothing was imported. If it lists changes only, import it with --changes; if so many really are "
                "gone, with --allow-retire.",
            )

    def _add_streets(self) -> None:
        """New streets in USRN order."""
        self._run(
            "INSERT INTO street (usrn, name, locality, town) SELECT usrn, name, locality, town FROM stage_street s "
            "WHERE NOT EXISTS (SELECT 1 FROM street t WHERE t.usrn = s.usrn) ORDER BY usrn"
        )

    def _lock_streets(self, mode: str) -> None:
        """Every street whose premises or name will change, in USRN order, before any of them changes."""
        touched = self.session.scalars(
            text(
                "SELECT old_usrn FROM stage_change UNION SELECT new_usrn FROM stage_change "
                f"UNION SELECT s.usrn FROM stage_street s JOIN street t ON t.usrn = s.usrn WHERE {_RENAMED} "
                "UNION SELECT s.usrn FROM stage_premises s WHERE NOT s.gone AND NOT EXISTS "
                "(SELECT 1 FROM premises p WHERE p.uprn = s.uprn)"
                + (
                    f" UNION SELECT p.usrn FROM premises p WHERE p.uprn IN ({_PARENTS})"
                    if mode == "changes"
                    else ""
                )
            )
        ).all()
        lock_streets(self.session, touched)

    def _store(self) -> None:
        point = "ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)" if self.postgresql else "s.point"
        renamed = self._run(
            "UPDATE street SET name = s.name, locality = s.locality, town = s.town FROM stage_street s "
            f"WHERE s.usrn = street.usrn AND {_RENAMED.replace('t.', 'street.')}"
        )
        if renamed:
            self.summary.note(f"Streets with another name, locality or town now: {renamed:,}.")
        copied = ", ".join(COPIED)
        self._run(
            "UPDATE premises SET "
            + ", ".join(f"{name} = s.{name}" for name in COPIED[1:])
            + f", point = {point}, status = 'live', decided = '' "
            "FROM stage_premises s JOIN stage_change c ON c.uprn = s.uprn "
            "WHERE premises.uprn = s.uprn AND c.status = 'live'"
        )
        self._run(
            "UPDATE premises SET status = 'retired', decided = '' "
            "WHERE uprn IN (SELECT uprn FROM stage_change WHERE status = 'retired')"
        )
        with self._indexes_made_afterwards():
            self._run(
                f"INSERT INTO premises ({copied}, point, status) "
                f"SELECT {', '.join('s.' + name for name in COPIED)}, {point}, 'live' FROM stage_premises s "
                "WHERE NOT s.gone AND NOT EXISTS (SELECT 1 FROM premises p WHERE p.uprn = s.uprn) ORDER BY s.uprn"
            )

    @contextmanager
    def _indexes_made_afterwards(self) -> Iterator[None]:
        """On an empty PostgreSQL table, indexes are quicker made once than kept up row by row: a third of the time."""
        empty = self.summary.new > 0 and not self._count(
            "SELECT COUNT(*) FROM (SELECT 1 FROM premises LIMIT 1) p"
        )
        connection = self.session.connection()
        indexes = sorted(Premises.__table__.indexes, key=lambda index: str(index.name))  # type: ignore[attr-defined]
        if not (self.postgresql and empty):
            yield
            return
        for index in indexes:
            index.drop(connection)
        yield
        for index in indexes:
            index.create(connection)
        connection.execute(text("ANALYZE premises, street"))

    def _mark_parents_elsewhere(self) -> None:
        """Changes may give a building its first flat, or take its last, without naming the building."""
        holds = (
            "EXISTS (SELECT 1 FROM premises k WHERE k.parent_uprn = p.uprn AND k.status = 'live' "
            f"AND {DWELLING.replace('p.', 'k.')})"
        )
        self.session.execute(
            text(
                "INSERT INTO stage_change SELECT p.uprn, p.usrn, p.usrn, p.ward_code, p.ward_code, p.status, "
                f"p.status, p.residential, NOT p.residential FROM premises p WHERE p.uprn IN ({_PARENTS}) "
                f"AND p.uprn NOT IN (SELECT uprn FROM stage_change) AND {DWELLING} "
                f"AND p.decided = '' AND p.residential = {holds}"
            )
        )
        self.summary.changed += self._run(
            "UPDATE premises SET residential = c.residential FROM stage_change c "
            "WHERE premises.uprn = c.uprn AND premises.residential <> c.residential"
        )

    def _tell(self, on_changed: OnChanged) -> None:
        """Tell the room above, street by street, and once with nothing at the end."""
        after = ("", "")
        while chunk := self._changes_after(*after):
            on_changed(self.session, chunk)
            after = (chunk[-1].new_usrn, chunk[-1].uprn)
        on_changed(self.session, [])

    def _changes_after(self, usrn: str, uprn: str) -> list[PremisesChange]:
        """The next changes in the order of their streets: read in parts, as they may be all there is."""
        rows = self.session.execute(
            text(
                "SELECT * FROM stage_change WHERE (new_usrn, uprn) > (:usrn, :uprn) "
                f"ORDER BY new_usrn, uprn LIMIT {CHANGES_AT_ONCE}"
            ),
            {"usrn": usrn, "uprn": uprn},
        )
        return [_change(row) for row in rows]


_PARENTS = (
    "SELECT parent_uprn FROM stage_premises WHERE parent_uprn IS NOT NULL "
    "UNION SELECT k.parent_uprn FROM premises k JOIN stage_change c ON c.uprn = k.uprn WHERE k.parent_uprn IS NOT NULL"
)
_RENAMED = "(t.name <> s.name OR t.locality <> s.locality OR t.town <> s.town)"


def _change(row: Any) -> PremisesChange:
    return PremisesChange(
        row.uprn,
        row.old_usrn,
        row.new_usrn,
        row.old_ward,
        row.new_ward,
        row.old_status,
        row.status,
        bool(row.old_residential),
        bool(row.residential),
    )
