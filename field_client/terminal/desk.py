"""What one process of `doorstep-field` works with: the store, the client, the passphrase, and how to print."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from field_client.client import Client
from field_client.clock import Clock, DeviceClock, SetClock
from field_client.problems import Locked, NotEnrolled, Refused
from field_client.store import Store
from field_client.terminal import open_session
from field_client.transport import HttpTransport, NoTransport, Transport

PASSPHRASE_VARIABLE = "DOORSTEP_FIELD_PASSPHRASE"  # noqa: S105 - the variable's name


def read_passphrase(file: Path) -> str:
    """The passphrase that a file holds."""
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The passphrase file cannot be read ({error}).") from None


def choose_passphrase() -> str:
    """A new passphrase, typed twice."""
    return str(click.prompt("Choose a passphrase", hide_input=True, confirmation_prompt=True, err=True))


class Desk:
    """Opens things when a command first needs them, and keeps them for the next command of a script."""

    def __init__(
        self, *, home: Path, passphrase_file: Path | None, as_json: bool, at_ms: int | None = None
    ) -> None:
        self.home, self._passphrase_file, self.as_json = home, passphrase_file, as_json
        self.clock: Clock = DeviceClock() if at_ms is None else SetClock(at_ms)
        self.undo_ms = 0
        self.scripted = False
        self.last_event = ""
        self.answers: Any = None
        self._client: Client | None = None

    @property
    def store_path(self) -> Path:
        """Where the store lies."""
        return self.home / "store.db"

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and not self.as_json

    def put_clock(self, at_ms: int) -> None:
        """Set the demonstration clock on; a script on real clocks cannot be moved to another time half-way."""
        if not isinstance(self.clock, SetClock):
            if self._client is not None:
                raise Refused('A script that gives times ("at") gives one in its first line already.')
            self.clock = SetClock(at_ms)
        self.clock.put(at_ms)

    def client(self, *, url: str = "", authority: str = "") -> Client:
        """The client, locked. A store is made only for enrolling (with `url`)."""
        if self._client is None:
            if not url and not self.store_path.exists():
                raise NotEnrolled
            store = Store(self.store_path)
            known = url or str(store.get("url") or "")
            trusted = authority or str(store.get("authority") or "")
            transport: Transport = HttpTransport(known, authority=trusted) if known else NoTransport()
            self._client = Client(store, transport, self.clock)
        return self._client

    def reopened(self) -> Client:
        """The client, unlocked where a session was left open. For what needs no passphrase: it tries none, so that
        a wrong one in a timer's environment cannot use up the ten tries."""
        client = self.client()
        if not client.store.unlocked:
            open_session.resume(client.store, self.clock)
        return client

    def unlocked(self) -> Client:
        """The client, unlocked: by the session left open, a passphrase given, or one that is asked for."""
        client = self.client()
        if client.store.unlocked:
            return client
        given = self.given_passphrase()
        if given is None and open_session.resume(client.store, self.clock):
            return client
        if given is None:
            if not self.interactive:
                raise Locked(
                    f"The store is locked. Give the passphrase by {PASSPHRASE_VARIABLE} or --passphrase-file, or "
                    "run: doorstep-field unlock"
                )
            given = click.prompt("Passphrase", hide_input=True, err=True)
        client.unlock(given)
        return client

    def given_passphrase(self) -> str | None:
        """The passphrase from a file or the environment; never from the command line, where others can read it."""
        if self._passphrase_file is not None:
            return read_passphrase(self._passphrase_file)
        return os.environ.get(PASSPHRASE_VARIABLE) or None

    def new_passphrase(self) -> str:
        """A passphrase for a new store."""
        given = self.given_passphrase()
        if given is not None:
            return given
        if not self.interactive:
            raise Locked(f"Choose a passphrase and give it by {PASSPHRASE_VARIABLE} or --passphrase-file.")
        return choose_passphrase()

    def present_passphrase(self) -> str:
        """The passphrase that opens the store now, though it may be open."""
        given = self.given_passphrase()
        if given is not None:
            return given
        if not self.interactive:
            raise Locked(f"Give the passphrase that holds now by {PASSPHRASE_VARIABLE} or --passphrase-file.")
        return str(click.prompt("Passphrase that holds now", hide_input=True, err=True))

    def words(self, given: str, asking: str) -> str:
        """The text of an option: "-" asks for it, or reads a line of standard input.

        Whoever uses the same machine can read a process's arguments, and so what is written there.
        """
        if given != "-":
            return given
        if self.scripted:
            raise Refused('A script is not read by others: write the text itself there, not "-".')
        if self.interactive:
            return str(click.prompt(asking, default="", show_default=False))
        return sys.stdin.readline().rstrip("\r\n")

    def say(self, text: str, **facts: Any) -> None:
        """Print for a person, or the facts as one line of JSON."""
        if self.as_json:
            click.echo(msgspec.json.encode(facts))
        else:
            click.echo(text)

    def close(self) -> None:
        """Forget keys and close the store."""
        if self._client is not None:
            self._client.lock()
            self._client.store.close()
            self._client = None
