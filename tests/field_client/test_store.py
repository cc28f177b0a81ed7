"""The store: nothing readable in it, ten tries, and what a wipe leaves."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from field_client import lockbox, outbox
from field_client.lockbox import DoesNotOpen, KeyCost
from field_client.problems import Locked, Refused, StoreProblem, Wiped, WrongPassphrase
from field_client.store import MOST_TRIES, Store
from sync import consents, keys
from sync.events import AnswersRecord, ConsentRecord, HazardRecord, RegistrationRecord
from tests.field_client.conftest import CHEAP, PASSPHRASE, Field

SAID = (
    "Ada Madeup", "ada@madeup.example", "07700 900123", "Chess club", "graffiti", "by the bridge",
    "Alsatian loose", "spare key under the pot", "speeding", "no_reply",
)  # fmt: skip
KNOWN = (
    "Newland Avenue",
    "HU5 2AA",
    "De Grey",
    "PC Made Up",
    "Newland spring",
    "100000012",
    "Speeding",
    PASSPHRASE,
)


def everything_on_disk(folder: Path) -> bytes:
    """Every byte of every file of the store, its log included."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def record_everything(field: Field) -> None:
    client = field.client
    person = RegistrationRecord(
        id=client.new_id(),
        name=SAID[0],
        consents=[ConsentRecord("messages", consents.CURRENT, True)],
        email=SAID[1],
        phone=SAID[2],
        groups=[SAID[3]],
        interests=[SAID[4]],
        demographics={"age_band": "25_34"},
    )
    answers = AnswersRecord("doorstep", 2, {"concerns": ["speeding"]}, {"where": SAID[5]}, person.id)
    client.record_visit(
        "100000012",
        "no_reply",
        note=SAID[7],
        registrations=[person],
        answers=answers,
        hazard=HazardRecord("dog", SAID[6]),
    )
    client.drafts.save("survey 100000013", b'{"choices":{"concerns":["speeding"]}}')


def test_nothing_that_was_said_or_listed_can_be_read_in_the_store(field: Field) -> None:
    record_everything(field)
    assert field.client.street("Newland")[0].address == "10 Newland Avenue"
    field.client.sync()
    record_everything(field)
    for when in ("open, with its log", "closed"):
        found = everything_on_disk(field.path.parent)
        readable = [
            text for text in (*SAID, *KNOWN) if text.encode() in found or text.encode("utf-16-le") in found
        ]
        assert not readable, f"{when}: {readable}"
        field.client.store.close()


def test_the_store_and_its_log_belong_to_their_owner_alone(field: Field) -> None:
    record_everything(field)
    files = list(field.path.parent.iterdir())
    assert {path.name for path in files} >= {"store.db", "store.db-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    field.client.store.close()
    field.path.chmod(0o644)
    field.start(unlocked=False)
    assert stat.S_IMODE(field.path.stat().st_mode) == 0o600


def test_a_guess_costs_64_mib_and_three_passes_of_argon2id_unless_a_test_says_otherwise() -> None:
    assert KeyCost() == KeyCost(memory_kib=64 * 1024, passes=3)


def test_a_value_moved_to_another_row_or_table_does_not_open() -> None:
    key, nonce = b"k" * 32, b"n" * 12
    sealed = lockbox.seal(key, b"said", table="own", row="1", nonce=nonce)
    assert lockbox.unseal(key, sealed, table="own", row="1") == b"said"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for other_key, other, table, row in (
        (key, sealed, "own", "2"),
        (key, sealed, "draft", "1"),
        (b"j" * 32, sealed, "own", "1"),
        (key, changed, "own", "1"),
        (key, b"", "own", "1"),
    ):
        with pytest.raises(DoesNotOpen):
            lockbox.unseal(other_key, other, table=table, row=row)


def test_locking_drops_every_key_from_memory_but_the_signing_key(field: Field) -> None:
    client = field.client
    assert client.streets()
    client.lock()
    assert not client.store.unlocked
    assert keys.load_private.cache_info().currsize == 0
    for locked in (
        client.streets,
        client.own_events,
        client.officer,
        lambda: client.record_visit("100000012", "spoke"),
    ):
        with pytest.raises(Locked):
            locked()
    client.unlock(PASSPHRASE)
    assert client.streets()


def test_each_wrong_passphrase_says_how_many_tries_are_left_and_a_right_one_gives_them_back(
    field: Field,
) -> None:
    client = field.client
    for left in range(MOST_TRIES - 1, 0, -1):
        with pytest.raises(WrongPassphrase) as told:
            client.unlock("not this one")
        assert told.value.left == left
    client.unlock(PASSPHRASE)
    with pytest.raises(WrongPassphrase) as told:
        client.unlock("not this one")
    assert told.value.left == MOST_TRIES - 1


def test_another_passphrase_opens_the_same_store_and_the_old_one_opens_nothing(field: Field) -> None:
    client = field.client
    event = client.record_visit("100000012", "spoke")
    client.lock()
    new = "four tall green poplars"
    with pytest.raises(Refused, match="at least"):
        client.change_passphrase(PASSPHRASE, "short", cost=CHEAP)
    with pytest.raises(WrongPassphrase) as told:
        client.change_passphrase("not this one", new, cost=CHEAP)
    assert told.value.left == MOST_TRIES - 1, "a guess is a guess, whatever it is for"
    client.change_passphrase(PASSPHRASE, new, cost=CHEAP)
    client.lock()
    with pytest.raises(WrongPassphrase):
        client.unlock(PASSPHRASE)
    client.unlock(new)
    assert [one.record.id for one in client.own_events()] == [event]
    assert client.streets()


def test_ten_wrong_tries_wipe_what_could_be_read_and_never_what_waits_to_be_sent(field: Field) -> None:
    client = field.client
    event = client.record_visit("100000012", "spoke")
    client.drafts.save("survey", b"half done")
    client.lock()
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(WrongPassphrase):
            client.unlock("not this one")
    with pytest.raises(Wiped):
        client.unlock("not this one")
    store = client.store
    left = {
        table: store.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]
        for table in ("slot", "secret", "list", "package", "own", "draft", "outbox")
    }
    assert left == {"slot": 0, "secret": 0, "list": 0, "package": 0, "own": 0, "draft": 0, "outbox": 1}
    with pytest.raises(Wiped):
        client.unlock(PASSPHRASE)
    with pytest.raises(Wiped):
        client.record_visit("100000012", "spoke")
    done = field.start(unlocked=False).sync()
    assert (done.receipted, list(field.service.bodies)) == (1, [event])
    assert not client.status().lists, "a wiped device keeps no new lists"


