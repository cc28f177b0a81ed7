"""Starts the real programs: `doorstep` for the service, its worker and its commands, and one client per device."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

BIN = Path(sys.executable).parent
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


class DemoError(Exception):
    """A sentence that ends the demonstration: which program failed, and what it said."""


@dataclass(frozen=True)
class Programs:
    """The demonstration's instance: its home folder and where it serves. `zone` times are made by the caller."""

    home: Path
    port: int
    public_url: str
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """Where this machine reaches the service."""
        return f"{self.public_url.split(':', 1)[0]}://127.0.0.1:{self.port}"

    def environment(self, now: datetime | None) -> dict[str, str]:
        """The programs' environment; `now` moves the service's clock so that it reads that instant at this moment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
        kept |= {
            "DOORSTEP_HOME": str(self.home),
            "DOORSTEP_HOST": self.host,
            "DOORSTEP_PORT": str(self.port),
            "DOORSTEP_PUBLIC_URL": self.public_url,
            "DOORSTEP_SECOND_FACTOR": "offered",
        }
        if now is not None:
            offset = int((now - datetime.now(UTC)).total_seconds())
            kept["DOORSTEP_CLOCK_OFFSET_SECONDS"] = str(offset)
        return kept

    def run(self, *arguments: str, now: datetime | None = None, stdin: str | None = None) -> str:
        """What one `doorstep` command printed; DemoError with its last words where it failed."""
        done = subprocess.run(
            [str(BIN / "doorstep"), *arguments],
            env=self.environment(now),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-800:]
            raise DemoError(f"`doorstep {' '.join(arguments[:2])}` failed: {said}")
        return done.stdout

    @contextmanager
    def serving(self, now: datetime | None = None) -> Iterator[None]:
        """The service up and ready; stopped at the end, as it would be by a power cut that waits for no phone."""
        with (self.home / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [str(BIN / "doorstep"), "serve"], env=self.environment(now), stdout=log, stderr=log
            )
        try:
            self.await_ready(process)
            yield
        finally:
            stop(process)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A `doorstep` program that goes on running, its log in the home folder."""
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [str(BIN / "doorstep"), *arguments], env=self.environment(None), stdout=log, stderr=log
            )

    def await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        said = "it did not answer"
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DemoError(f"The service ended as it started; {self.home / 'service.log'} says why.")
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5, verify=False)  # noqa: S501 - our own, on loopback
                if answer.is_success:
                    return
                said = answer.text.strip()
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise DemoError(f"The service was not ready within {READY_SECONDS:.0f} s: {said}.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program that we started, and wait for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
