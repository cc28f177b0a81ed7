"""The program as an officer runs it: a process a command, against a service behind a real socket."""

from __future__ import annotations

import json
import os
import pty
import random
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from field_client import outbox
from field_client.cli import main
from field_client.client import Client
from field_client.clock import DeviceClock
from field_client.store import Store
from field_client.transport import HttpTransport
from sync import enrolment, journal
from tests.field_client.conftest import CHEAP, PASSPHRASE
from tests.field_client.fake_service import DAY_MS, LIST, FakeService, a_worklist
from tests.field_client.http_service import serving

PROGRAM = [sys.executable, "-m", "field_client.cli"]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Officer:
    """A home with a store, and the service's address. Commands run in this process, or in one of their own."""

    home: Path
    service: FakeService
    url: str
    as_process: bool = False

    def env(self, **changes: str) -> dict[str, str]:
        known = {
            **os.environ,
            "DOORSTEP_FIELD_HOME": str(self.home),
            "DOORSTEP_FIELD_PASSPHRASE": PASSPHRASE,
            "XDG_RUNTIME_DIR": str(self.home.parent / "run"),
        }
        return known | changes

    def run(self, *arguments: str, says: str = "", **changes: str) -> Said:
        if not self.as_process:
            done = CliRunner().invoke(main, arguments, env=self.env(**changes), input=says)
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            return Said(done.exit_code, done.stdout, done.stderr)
        process = subprocess.run(
            [*PROGRAM, *arguments],
            check=False,
            env=self.env(**changes),
            input=says,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Said(process.returncode, process.stdout, process.stderr)

    def ok(self, *arguments: str, says: str = "", **changes: str) -> str:
        done = self.run(*arguments, says=says, **changes)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def facts(self, *arguments: str) -> dict[str, object]:
        return json.loads(self.ok("--json", *arguments))  # type: ignore[no-any-return]

    def store(self) -> Store:
        return Store(self.home / "store.db")


@pytest.fixture
def service() -> FakeService:
    made = FakeService(now_ms=time.time_ns() // 1_000_000)
    made.give(a_worklist(not_after=made.now_ms + 3 * DAY_MS))
    return made


@pytest.fixture
def officer(tmp_path: Path, service: FakeService) -> Iterator[Officer]:
    """Enrolled and synced, with a slot that costs little, so that every command is quick."""
    (tmp_path / "run").mkdir(mode=0o700)
    with serving(service) as url:
        transport = HttpTransport(url)
        client = Client(Store(tmp_path / "home" / "store.db"), transport, DeviceClock())
        client.enrol(service.new_code(), PASSPHRASE, url=url, cost=CHEAP)
        client.sync()
        client.store.close()
        transport.close()
        yield Officer(tmp_path / "home", service, url)


def test_a_shift_from_enrolment_to_sync(tmp_path: Path, service: FakeService) -> None:
    with serving(service) as url:
        officer = Officer(tmp_path / "home", service, url, as_process=True)
        assert officer.run("status").returncode == 5
        said = officer.ok("enrol", enrolment.link(url, service.new_code()), "--name", "Laptop 4")
        assert "Enrolled for PC Made Up" in said
        slot = officer.store().row("SELECT memory_kib, passes FROM slot")
        assert slot is not None
        assert tuple(slot) == (65_536, 3)
        assert "1 list came" in officer.ok("sync")
        assert "6 houses: 6 to call on now" in officer.ok("streets")
    down = officer.run("sync")
    assert (down.returncode, "cannot be reached" in down.stderr) == (4, True)
    assert "No reply, try" in officer.ok("visit", "12 Newland Avenue", "no_reply")
    assert "Callback agreed" in officer.ok(
        "visit", "13 newland", "callback", "--callback", _tomorrow(), "--slot", "evening"
    )
    officer.ok("hazard", "14 Newland Avenue", "--kind", "dog", "--text", "Loose")
    officer.ok("note", "15 Newland Avenue", "--kind", "split", "--text", "Two flats now")
    officer.ok("withdraw", "12 Newland Avenue")
    assert "5 events wait to be sent" in officer.ok("status", DOORSTEP_FIELD_PASSPHRASE="")
    house = officer.ok("house", "14", "Newland", "Avenue")
    assert house.startswith("! HAZARD: dog (reported by you)\n14 Newland Avenue")
    with serving(service) as url:
        with Store(officer.home / "store.db").writing("move") as db:
            Store.put(db, url=url)
        assert "Sent 5 events, 5 received." in officer.ok("sync", DOORSTEP_FIELD_PASSPHRASE="")
    assert "Nothing waits to be sent." in officer.ok("status")
    assert (
        sorted(type(body.visit).__name__ for body in service.bodies.values())
        == ["NoneType"] * 3 + ["VisitRecord"] * 2
    )


def _tomorrow() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["visit", "Newland", "spoke"], 1, "fits 6 houses"),
        (["visit", "1 Nowhere", "spoke"], 1, "No house on your lists"),
        (["visit", "12 Newland Avenue", "went_in"], 1, "no outcome"),
        (["visit", "12 Newland Avenue", "callback"], 1, "needs the day"),
        (["register", "12 Newland Avenue"], 1, "nobody to ask"),
        (["survey", "12 Newland Avenue", "--answers", "/nowhere.json"], 1, "cannot be read"),
        (["street", "Spring Bank"], 1, "No street"),
        (["withdraw", "last"], 1, "no visit of yours"),
        (["enrol", "XXXX"], 1, "40 letters"),
        (["visit"], 2, "Missing argument"),
        (["fly"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_with_an_exit_code(
    officer: Officer, arguments: list[str], code: int, words: str
) -> None:
    done = officer.run(*arguments)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr


def test_the_lists_need_the_passphrase_and_a_wrong_one_is_counted(officer: Officer) -> None:
    locked = officer.run("streets", DOORSTEP_FIELD_PASSPHRASE="")
    assert (locked.returncode, "locked" in locked.stderr) == (3, True)
    wrong = officer.run("streets", DOORSTEP_FIELD_PASSPHRASE="not this one")
    assert (wrong.returncode, "9 tries left" in wrong.stderr) == (3, True)
    assert "1 wrong passphrase" in officer.ok("status", DOORSTEP_FIELD_PASSPHRASE="not this one")
    officer.ok("sync", DOORSTEP_FIELD_PASSPHRASE="not this one")
    assert "1 wrong passphrase" in officer.ok("status"), "status and sync try no passphrase"
    file = officer.home / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    assert "Newland" in officer.ok("--passphrase-file", str(file), "streets", DOORSTEP_FIELD_PASSPHRASE="")
    assert "Newland" in officer.ok("streets")


def test_unlock_leaves_the_store_open_for_a_while_and_lock_closes_it(officer: Officer) -> None:
    officer.ok("unlock", "--minutes", "5")
    [session] = (officer.home.parent / "run").iterdir()
    assert stat.S_IMODE(session.stat().st_mode) == 0o600
    assert "Newland" in officer.ok("streets", DOORSTEP_FIELD_PASSPHRASE="")
    assert "of PC Made Up" in officer.ok("status", DOORSTEP_FIELD_PASSPHRASE="")
    officer.ok("lock", DOORSTEP_FIELD_PASSPHRASE="")
    assert not list((officer.home.parent / "run").iterdir())
    assert officer.run("streets", DOORSTEP_FIELD_PASSPHRASE="").returncode == 3


def test_a_session_ends_with_its_time(officer: Officer) -> None:
    officer.ok("--at", "2026-03-02T10:00+00:00", "unlock", "--minutes", "5")
    assert "Newland" in officer.ok("--at", "2026-03-02T10:04+00:00", "streets", DOORSTEP_FIELD_PASSPHRASE="")
    assert (
        officer.run("--at", "2026-03-02T10:06+00:00", "streets", DOORSTEP_FIELD_PASSPHRASE="").returncode == 3
    )
    assert not list((officer.home.parent / "run").iterdir())


def test_registrations_and_answers_come_from_a_file(officer: Officer) -> None:
    file = officer.home / "said.json"
    said = {
        "registrations": [
            {"name": "Ada Madeup", "email": "ada@madeup.example", "consents": {"surveys": True}}
        ],
        "survey": {"choices": {"concerns": ["burglary"]}},
    }
    file.write_text(json.dumps(said))
    told = officer.ok("visit", "12 Newland Avenue", "spoke", "--answers", str(file))
    assert "Registered" in told
    assert "Ada" not in told
    file.write_text(json.dumps({"survey": {"choices": {"concerns": ["none"]}, "person": "last"}}))
    officer.ok("survey", "12 Newland Avenue", "--answers", str(file))
    officer.ok("sync")
    first, second = officer.service.bodies.values()
    assert first.registrations[0].name == "Ada Madeup"
    assert first.answers is not None
    assert second.answers is not None
    assert first.answers.registration == second.answers.registration == first.registrations[0].id


def test_a_script_runs_many_commands_in_one_process(officer: Officer) -> None:
    lines = [
        "# the morning",
        "",
        'visit "10 Newland Avenue" no_reply',
        json.dumps(
            {
                "command": "visit",
                "house": "11 Newland Avenue",
                "outcome": "no_access",
                "note": "Gate, code unknown",
            }
        ),
        json.dumps(
            {
                "command": "register",
                "house": "12 Newland Avenue",
                "answers": {"registrations": [{"name": "B"}]},
            }
        ),
        json.dumps(
            {"command": "visit", "house": "13 Newland Avenue", "outcome": "callback", "callback": _tomorrow()}
        ),
        json.dumps({"command": "street", "name": "De Grey"}),
        "withdraw last",
        "sync",
        "status",
    ]
    officer.as_process = True
    out = officer.ok("run", "-", says="\n".join(lines))
    assert out.count("Recorded.") == 5
    assert "Sent 5 events, 5 received." in out
    notes = [body.visit.note for body in officer.service.bodies.values() if body.visit and body.visit.note]
    assert notes == ["Gate, code unknown"]


def test_a_script_stops_at_the_first_line_refused_or_goes_on_when_told(officer: Officer) -> None:
    script = (
        'visit "10 Newland Avenue" no_reply\nvisit Nowhere spoke\nrun x\nvisit "11 Newland Avenue" spoke\n'
    )
    stopped = officer.run("run", "-", says=script)
    assert (stopped.returncode, stopped.stderr.startswith("Line 2: ")) == (1, True)
    went_on = officer.run("--json", "run", "-", "--keep-going", says=script)
    assert went_on.returncode == 1
    told = [json.loads(line) for line in went_on.stdout.splitlines()]
    assert [one.get("line") for one in told] == [None, 2, 3, None]
    assert officer.facts("status")["waiting"] == 3


def test_a_script_can_undo_within_its_window(officer: Officer) -> None:
    script = 'visit "10 Newland Avenue" spoke\nundo\nvisit "11 Newland Avenue" spoke\n'
    assert "Taken back" in officer.ok("run", "-", "--undo-seconds", "10", says=script)
    assert officer.facts("status")["waiting"] == 1
    assert officer.run("run", "-", says='visit "10 Newland Avenue" spoke\nundo\n').returncode == 1


def test_a_script_may_set_the_clock_for_a_demonstration(officer: Officer) -> None:
    now = officer.service.now_ms
    first = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(now / 1000 + 3600))
    second = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(now / 1000 + 7200))
    visit = {"command": "visit", "house": "10 Newland Avenue", "outcome": "no_reply"}
    officer.service.now_ms += 3 * 3_600_000
    officer.ok("run", "-", says="\n".join(json.dumps(visit | {"at": at}) for at in (first, second)))
    third = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(officer.service.now_ms / 1000))
    officer.ok("sync", DOORSTEP_FIELD_NOW=third)
    times = [fact.at for fact in officer.service.facts["100000010"]]
    assert [round((at - now) / 3_600_000, 2) for at in times] == [1.0, 2.0]


