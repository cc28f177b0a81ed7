"""A service that phones can reach: `doorstep serve` on a real database, behind a wire that a test can break."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from demo.programs import Programs, stop
from server.base.access import SYSTEM
from server.base.service import Service
from server.config import open_service, read_settings
from server.devices.invite import make_code
from tests.factories.base import free_port
from tests.factories.exchange import HOUSES, Field, create_field
from tests.phone.wire import Wire

MOST_HOUSES = 2_500  # on a list
SERVE = "from server.cli import main; main()"


@dataclass
class Place:
    """A served instance with its field. `wire` is what a phone reaches; `service` the same database from in here."""

    home: Path
    database_url: str
    clock_ahead: timedelta = timedelta()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.wire = Wire(free_port(), self.port)
        self.service: Service = open_service(read_settings(self.environment()))
        self.field: Field

    @property
    def url(self) -> str:
        """Where phones find it: through the wire."""
        return f"http://127.0.0.1:{self.wire.port}"

    def environment(self) -> dict[str, str]:
        """What the programs are told."""
        return Programs(self.home, self.port, self.url).environment(None) | {
            "DOORSTEP_DATABASE_URL": self.database_url,
            "DOORSTEP_LOG_LEVEL": "info",
            "DOORSTEP_MOST_HOUSES": str(MOST_HOUSES),
            "DOORSTEP_CLOCK_OFFSET_SECONDS": str(int(self.clock_ahead.total_seconds())),
        }

    def start(self) -> None:
        """Serve; returns when it is ready."""
        with (self.home / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, "serve"],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        Programs(self.home, self.port, f"http://127.0.0.1:{self.port}").await_ready(self.process)

    def stop(self) -> None:
        """Stop serving, as for an update of the service."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def kill(self) -> None:
        """End every process of the service at once, whatever it is doing. For any thread; `stop` tidies up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def code(self, officer: int = 0) -> str:
        """A new enrolment code for one of the field's officers."""
        return make_code(self.service, SYSTEM, self.field.officers[officer]).code


@contextmanager
def serving(
    home: Path,
    database_url: str,
    keyring: Path,
    *,
    officers: int = 2,
    clock_ahead: timedelta = timedelta(),
    houses: int = HOUSES,
) -> Iterator[Place]:
    """A place with a field of two streets, served until the end."""
    home.mkdir(mode=0o700)
    shutil.copyfile(keyring, home / keyring.name)
    (home / keyring.name).chmod(0o600)
    place = Place(home, database_url, clock_ahead)
    try:
        place.field = create_field(place.service, officers, houses=houses)
        with place.wire.open():
            place.start()
            yield place
    finally:
        place.kill()
        place.stop()
        place.service.db.dispose()
