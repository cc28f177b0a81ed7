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
        self._process, self._officer = process, officer

    def ask(self, **command: Any) -> dict[str, Any]:
        """Say one command and read its answer; an answer with `error` is the device's refusal, in words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            assert self._process.stderr is not None
            raise DemoError(f"{self._officer}'s device ended: {self._process.stderr.read().strip()[-400:]}")
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


def walk(phone: Phone, shift: Shift, questions: dict[str, Any], zone: str, seed: str) -> ShiftReport:
    """One shift, with no connection: houses in walking order whose revisit flag says yes, until the shift's doors."""
    dice = random.Random(seed)  # noqa: S311 - a story by seed, no secret
    report = ShiftReport()
    script = phone.open_script()
    try:
        at = shift.starts_at
        last_no_reply = ""
        for street in script.ask(command="streets", at=at.isoformat())["streets"]:
            here = script.ask(command="street", name=street["usrn"], at=at.isoformat())
            for house in here["houses"]:
                if sum(report.outcomes.values()) >= shift.doors:
                    break
                if house["flag"] != "yes" or house["worklist"] != street["worklist"]:
                    continue
                at = next_time(at, dice)
                told = _one_door(script, house["uprn"], at, questions, zone, dice, report)
                if "no_reply" in told.get("reason", "").lower().replace(" ", "_"):
                    last_no_reply = told["event"]
        if last_no_reply and dice.random() < 0.2:
            _put_right(script, last_no_reply, at, dice, report)
    finally:
        script.close()
    return report


def _one_door(
    script: Script,
    uprn: str,
    at: datetime,
    questions: dict[str, Any],
    zone: str,
    dice: random.Random,
    report: ShiftReport,
) -> dict[str, Any]:
    line = knock(uprn, at, zone, questions, dice)
    told = script.ask(**line)
    if "error" in told:
        raise DemoError(f"The device refused a visit: {told['error']}")
    report.outcomes[line["outcome"]] += 1
    said = line.get("answers", {})
    report.registrations += len(said.get("registrations", ()))
    report.answers += "survey" in said
    report.hazards += "hazard" in line
    return told


def _put_right(script: Script, event: str, at: datetime, dice: random.Random, report: ShiftReport) -> None:
    """A visit recorded at the wrong door: withdrawn."""
    told = script.ask(command="withdraw", what=event, at=next_time(at, dice).isoformat())
    if "error" not in told:
        report.withdrawn += 1


def each(phones: Sequence[Phone], work: Callable[[Phone], T]) -> list[T]:
    """`work` for every phone, some at a time, in the order of the phones."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, phones))
