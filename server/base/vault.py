"""The vault: seals single fields with AES-256-GCM, bound to their table, column and row; makes blind indexes.

A sealed value is `0x01 | length of key id | key id | nonce (12) | ciphertext and tag`. Table, column and row stand in
the associated data: a value moved to another row does not open. Rooms name their sealed columns by
`register_sealed` in tables.py, so that rotation and the checks find every one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import inspect

from server.base.db import Base
from server.base.keyring import KeyRing

VERSION = 1
NONCE_BYTES = 12


class VaultError(Exception):
    """A sealed value that does not open: another row's, tampered with, or of a key that is gone."""


@dataclass(frozen=True)
class Sealed:
    """A sealed column. `row` names the columns (by default the primary key) whose text binds a value to its row."""

    table: type[Base]
    column: str
    row: tuple[str, ...]

    def row_of(self, values: Mapping[str, Any]) -> str:
        """The text of a row's key: its parts joined by '/'."""
        return "/".join(str(values[name]) for name in self.row)


SEALED: list[Sealed] = []


def register_sealed(table: type[Base], column: str, row: str | tuple[str, ...] | None = None) -> None:
    """Say that a column of a table holds sealed values. `row`: other columns than the primary key to bind to."""
    mapper = inspect(table)
    if column not in mapper.columns:
        raise ValueError(f"{table.__name__} has no column {column}")
    if row is None:
        names = tuple(str(key.key) for key in mapper.primary_key)
    else:
        names = (row,) if isinstance(row, str) else row
    SEALED.append(Sealed(table, column, names))


class Vault:
    """Seals and opens with the keys of a ring."""

    def __init__(self, keyring: KeyRing) -> None:
        self._ring = keyring

    def seal(self, text: str | bytes, *, table: str, column: str, row: str) -> bytes:
        """The sealed bytes of a text for one field of one row."""
        keys = self._ring.keys
        kid = keys.field_active
        nonce = os.urandom(NONCE_BYTES)
        plain = text.encode() if isinstance(text, str) else text
        bound = _bound(kid, table, column, row)
        return prefix(kid) + nonce + keys.sealers[kid].encrypt(nonce, plain, bound)

    def open_bytes(self, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """The bytes that were sealed for this field of this row; VaultError for anything else."""
        sealed = bytes(sealed)
        kid = kid_of(sealed)
        sealer = self._ring.keys.sealers.get(kid) or self._ring.anew().sealers.get(kid)
        if sealer is None:
            raise VaultError(
                f"{table}.{column} of a row is sealed under the key {kid}, which is not on the ring"
            )
        start = len(prefix(kid))
        try:
            nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
            return sealer.decrypt(nonce, body, _bound(kid, table, column, row))
        except (InvalidTag, ValueError):
            raise VaultError(f"{table}.{column} of a row does not open: it was changed or moved") from None

    def open(self, sealed: bytes, *, table: str, column: str, row: str) -> str:
        """The text that was sealed for this field of this row; VaultError for anything else."""
        return self.open_bytes(sealed, table=table, column=column, row=row).decode()

    def index(self, purpose: str, value: str) -> bytes:
        """The blind index (32 bytes) of a value under the newest index key; `value` is normalised by the caller."""
        return self.indexes(purpose, value)[-1]

    def indexes(self, purpose: str, value: str) -> list[bytes]:
        """The blind indexes of a value under every index key, the newest last: for looking up."""
        message = purpose.encode() + b"\0" + value.encode()
        return [hmac.digest(key, message, hashlib.sha256) for key in self._ring.keys.index_keys.values()]

    def pseudonym(self, resident_id: str) -> str:
        """What stands for a resident on coded answers: 32 hex digits, keyed, the same every time."""
        key = self._ring.keys.pseudonym_key
        return hmac.digest(key, b"resident\0" + resident_id.encode(), hashlib.sha256).hex()[:32]


def prefix(kid: str) -> bytes:
    """The first bytes of every value sealed under a key."""
    return bytes((VERSION, len(kid))) + kid.encode()


def kid_of(sealed: bytes) -> str:
    """The id of the key that a value is sealed under; VaultError where it is no sealed value."""
    if len(sealed) < 2 or sealed[0] != VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise VaultError("these bytes are no sealed value")
    try:
        return bytes(sealed[2 : 2 + sealed[1]]).decode("ascii")
    except UnicodeDecodeError:
        raise VaultError("these bytes are no sealed value") from None


def _bound(kid: str, table: str, column: str, row: str) -> bytes:
    return "\0".join(("doorstep/field/1", kid, table, column, row)).encode()
