"""Commands that set an instance up, run it and check it."""

from __future__ import annotations

import os
import signal
from dataclasses import fields
from pathlib import Path

import click
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.db import insert_missing
from server.base.keyring import KeyRing
from server.base.logs import configure_logs
from server.base.schema import head, require_current, revision, upgrade
from server.base.service import Service
from server.base.settings import Settings
from server.checks import check_all
from server.config import open_service, read_settings
from server.geography.tables import Area
from server.serving import become_server, require_servable
from server.surveys.questionnaires import ensure_default
from server.worker import JOBS, run_once, work


def opened() -> Service:
    """The service, on a database that is at the newest migration."""
    service = open_service()
    require_current(service.db)
    return service


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


def _make_force(session: Session, service: Service) -> bool:
    code, name = service.settings.force_code, service.settings.force_name
    row = {"code": code, "kind": "force", "name": name, "parent_code": None, "path": f"/{code}/"}
    made = insert_missing(session, Area, [row]) == 1
    if made:
        audit.record(session, service, SYSTEM, "force.make", f"area:{code}")
    return made


@click.command()
@click.option("--host", help="Address to serve on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on.")
@click.option("--certificate", type=click.Path(dir_okay=False), help="PEM file: serve HTTPS.")
@click.option("--key", type=click.Path(dir_okay=False), help="PEM file of the certificate's key.")
@click.option("--public-url", help="How browsers and phones reach the service.")
def serve(
    host: str | None, port: int | None, certificate: str | None, key: str | None, public_url: str | None
) -> None:
    """Serve until stopped (Ctrl-C or SIGTERM)."""
    given = {
        "DOORSTEP_HOST": host,
        "DOORSTEP_PORT": port,
        "DOORSTEP_TLS_CERTIFICATE": Path(certificate).absolute() if certificate else None,
        "DOORSTEP_TLS_KEY": Path(key).absolute() if key else None,
        "DOORSTEP_PUBLIC_URL": public_url,
    }
    environment = os.environ | {name: str(value) for name, value in given.items() if value is not None}
    settings = read_settings(environment)
    if settings.public_url == Settings.public_url:
        scheme = "https" if settings.tls_certificate else "http"
        environment["DOORSTEP_PUBLIC_URL"] = f"{scheme}://{settings.host}:{settings.port}"
        settings = read_settings(environment)
    require_servable(settings)
    click.echo(f"Serving on {settings.public_url}")
    become_server(settings, environment)


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


@click.command()
def settings() -> None:
    """List every setting: its name in the environment, its value here, and what it is."""
    chosen = read_settings()
    for one in fields(Settings):
        value = getattr(chosen, one.name) if one.repr else "(not shown)"
        click.echo(f"DOORSTEP_{one.name.upper():<22} {value!s:<28} {one.metadata['about']}")