def test_the_tenth_wrong_try_counts_even_when_the_program_is_killed_while_it_wipes(field: Field) -> None:
    class Killed(BaseException):
        pass

    def kill(point: str) -> None:
        if point == "before wipe":
            raise Killed

    for _ in range(MOST_TRIES - 1):
        with pytest.raises(WrongPassphrase):
            field.client.unlock("not this one")
    client = field.start(unlocked=False, fault=kill)
    with pytest.raises(Killed):
        client.unlock("not this one")
    client = field.start(unlocked=False)
    with pytest.raises(Wiped):
        client.unlock(PASSPHRASE)
    assert client.store.state == "wiped"


def test_a_try_is_counted_before_it_is_made(field: Field) -> None:
    class Killed(BaseException):
        pass

    def kill(point: str) -> None:
        if point == "after try":
            raise Killed

    client = field.start(unlocked=False, fault=kill)
    with pytest.raises(Killed):
        client.unlock("not this one")
    assert field.start(unlocked=False).status().tries == 1


def test_a_wiped_store_holds_no_trace_of_lists_in_freed_pages(field: Field) -> None:
    [package] = field.client.store.rows("SELECT header, body FROM package")
    assert package["body"][:200] in everything_on_disk(field.path.parent)
    field.client.store.wipe("wiped")
    found = everything_on_disk(field.path.parent)
    assert package["body"][:200] not in found
    assert package["header"].encode() not in found


def test_another_programs_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE note (text TEXT)")
    with pytest.raises(StoreProblem, match="not a Doorstep store"):
        Store(path)
    path.write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(StoreProblem, match="cannot be read"):
        Store(path)
    assert path.read_bytes().startswith(b"This is a letter")


def test_a_store_of_a_newer_version_is_refused_and_not_touched(field: Field) -> None:
    field.client.record_visit("100000012", "spoke")
    field.client.store.close()
    with sqlite3.connect(field.path) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(StoreProblem, match="another version"):
        field.start()
    with sqlite3.connect(field.path) as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


def test_a_full_disk_refuses_the_record_whole_and_keeps_what_was_there(field: Field) -> None:
    client = field.client
    client.record_visit("100000012", "spoke")
    [pages] = client.store.rows("PRAGMA page_count")
    client.store.rows(f"PRAGMA max_page_count={pages[0]}")
    kept, told = 1, ""
    while not told:
        try:
            client.record_visit("100000013", "spoke")
            kept += 1
        except StoreProblem as problem:
            told = str(problem)
    assert "cannot be read or written" in told
    assert client.status().counts.waiting == kept
    assert len(client.own_events()) == kept
    client.store.rows("PRAGMA max_page_count=1000000")
    client.record_visit("100000013", "spoke")
    assert client.sync().receipted == kept + 1


def test_a_damaged_value_is_named_and_nothing_else(field: Field) -> None:
    field.client.record_visit("100000012", "spoke")
    with field.client.store.writing("damage") as db:
        db.execute("UPDATE own SET sealed = zeroblob(60)")
    client = field.start()
    with pytest.raises(StoreProblem, match="damaged"):
        client.own_events()
    assert outbox.counts(client.store).waiting == 1


def test_a_draft_lasts_until_the_end_of_the_shift_and_no_longer(field: Field) -> None:
    drafts = field.client.drafts
    drafts.save("survey 100000012", b"half")
    drafts.save("survey 100000012", b"more")
    field.clock.advance(11 * 3_600_000)
    assert field.start().drafts.read("survey 100000012") == b"more"
    drafts.save("survey 100000013", b"young")
    field.clock.advance(2 * 3_600_000)
    assert drafts.read("survey 100000012") is None
    assert drafts.read("survey 100000013") == b"young"
    drafts.drop("survey 100000013")
    assert drafts.read("survey 100000013") is None
    drafts.save("survey 100000014", b"from tomorrow")
    field.clock.skew_ms = -24 * 3_600_000
    assert drafts.read("survey 100000014") is None
    assert not field.client.store.rows("SELECT * FROM draft")


def test_a_passphrase_has_at_least_eight_characters(tmp_path: Path) -> None:
    assert lockbox.LEAST_PASSPHRASE == 8
    slot = lockbox.make_slot(b"k" * 32, "geheim äöü", CHEAP, Store(tmp_path / "s" / "store.db").random)
    assert lockbox.open_slot(slot, "geheim äöü") == b"k" * 32
