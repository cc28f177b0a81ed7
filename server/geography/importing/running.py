"""What every import does around its own work: permission, one transaction, the record of it, the rejects file."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.geography.importing.report import ImportSummary, Rejects
from server.geography.importing.staging import lock_imports
from server.geography.tables import ImportRun

PERMISSION = "geography.import"

Work: TypeAlias = Callable[[Session, ImportSummary, Rejects, list[str]], None]
"""Does the import in a session; fills in the counts, the rejects, and the SHA-256 of each file read."""


def run_import(
    service: Service,
    principal: Principal,
    kind: str,
    files: Sequence[Path],
    work: Work,
    *,
    rejects: Path | None,
) -> ImportSummary:
    """Run an import in one transaction with its audit entry. Raises Problem, and then nothing was imported.

    The rejects go to `rejects`, or into the instance's folder of imports; they are written also when the import
    was refused because of them.
    """
    require(principal, PERMISSION)
    if not files:
        raise Problem("bad_request", "Give at least one file to import.")
    started, clock = service.clock.now(), time.monotonic()
    stamp = started.strftime("%Y%m%dT%H%M%S")
    place = rejects or service.settings.home / "imports" / f"{kind}-{stamp}.rejects.csv"
    kept = Rejects(place)

    def transaction(session: Session) -> ImportSummary:
        nonlocal kept
        kept = Rejects(place)
        summary, hashes = ImportSummary(kind), list[str]()
        lock_imports(session)
        work(session, summary, kept, hashes)
        summary.rejected = len(kept.rows)
        summary.rejects_file = kept.write()
        summary.seconds = round(time.monotonic() - clock, 1)
        _record(
            session,
            service,
            principal,
            names=", ".join(path.name for path in files),
            started=started,
            summary=summary,
            hashes=hashes,
        )
        return summary

    try:
        summary = service.db.transact(transaction)
    except Problem:
        kept.write()
        raise
    summary.seconds = round(time.monotonic() - clock, 1)
    return summary


def _record(
    session: Session,
    service: Service,
    principal: Principal,
    *,
    names: str,
    started: datetime,
    summary: ImportSummary,
    hashes: list[str],
) -> None:
    """The row of this import and its audit entry."""
    digest = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    session.execute(
        insert(ImportRun).values(
            kind=summary.kind,
            source=names,
            sha256=digest,
            summary=summary.as_dict(),
            started_at=started,
            finished_at=service.clock.now(),
        )
    )
    counts = {name: value for name, value in summary.as_dict().items() if isinstance(value, int)}
    audit.record(session, service, principal, f"import.{summary.kind}", names[:200], sha256=digest, **counts)