def test_every_look_has_a_form_for_scripts(officer: Officer) -> None:
    officer.ok("visit", "12 Newland Avenue", "no_reply")
    assert [one["name"] for one in officer.facts("streets")["streets"]] == [
        "Newland Avenue",
        "De Grey Street",
    ]  # type: ignore[attr-defined]
    houses = officer.facts("street", "Newland")["houses"]
    assert [one["uprn"] for one in houses] == [f"1000000{n}" for n in range(10, 16)]  # type: ignore[attr-defined]
    assert officer.facts("house", "100000012")["flag"] == "not_before"
    assert officer.facts("house", "100000012", "--token")["token"]
    assert officer.facts("outcomes")["outcomes"][0]["code"] == "spoke"  # type: ignore[index]
    assert officer.facts("mine")["events"][0]["state"] == "waiting"  # type: ignore[index]
    assert officer.facts("sync")["receipted"] == 1


def test_an_export_is_written_once_for_its_owner_alone(officer: Officer) -> None:
    officer.ok("visit", "12 Newland Avenue", "no_reply")
    file = officer.home / "carry.json"
    officer.ok("export", str(file), DOORSTEP_FIELD_PASSPHRASE="")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert officer.run("export", str(file)).returncode == 1
    assert msgspec.json.decode(file.read_bytes())["device"] == officer.store().device


