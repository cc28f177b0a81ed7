"""`doorstep serve` and `doorstep settings`: kept apart from the other commands so that serving starts at once."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path

import click

from server.base.locks import hold_embedded_database
from server.base.problems import UserError
from server.base.schema import require_current
from server.base.settings import Settings
from server.config import open_service, read_settings


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


def require_servable(settings: Settings) -> None:
    """UserError where certificate, keys or database are unfit, or an embedded database is served already."""
    for name in (settings.tls_certificate, settings.tls_key):
        if name and not Path(name).is_file():
            raise UserError(f"There is no file {name} for TLS.")
    service = open_service(settings)
    require_current(service.db)
    service.db.dispose()
    held = hold_embedded_database(settings)
    if held is not None:
        os.close(held)


def become_server(settings: Settings, environment: dict[str, str]) -> None:
    """Replace this process by the server, in an environment that gives these settings."""
    command = [sys.executable, "-m", "server.serving"]
    os.execve(command[0], command, environment | figures_folder(settings))  # noqa: S606 - no shell is meant


def figures_folder(settings: Settings) -> dict[str, str]:
    """What several serving processes need to add up their figures: a folder that starts empty."""
    if settings.database_url.startswith("sqlite") or settings.workers == 1:
        return {}
    folder = settings.home / "metrics"
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


@click.command()
def settings() -> None:
    """List every setting: its name in the environment, its value here, and what it is."""
    chosen = read_settings()
    for one in fields(Settings):
        value = getattr(chosen, one.name) if one.repr else "(not shown)"
        click.echo(f"DOORSTEP_{one.name.upper():<22} {value!s:<28} {one.metadata['about']}")
