"""Commands that set an instance up, work for it and check it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import click
from prometheus_client import start_http_server
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.db import insert_missing
from server.base.keyring import KeyRing
from server.base.logs import configure_logs
from server.base.schema import head, revision, upgrade
from server.base.service import Service
from server.checks import check_all
from server.cli.opening import opened
from server.config import open_service, read_settings
from server.geography.tables import Area
from server.surveys.questionnaires import ensure_default
from server.worker import JOBS, run_once, work


@click.command()
def init() -> None:
    """Make what is missing: home folder, key ring, database, the force. Running it again changes nothing."""
    chosen = read_settings()
    chosen.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if chosen.keyring_path.exists():
        KeyRing.load(chosen.keyring_path)
        click.echo(f"Key ring: {chosen.keyring_path} is there.")
    else:
        KeyRing.make().save(chosen.keyring_path)
        click.echo(f"Key ring: made {chosen.keyring_path}. Keep a copy apart from the database's backups.")
    service = open_service(chosen)
    _make_private_file(service)
    before = revision(service.db)
    upgrade(service.db)
    kind = "SQLite" if service.db.is_sqlite else "PostgreSQL"
    if before == head():
        click.echo(f"Database: {kind}, at migration {head()} already.")
    else:
        click.echo(f"Database: {kind}, brought from {before or 'empty'} to migration {head()}.")
    made = service.db.transact(lambda session: _make_force(session, service))
    click.echo(f"Force: {chosen.force_name} ({chosen.force_code}) {'made' if made else 'is there'}.")
    ensure_default(service)
    click.echo("Next: doorstep staff add NAME --role administrator; doorstep import …; doorstep serve")


def _make_private_file(service: Service) -> None:
    """An empty SQLite file of one's own: in a home that was there already, others could read one that SQLite makes."""
    path = service.db.engine.url.database
    if service.db.is_sqlite and path:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _make_force(session: Session, service: Service) -> bool:
    code, name = service.settings.force_code, service.settings.force_name
    row = {"code": code, "kind": "force", "name": name, "parent_code": None, "path": f"/{code}/"}
    made = insert_missing(session, Area, [row]) == 1
    if made:
        audit.record(session, service, SYSTEM, "force.make", f"area:{code}")
    return made


@click.command()
@click.option("--once", is_flag=True, help="Run every job once and end; exit code 1 where one failed.")
def worker(once: bool) -> None:
    """Run what falls due as time passes: invites, expiry, rankings, retention."""
    service = opened()
    configure_logs(service.settings.log_level)
    if once:
        results = run_once(service, JOBS)
        for name, succeeded in results.items():
            click.echo(f"{'done' if succeeded else 'FAILED':<6} {name}")
        if not all(results.values()):
            raise click.exceptions.Exit(1)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if port := service.settings.worker_metrics_port:
        start_http_server(port, addr="127.0.0.1")
    work(service, say=click.echo)


@click.command()
def check() -> None:
    """Run every invariant and print a line each; exit code 1 where one does not hold."""
    broken = 0
    for checked in check_all(open_service()):
        click.echo(f"{'ok' if not checked.findings else 'BROKEN':<6} {checked.name}")
        for finding in checked.findings[:20]:
            click.echo(f"         {finding}")
        if len(checked.findings) > 20:
            click.echo(f"         … and {len(checked.findings) - 20} more")
        broken += bool(checked.findings)
    if broken:
        click.echo(f"{broken} of the invariants do not hold.", err=True)
        raise click.exceptions.Exit(1)
