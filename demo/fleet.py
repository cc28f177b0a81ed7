"""The officers' devices: each a `doorstep-field` process of its own, with its own encrypted store."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from demo.programs import BIN, DemoError
from demo.shift import Shift, knock, next_time

T = TypeVar("T")

WRONG_DOOR = 0.2  # chance that a shift ends with a visit taken back
AT_ONCE = 8  # devices in flight at a time: the machine, not the service, is the limit


@dataclass(frozen=True)
class Phone:
    """One officer's device: its folder and passphrase. The passphrase goes by environment, never by argument."""

    officer: str
    home: Path
    passphrase: str
    certificate: Path | None = None

    def run(self, *arguments: str, now: datetime | None = None) -> dict[str, Any]:
        """One command of its own process, answered as JSON; DemoError where it failed."""
        done = subprocess.run(
            [str(BIN / "doorstep-field"), "--json", *arguments],
            env=self._environment(now),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DemoError(f"{self.officer}'s device: `{arguments[0]}` failed: {done.stderr.strip()[-400:]}")
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def enrol(self, code: str, url: str, now: datetime) -> dict[str, Any]:
        """Make this the officer's device with a coordinator's one-time code."""
        trust = ["--ca", str(self.certificate)] if self.certificate else []
        return self.run("enrol", code, "--url", url, "--name", f"{self.officer}'s phone", *trust, now=now)

    def sync(self, now: datetime) -> dict[str, Any]:
        """One exchange, or as many as it takes."""
        return self.run("sync", now=now)

    def try_sync(self, now: datetime) -> str:
        """What the device says when the service cannot be reached; DemoError where it can."""
        done = subprocess.run(
            [str(BIN / "doorstep-field"), "sync"],
            env=self._environment(now),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            raise DemoError("The service answered, though it was to be stopped.")
        return " ".join(done.stdout.split())

    def open_script(self) -> Script:
        """A process that takes commands a line at a time, unlocked once."""
        return Script(
            subprocess.Popen(
                [str(BIN / "doorstep-field"), "--json", "run", "-", "--keep-going"],
                env=self._environment(None),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                bufsize=1,
            ),
            self.officer,
        )

    def _environment(self, now: datetime | None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
        kept |= {"DOORSTEP_FIELD_HOME": str(self.home), "DOORSTEP_FIELD_PASSPHRASE": self.passphrase}
        if now is not None:
            kept["DOORSTEP_FIELD_NOW"] = now.isoformat()
        return kept


class Script:
    """A conversation with one running device."""

    def __init__(self, process: subprocess.Popen[str], officer: str) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a script is spoken to through pipes")
        self._process, self._officer = process, officer
        self._to, self._from = process.stdin, process.stdout

    def ask(self, **command: Any) -> dict[str, Any]:
        """Say one command and read its answer; an answer with `error` is the device's refusal, in words."""
        self._to.write(json.dumps(command) + "\n")
        self._to.flush()
        line = self._from.readline()
        if not line:
            raise DemoError(
                f"{self._officer}'s device ended: {self._process.communicate()[1].strip()[-400:]}"
            )
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate(timeout=30)


@dataclass
class ShiftReport:
    """What one officer did in one shift, as the officer would tell it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    registrations: int = 0
    answers: int = 0
    hazards: int = 0
    withdrawn: int = 0

    def __iadd__(self, other: ShiftReport) -> ShiftReport:
        self.outcomes.update(other.outcomes)
        self.registrations += other.registrations
        self.answers += other.answers
        self.hazards += other.hazards
        self.withdrawn += other.withdrawn
        return self


@dataclass
class _Walk:
    """One officer on one shift: where the time stands, and what happened so far."""

    script: Script
    shift: Shift
    questions: dict[str, Any]
    zone: str
    dice: random.Random
    at: datetime
    report: ShiftReport = field(default_factory=ShiftReport)
    no_reply: str = ""

    def street(self, street: dict[str, Any]) -> None:
        """Every house of a street, in walking order, whose revisit flag says yes."""
        here = self.script.ask(command="street", name=street["usrn"], at=self.at.isoformat())
        for house in here["houses"]:
            if self.report.outcomes.total() >= self.shift.doors:
                return
            if house["flag"] == "yes" and house["worklist"] == street["worklist"]:
                self.door(house["uprn"])

    def door(self, uprn: str) -> None:
        """One knock."""
        self.at = next_time(self.at, self.dice)
        line = knock(uprn, self.at, self.zone, self.questions, self.dice)
        told = self.script.ask(**line)
        if "error" in told:
            raise DemoError(f"The device refused a visit: {told['error']}")
        said = line.get("answers", {})
        self.report.outcomes[line["outcome"]] += 1
        self.report.registrations += len(said.get("registrations", ()))
        self.report.answers += "survey" in said
        self.report.hazards += "hazard" in line
        if line["outcome"] == "no_reply":
            self.no_reply = told["event"]

    def put_right(self) -> None:
        """Now and then, a visit recorded at the wrong door: it is withdrawn."""
        if self.no_reply and self.dice.random() < WRONG_DOOR:
            self.at = next_time(self.at, self.dice)
            told = self.script.ask(command="withdraw", what=self.no_reply, at=self.at.isoformat())
            if "error" in told:
                raise DemoError(f"The device refused a withdrawal: {told['error']}")
            self.report.withdrawn += 1


def walk(phone: Phone, shift: Shift, questions: dict[str, Any], zone: str, seed: str) -> ShiftReport:
    """One shift, with no connection: houses in walking order whose revisit flag says yes, until the shift's doors."""
    script = phone.open_script()
    try:
        dice = random.Random(seed)  # noqa: S311 - a story by seed, no secret
        officer = _Walk(script, shift, questions, zone, dice, shift.starts_at)
        for street in script.ask(command="streets", at=officer.at.isoformat())["streets"]:
            officer.street(street)
        officer.put_right()
        return officer.report
    finally:
        script.close()


def each(phones: Sequence[Phone], work: Callable[[Phone], T]) -> list[T]:
    """`work` for every phone, some at a time, in the order of the phones."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, phones))