class Screen:
    """The program at a terminal of its own: waits for words, then types."""

    def __init__(self, officer: Officer, *arguments: str) -> None:
        mine, its = pty.openpty()
        self._terminal = mine
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=officer.env(TERM="dumb"),
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            # whoever runs the tests in the background has Ctrl-C ignored, and so would the program
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        )
        os.close(its)
        self.seen = ""

    def answer(self, words: str, reply: str) -> None:
        self._until(words)
        os.write(self._terminal, reply.encode() + b"\n")

    def _until(self, words: str) -> None:
        deadline = time.monotonic() + 30
        while words not in self.seen and time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._terminal, 4096).decode(errors="replace")
                except OSError:
                    break
        assert words in self.seen, self.seen
        self.seen = self.seen.partition(words)[2]

    def interrupt(self, words: str) -> None:
        """Ctrl-C at a prompt, again where it fell between the prompt and the reading, as a person would."""
        self._until(words)
        for _ in range(10):
            time.sleep(0.3)
            self.process.send_signal(signal.SIGINT)
            if select.select([self._terminal], [], [], 10)[0]:
                return

    def end(self, words: str) -> int:
        self._until(words)
        code = self.process.wait(30)
        os.close(self._terminal)
        return code


def test_at_a_terminal_a_visit_asks_for_what_its_outcome_needs(officer: Officer) -> None:
    screen = Screen(officer, "visit", "12 Newland Avenue", "callback")
    screen.answer("Day agreed", "next week")
    screen.answer("Write the day", "")
    screen.answer("Day agreed", _tomorrow())
    screen.answer("Time", "evening")
    screen.answer("Note", "")
    assert screen.end("Recorded.") == 0
    officer.ok("sync")
    [body] = officer.service.bodies.values()
    assert body.visit is not None
    assert body.visit.callback is not None
    assert (body.visit.callback.date, body.visit.callback.slot) == (_tomorrow(), "evening")


