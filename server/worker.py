"""The worker: what the service does by itself as time passes, as one table of jobs.

One worker leads at a time (an advisory lock on PostgreSQL, a locked file beside a SQLite database); another one that is
started waits and takes over when the first has gone.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.base import audit, rotation
from server.base.locks import try_file_lock
from server.base.service import Service
from server.devices import jobs as devices_jobs
from server.fieldwork import jobs as fieldwork_jobs
from server.post import jobs as post_jobs
from server.privacy import jobs as privacy_jobs
from server.residents import jobs as residents_jobs
from server.staff import sign_in
from server.surveys import jobs as surveys_jobs
from server.targeting import jobs as targeting_jobs
from server.web import jobs as web_jobs

log = structlog.get_logger()

LEADER_LOCK = 0x646F6F7277  # "doorw"
LOOK_AGAIN_SECONDS = 5.0
RUNS = Counter("doorstep_worker_runs", "Runs of a job", ["job", "result"])
LAST = Gauge("doorstep_worker_last_success", "When a job last succeeded (Unix time)", ["job"])


@dataclass(frozen=True)
class Job:
    """A job and how often it runs. `run` answers with what it did: a count, counts by name, or None."""

    name: str
    every: timedelta
    run: Callable[[Service], object]


def note_audit_anchor(service: Service) -> None:
    """Write the trail's anchor into the log, which is kept elsewhere: a trail rewritten before it no longer fits."""
    log.info("audit_anchor", anchor=service.db.read(audit.anchor))


ROOMS = (
    devices_jobs.JOBS,
    fieldwork_jobs.JOBS,
    post_jobs.JOBS,
    residents_jobs.JOBS,
    surveys_jobs.JOBS,
    targeting_jobs.JOBS,
    privacy_jobs.JOBS,
    web_jobs.JOBS,
)  # each a list of (name, seconds, function)
JOBS: tuple[Job, ...] = (
    Job("end sign-ins", timedelta(hours=1), sign_in.forget_expired),
    Job("retire keys", timedelta(hours=1), rotation.retire),
    Job("note audit anchor", timedelta(hours=6), note_audit_anchor),
    *(Job(name, timedelta(seconds=seconds), run) for room in ROOMS for name, seconds, run in room),
)


def run_once(service: Service, jobs: tuple[Job, ...] = JOBS) -> dict[str, bool]:
    """Run every job once, in order; job → whether it succeeded. One that fails does not keep back the next."""
    return {job.name: _run(service, job) for job in jobs}


def work(service: Service, *, jobs: tuple[Job, ...] = JOBS, say: Callable[[str], None] = print) -> None:
    """Run the jobs until interrupted; waits first while another worker leads."""
    with _leading(service, say) as still_leads:
        say(f"The worker runs {len(jobs)} jobs.")
        scheduler = BlockingScheduler(timezone=UTC)
        for job in jobs:
            scheduler.add_job(
                _run,
                "interval",
                args=(service, job),
                seconds=job.every.total_seconds(),
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),
            )

        def watch() -> None:
            if not still_leads():
                log.error("leadership_lost")
                scheduler.shutdown(wait=False)

        scheduler.add_job(watch, "interval", seconds=LOOK_AGAIN_SECONDS, id="watch")
        with _stopping(scheduler), suppress(KeyboardInterrupt, SystemExit):
            scheduler.start()
        say("The worker stops.")


@contextmanager
def _stopping(scheduler: BlockingScheduler) -> Iterator[None]:
    """SIGTERM ends the scheduler. An exception out of the signal would be caught where the scheduler hands jobs out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: object) -> None:
        if scheduler.running:
            scheduler.shutdown(wait=False)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(service: Service, job: Job) -> bool:
    began = time.perf_counter()
    try:
        answer = job.run(service)
    except Exception as error:  # a job that fails is tried again at its next time, and the others go on
        RUNS.labels(job.name, "failed").inc()
        log.error("job_failed", job=job.name, error=error)
        return False
    counts = (
        {"count": answer} if isinstance(answer, int) else dict(answer) if isinstance(answer, Mapping) else {}
    )
    RUNS.labels(job.name, "done").inc()
    LAST.labels(job.name).set_to_current_time()
    log.info("job_done", job=job.name, ms=round((time.perf_counter() - began) * 1000, 1), **counts)
    return True


@contextmanager
def _leading(service: Service, say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    take = _locked_file if service.db.is_sqlite else _advisory_lock
    with take(service) as try_lock:
        told = False
        while not try_lock():
            if not told:
                say("Another worker leads; this one waits to take over.")
                told = True
            time.sleep(LOOK_AGAIN_SECONDS)
        yield try_lock


@contextmanager
def _locked_file(service: Service) -> Iterator[Callable[[], bool]]:
    """A function that says whether the file is locked by us, trying to lock it where it is not."""
    held: int | None = None

    def try_lock() -> bool:
        nonlocal held
        if held is None:
            held = try_file_lock(service.settings.home / "worker.lock")
        return held is not None

    try:
        yield try_lock
    finally:
        if held is not None:
            os.close(held)


@contextmanager
def _advisory_lock(service: Service) -> Iterator[Callable[[], bool]]:
    """A function that says whether our connection holds the lock, trying to take it where nobody does."""
    with service.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = False

        def try_lock() -> bool:
            nonlocal held
            try:
                if held:
                    connection.execute(text("SELECT 1"))
                else:
                    taken = connection.execute(
                        text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEADER_LOCK}
                    )
                    held = bool(taken.scalar_one())
            except SQLAlchemyError:
                return False
            return held

        try:
            yield try_lock
        finally:
            connection.invalidate()  # the lock is the connection's: back in the pool it would be held for ever
