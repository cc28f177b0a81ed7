"""`doorstep import premises`: an address file into premises and streets.

A full file lists everything there is: what it doesn't list any more retires. A file of changes touches what it names
(CHANGE_CODE of Core, CHANGE_TYPE of Plus: I, U, D). Nothing is deleted: a retired premises keeps its visits, and one
that comes back is live again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import shapely
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.geography.changes import OnChanged
from server.geography.importing.addressbase import (
    DELETE,
    FORMATS,
    UPDATE,
    AddressFormat,
    AddressRecord,
    BadRow,
)
from server.geography.importing.locating import Locator
from server.geography.importing.merging import Merge, stage_columns
from server.geography.importing.reading import Line, Table, open_file, read_lines
from server.geography.importing.report import ImportSummary, Progress, Rejects, silent
from server.geography.importing.running import run_import
from server.geography.importing.staging import Staging, on_postgresql
from server.geography.importing.wrong_file import wrong_header

Mode: TypeAlias = Literal["full", "changes"]

BATCH_ROWS = 20_000
DIGEST_BYTES = 8


def import_premises(
    service: Service,
    files: Sequence[Path],
    *,
    principal: Principal,
    on_changed: OnChanged,
    mode: Mode | None = None,
    allow_retire: bool = False,
    rejects: Path | None = None,
    progress: Progress = silent,
) -> ImportSummary:
    """Import AddressBase Core or Plus; all the files together are one supply.

    With no `mode`, files that have an update or a deletion are changes, others are full. A full supply that would
    retire more than a fifth of what is live is refused unless `allow_retire`. `on_changed` is told, inside the
    transaction, of premises that were there and changed. Raises Problem, and then nothing was imported.
    """

    def work(session: Session, summary: ImportSummary, rejected: Rejects, hashes: list[str]) -> None:
        stage = Staging(session, "stage_premises", stage_columns(postgresql=on_postgresql(session)))
        has_changes = _fill(session, stage, files, (summary, rejected, hashes), progress)
        rejected.refuse_if_most(summary.read)
        merge = Merge(session, stage, summary, rejected, progress)
        merge.run(
            mode or ("changes" if has_changes else "full"), allow_retire=allow_retire, on_changed=on_changed
        )

    return run_import(service, principal, "premises", files, work, rejects=rejects)


def _fill(
    session: Session,
    stage: Staging,
    files: Sequence[Path],
    report: tuple[ImportSummary, Rejects, list[str]],
    progress: Progress,
) -> bool:
    """Stage every row that can be taken; True where any row is an update or a deletion."""
    summary, rejected, hashes = report
    locator = Locator(session)
    with_points = not on_postgresql(session)
    header: tuple[AddressFormat, list[str]] | None = None
    row_number, has_changes = 0, False
    for path in files:
        with open_file(path, progress) as (stream, sha256):
            opened = _open_table(path, read_lines(path, stream), rejected, header)
            header = (opened.format, opened.table.columns)
            while batch := list(islice(opened.records(summary, rejected), BATCH_ROWS)):
                has_changes = has_changes or any(record.change in (UPDATE, DELETE) for _, record in batch)
                stage.add(_staged(batch, path.name, row_number, locator, with_points=with_points))
                row_number += len(batch)
            hashes.append(sha256())
    return has_changes


@dataclass
class _Opened:
    """An address file whose header is known."""

    format: AddressFormat
    table: Table
    _records: Iterator[tuple[int, AddressRecord]] | None = None

    def records(self, summary: ImportSummary, rejected: Rejects) -> Iterator[tuple[int, AddressRecord]]:
        """The rows not read yet, with their lines; those that can't be taken go to the rejects."""
        if self._records is None:
            self._records = self._read(summary, rejected)
        return self._records

    def _read(self, summary: ImportSummary, rejected: Rejects) -> Iterator[tuple[int, AddressRecord]]:
        read = self.format.reader({name: index for index, name in enumerate(self.table.columns)})
        for line in self.table.rows():
            summary.read += 1
            if not line.fields:
                continue
            try:
                yield line.number, read(line.fields)
            except BadRow as error:
                rejected.add(self.table.path.name, line.number, str(error))


def _open_table(
    path: Path, lines: Iterator[Line], rejected: Rejects, before: tuple[AddressFormat, list[str]] | None
) -> _Opened:
    """By the file's own header; a file without one takes that of the file before it (OS ships it as one of its own)."""
    first = next(lines, Line(0, []))
    columns = [name.strip().lower() for name in first.fields]
    for one in FORMATS:
        if one.fits(columns):
            return _Opened(one, Table(path, columns, lines, rejected))
    if before and len(first.fields) == len(before[1]) and first.fields[0].strip().isdigit():
        return _Opened(before[0], Table(path, before[1], _with(first, lines), rejected))
    raise wrong_header(path.name, first.fields, "premises", FORMATS)


def _with(first: Line, lines: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from lines


def _staged(
    batch: list[tuple[int, AddressRecord]], file: str, row_number: int, locator: Locator, *, with_points: bool
) -> Iterator[tuple[object, ...]]:
    """Rows of `stage_columns`: the record, where it is, and a digest of all that is stored but the date."""
    records = [record for _, record in batch]
    points = shapely.points([record.lon for record in records], [record.lat for record in records])
    located = locator.locate(
        points,
        [record.postcode for record in records],
        [record.ward_hint for record in records],
        [record.district_hint for record in records],
    )
    stored = shapely.to_wkb(points) if with_points else [None] * len(records)
    for index, ((line, record), areas, point) in enumerate(zip(batch, located, stored, strict=True)):
        digest = digest_of((*record[1:10], *record[12:14], *record[15:18], *areas))
        row = (row_number + index, file, line, *record[:18], *areas, record.dwelling, digest)
        yield (*row, point) if with_points else row


def digest_of(content: tuple[object, ...]) -> str:
    """What a premises is made of in 16 hex digits: the same content, the same digest."""
    return blake2b(repr(content).encode(), digest_size=DIGEST_BYTES).hexdigest()