def test_texts_are_read_from_standard_input_where_the_process_list_shows_nothing(officer: Officer) -> None:
    officer.ok("hazard", "12 Newland Avenue", "--kind", "dog", "--text", "-", says="A large dog\n")
    officer.ok("note", "12 Newland Avenue", "--kind", "split", "--text", "-", says="Now two flats\n")
    visit = ["visit", "14 Newland Avenue", "spoke", "--note", "-", "--hazard", "dog", "--hazard-text", "-"]
    officer.ok(*visit, says="Behind the gate\nRing twice\n")
    officer.ok("sync")
    hazard, note, both = officer.service.bodies.values()
    assert (hazard.hazard and hazard.hazard.text) == "A large dog"
    assert (note.address_note and note.address_note.text) == "Now two flats"
    assert (both.hazard and both.hazard.text) == "Behind the gate"
    assert (both.visit and both.visit.note) == "Ring twice"
    script = 'hazard "12 Newland Avenue" --kind=dog --text=-\n'
    refused = officer.run("run", "-", says=script)
    assert (refused.returncode, "write the text itself" in refused.stderr) == (1, True)


def test_at_a_terminal_a_hazard_asks_what_the_next_officer_should_know(officer: Officer) -> None:
    screen = Screen(officer, "hazard", "12 Newland Avenue", "--kind", "dog")
    screen.answer("next officer should know", "A large dog")
    assert screen.end("Recorded.") == 0
    officer.ok("sync")
    [body] = officer.service.bodies.values()
    assert (body.hazard and body.hazard.text) == "A large dog"


