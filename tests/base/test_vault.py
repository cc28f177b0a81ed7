"""The vault opens what it sealed for that very row, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.base.keyring import KeyRing, with_field_key, with_index_key
from server.base.vault import SEALED, Vault, VaultError, kid_of
from server.tables import METADATA

RING = KeyRing.make()
VAULT = Vault(RING)
PLACE = {"table": "resident", "column": "name_sealed", "row": "r-1"}


@given(st.text())
def test_what_was_sealed_opens_again(text: str) -> None:
    assert VAULT.open(VAULT.seal(text, **PLACE), **PLACE) == text


def test_sealing_twice_gives_different_bytes_without_the_text() -> None:
    one, other = VAULT.seal("Jane Example", **PLACE), VAULT.seal("Jane Example", **PLACE)
    assert one != other
    assert b"Jane" not in one + other


@pytest.mark.parametrize("moved", [{"table": "contact"}, {"column": "detail_sealed"}, {"row": "r-2"}])
def test_a_value_moved_to_another_row_column_or_table_does_not_open(moved: dict[str, str]) -> None:
    sealed = VAULT.seal("Jane Example", **PLACE)
    with pytest.raises(VaultError):
        VAULT.open(sealed, **(PLACE | moved))


@given(st.data())
def test_a_value_with_any_byte_changed_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal("Jane Example", **PLACE))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        VAULT.open(bytes(sealed), **PLACE)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_sealed_value_raise_vault_error_only(raw: bytes) -> None:
    with pytest.raises(VaultError):
        VAULT.open(raw, **PLACE)


def test_another_ring_does_not_open_it_and_the_error_names_no_content() -> None:
    sealed = Vault(KeyRing.make()).seal("Jane Example", **PLACE)
    with pytest.raises(VaultError, match="not on the ring") as caught:
        VAULT.open(sealed, **PLACE)
    assert kid_of(sealed) in str(caught.value)
    assert "r-1" not in str(caught.value)


def test_an_older_key_still_opens() -> None:
    ring = KeyRing.make()
    sealed = Vault(ring).seal("Jane Example", **PLACE)
    newer = KeyRing(with_field_key(ring.keys))
    assert Vault(newer).open(sealed, **PLACE) == "Jane Example"


def test_a_blind_index_is_the_same_each_time_and_differs_by_purpose_and_key() -> None:
    assert VAULT.index("email", "a@example.org") == VAULT.index("email", "a@example.org")
    assert VAULT.index("email", "a@example.org") != VAULT.index("phone", "a@example.org")
    assert VAULT.index("email", "a@example.org") != Vault(KeyRing.make()).index("email", "a@example.org")


def test_look_ups_ask_under_every_index_key_and_write_under_the_newest() -> None:
    ring = KeyRing.make()
    old = Vault(ring).index("email", "a@example.org")
    newer = Vault(KeyRing(with_index_key(ring.keys)))
    assert newer.indexes("email", "a@example.org")[0] == old
    assert newer.index("email", "a@example.org") == newer.indexes("email", "a@example.org")[1] != old


def test_every_column_of_sealed_bytes_is_registered() -> None:
    registered = {(sealed.table.__tablename__, sealed.column) for sealed in SEALED}
    named = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert named == registered
