"""Values under the store key, and the store key under a passphrase. Bytes in, bytes out.

One random store key encrypts every value with AES-256-GCM, bound to its table and row, so that a value moved to
another place does not open. The store key itself lies in slots, each under a key that Argon2id (RFC 9106) makes
from the passphrase at 64 MiB and three passes; a slot keeps its own cost, so that the cost may grow later.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from random import Random

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
LEAST_PASSPHRASE = 8


@dataclass(frozen=True)
class KeyCost:
    """What one guess at the passphrase costs: memory in KiB and passes of Argon2id."""

    memory_kib: int = 65_536
    passes: int = 3


@dataclass(frozen=True)
class Slot:
    """The store key, sealed under one passphrase."""

    salt: bytes
    cost: KeyCost
    wrapped: bytes


class DoesNotOpen(Exception):
    """Another key, another place, or changed bytes."""


def seal(key: bytes, plain: bytes, *, table: str, row: str, nonce: bytes) -> bytes:
    """Encrypt a value for one row of one table. A nonce of 12 random bytes is used once."""
    return nonce + AESGCM(key).encrypt(nonce, plain, _place(table, row))


def unseal(key: bytes, sealed: bytes, *, table: str, row: str) -> bytes:
    """The value of one row of one table. Raises DoesNotOpen."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(table, row))
    except (InvalidTag, ValueError):
        raise DoesNotOpen from None


def _place(table: str, row: str) -> bytes:
    return f"doorstep field store 1\0{table}\0{row}".encode()


def new_nonce(random: Random) -> bytes:
    """Randomness for one sealing."""
    return random.randbytes(_NONCE_BYTES)


def make_slot(store_key: bytes, passphrase: str, cost: KeyCost, random: Random) -> Slot:
    """Put the store key under a passphrase."""
    salt = random.randbytes(16)
    under = _stretch(passphrase, salt, cost)
    return Slot(salt, cost, seal(under, store_key, table="slot", row=salt.hex(), nonce=new_nonce(random)))


def open_slot(slot: Slot, passphrase: str) -> bytes:
    """The store key. Raises DoesNotOpen for another passphrase."""
    under = _stretch(passphrase, slot.salt, slot.cost)
    return unseal(under, slot.wrapped, table="slot", row=slot.salt.hex())


def _stretch(passphrase: str, salt: bytes, cost: KeyCost) -> bytes:
    return hash_secret_raw(
        os.fsencode(passphrase),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=1,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