def test_the_passphrase_is_changed_by_whoever_knows_the_present_one(officer: Officer, tmp_path: Path) -> None:
    file = tmp_path / "new"
    file.write_text("four tall green poplars\n", encoding="utf-8")
    assert officer.run("passphrase").returncode == 1, "nowhere to take a new one from"
    wrong = {"DOORSTEP_FIELD_PASSPHRASE": "not this one"}
    assert officer.run("passphrase", "--new-file", str(file), **wrong).returncode == 3
    officer.ok("passphrase", "--new-file", str(file))
    assert officer.run("streets").returncode == 3
    assert officer.run("streets", DOORSTEP_FIELD_PASSPHRASE="four tall green poplars").returncode == 0


def test_at_a_terminal_a_registration_reads_out_the_consents(officer: Officer) -> None:
    screen = Screen(officer, "register", "12 Newland Avenue")
    screen.answer("Name", "")
    screen.answer("This is needed", "Ada Madeup")
    screen.answer("E-mail", "ada@madeup.example")
    screen.answer("Phone", "")
    screen.answer("Language", "pl")
    screen.answer("news of policing", "y")
    screen.answer("every three months", "n")
    screen.answer("local groups", "n")
    screen.answer("Groups", "")
    screen.answer("hear of", "speeding, parks")
    screen.answer("optional questions", "y")
    screen.answer("Ethnicity", "")
    screen.answer("Age band", "2")
    screen.answer("Sex", "")
    screen.answer("Disability", "")
    screen.answer("First language", "")
    screen.answer("anyone else", "n")
    assert screen.end("Recorded.") == 0
    officer.ok("sync")
    [body] = officer.service.bodies.values()
    [person] = body.registrations
    assert (person.name, person.language, person.interests) == ("Ada Madeup", "pl", ["speeding", "parks"])
    assert {consent.purpose: consent.given for consent in person.consents} == {
        "messages": True,
        "surveys": False,
        "groups": False,
    }
    assert person.demographics == {"age_band": "25_34"}


def test_at_a_terminal_a_survey_broken_off_goes_on_where_it_stopped(officer: Officer) -> None:
    screen = Screen(officer, "survey", "12 Newland Avenue", "--language", "pl")
    screen.answer("Co Cię tu niepokoi", "1, 3")
    screen.answer("excludes the others", "1")
    screen.interrupt("Answer (Enter to skip): ")
    assert screen.end("kept as a draft") == 1
    assert officer.facts("status")["waiting"] == 0
    screen = Screen(officer, "survey", "12 Newland Avenue")
    screen.answer("Go on with it", "y")
    screen.answer("Where is it worst", "by the school")
    assert screen.end("Recorded.") == 0
    officer.ok("sync")
    [body] = officer.service.bodies.values()
    assert body.answers is not None
    assert (body.answers.choices, body.answers.texts) == (
        {"concerns": ["speeding"]},
        {"where": "by the school"},
    )
    assert not officer.store().rows("SELECT * FROM draft")


def test_killed_at_any_moment_what_was_said_to_be_recorded_is_kept_and_sent_exactly_once(
    officer: Officer,
) -> None:
    chance = random.Random(20260302)
    script = "\n".join(
        line
        for n in range(200)
        for line in (f"visit 1000000{10 + n % 6} no_reply", *(["sync"] if n % 7 == 6 else []))
    )
    promised: set[str] = set()
    for _ in range(8):
        process = subprocess.Popen(
            [*PROGRAM, "--json", "run", "-"],
            env=officer.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(script)
        process.stdin.close()
        said = [process.stdout.readline() for _ in range(chance.randrange(1, 25))]
        time.sleep(chance.random() * 0.02)
        process.kill()
        said += process.stdout.readlines()
        process.wait()
        for line in said:
            if line.endswith("}\n"):
                promised |= {json.loads(line)["event"]} if "event" in line else set()
    store = officer.store()
    kept = outbox.every(store)
    store.close()
    assert len(promised) > 40
    assert promised <= {event.id for event in kept}
    assert len(kept) <= len(promised) + 8, "at most one a kill was recorded and not yet said"
    assert not journal.check(store_device(officer), kept, 0, "").breaks
    officer.ok("sync")
    arrived = [event.id for _, event in officer.service.journal]
    assert sorted(arrived) == sorted(event.id for event in kept)
    assert sorted(officer.service.bodies) == sorted(arrived)
    status = officer.facts("status")
    assert (status["waiting"], status["receipted"]) == (0, len(kept))
    assert status["lists"][0]["version"] == officer.service.lists[LIST].version  # type: ignore[index]


def store_device(officer: Officer) -> str:
    return officer.store().device
