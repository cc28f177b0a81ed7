"""The key ring's file: private, whole after a crash, and noticed by those who hold it when it changes."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.base import keyring
from server.base.clock import from_milliseconds
from server.base.keyring import KeyRing
from server.base.problems import UserError
from server.base.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keyring.json"
    KeyRing.make().save(path)
    return path


def test_a_saved_ring_is_read_back_the_same_and_only_its_owner_can_read_it(path: Path) -> None:
    first, second = KeyRing.load(path), KeyRing.load(path)
    assert first.keys == second.keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_ring_that_others_can_read_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(UserError, match="chmod 600"):
        KeyRing.load(path)


def test_a_missing_ring_is_refused_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="doorstep init"):
        KeyRing.load(tmp_path / "keyring.json")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '"x"', "null"])
def test_a_file_that_is_no_ring_is_refused(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(UserError, match="not a key ring"):
        KeyRing.load(path)


def test_a_ring_with_a_short_key_is_refused(path: Path) -> None:
    document = json.loads(path.read_text())
    document["root"] = "c2hvcnQ="
    path.write_text(json.dumps(document))
    with pytest.raises(UserError, match="not a key ring"):
        KeyRing.load(path)


def test_a_process_that_holds_the_ring_notices_a_change(path: Path) -> None:
    holder = KeyRing.load(path)
    before = holder.keys.field_active
    keyring.change(path, keyring.with_field_key)
    assert holder.keys.field_active == before
    assert len(holder.keys.field_keys) == 2
    keyring.change(path, lambda keys: keyring.with_newest_active(keys, from_milliseconds(5)))
    assert holder.keys.field_active != before
    assert keyring.replaced_at(holder.keys, before) == from_milliseconds(5)


def test_one_request_has_the_same_keys_from_beginning_to_end_and_the_next_one_the_new_keys(
    path: Path,
) -> None:
    holder = KeyRing.load(path)
    with holder.steady():
        before = holder.keys
        keyring.change(path, keyring.with_field_key)
        assert holder.keys is before
        with ThreadPoolExecutor() as another:
            assert another.submit(lambda: len(holder.keys.field_keys)).result() == 2
    assert len(holder.keys.field_keys) == 2


def test_a_process_keeps_its_keys_while_the_file_cannot_be_read(path: Path) -> None:
    holder = KeyRing.load(path)
    before = holder.keys
    path.write_text("half a fi")
    assert holder.keys == before
    os.unlink(path)
    assert holder.keys == before


def test_the_active_key_cannot_be_dropped(path: Path) -> None:
    keys = KeyRing.load(path).keys
    with pytest.raises(ValueError, match="active"):
        keyring.without_field_key(keys, keys.field_active)


def test_seal_keys_are_never_dropped_and_the_newest_is_offered(path: Path) -> None:
    ring = KeyRing.load(path)
    old, public = ring.seal_key_current
    keyring.change(path, keyring.with_seal_key)
    new, new_public = ring.seal_key_current
    assert new != old
    assert new_public != public
    assert len(public) == 65
    kept = ring.seal_private(old)
    assert kept is not None
    assert keyring.public_bytes(kept) == public
    assert ring.seal_private("never") is None


def test_derived_keys_differ_by_label_and_by_how_parts_are_cut(path: Path) -> None:
    ring = KeyRing.load(path)
    assert ring.derive("a", "bc") == ring.derive("a", "bc")
    assert (
        len({ring.derive("a", "bc"), ring.derive("ab", "c"), ring.derive("a", "b", "c"), ring.derive("a")})
        == 4
    )


def test_a_ring_shows_no_key_when_it_is_printed(path: Path) -> None:
    ring = KeyRing.load(path)
    shown = f"{ring!r} {ring.keys!r}"
    for key in ring.keys.field_keys.values():
        assert repr(key)[2:-1] not in shown
    assert "root" not in shown


def test_a_value_under_a_key_that_came_in_during_a_request_opens_within_it(path: Path) -> None:
    place = {"table": "resident", "column": "name_sealed", "row": "r-1"}
    mine, other = KeyRing.load(path), KeyRing.load(path)
    with mine.steady():
        keyring.change(path, keyring.with_field_key)
        keyring.change(path, lambda keys: keyring.with_newest_active(keys, from_milliseconds(0)))
        sealed = Vault(other).seal("Jane Example", **place)
        assert Vault(mine).open(sealed, **place) == "Jane Example"
