"""What a demonstration has done already, kept in its home folder, so that a second run starts from what is there."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from server.practice.people import StaffMember

FILE = "demonstration.json"
SHIFT_DAYS = 3
SURVEY_AFTER_DAYS = 15  # the first invites are due 14 days after registration: they are when the story ends


@dataclass
class Ledger:
    """Steps done, ids made, and the made-up staff's passwords (the file is of mode 0600)."""

    path: Path
    first_day: str
    done: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    campaign: int = 0
    wards: list[str] = field(default_factory=list)
    visits: int = 0

    @classmethod
    def open(cls, home: Path, today: date) -> Ledger:
        """The ledger of a home folder; a new one begins on the last Thursday that leaves room for the first survey."""
        path = home / FILE
        if path.exists():
            return cls(path=path, **json.loads(path.read_text(encoding="utf-8")))
        last = today - timedelta(days=SURVEY_AFTER_DAYS)
        saturday = last - timedelta(days=(last.weekday() - 5) % 7)
        return cls(path=path, first_day=(saturday - timedelta(days=SHIFT_DAYS - 1)).isoformat())

    @property
    def days(self) -> list[date]:
        """The days of the shifts: a Thursday, a Friday and a Saturday."""
        first = date.fromisoformat(self.first_day)
        return [first + timedelta(days=number) for number in range(SHIFT_DAYS)]

    def password(self, username: str) -> str:
        """Somebody's password, made at the first asking."""
        return self.passwords.setdefault(username, secrets.token_urlsafe(12))

    def passwords_of(self, people: list[StaffMember]) -> dict[str, str]:
        """Everybody's passwords."""
        return {person.username: self.password(person.username) for person in people}

    def finish(self, step: str) -> None:
        """Note that a step is done, durably."""
        if step not in self.done:
            self.done.append(step)
        self.save()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        content = {name: value for name, value in asdict(self).items() if name != "path"}
        draft = self.path.with_suffix(".new")
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
