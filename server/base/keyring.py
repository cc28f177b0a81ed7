"""The key ring: every long-lived secret of an instance, in one file that only its owner can read.

The file is JSON, mode 0600. Field keys seal columns (one is active, the others still open); index keys make blind
indexes (the newest writes, none is ever dropped, so that the ledger of erasures still finds a person); seal keys
are the service's HPKE keys (none is ever dropped: events outlive an enrolment). A process holds a `KeyRing`, which
looks at the file's modification time at each use, so that a rotation reaches processes that are serving.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.base.clock import from_milliseconds, milliseconds
from server.base.problems import UserError

FORMAT = 1


@dataclass(frozen=True)
class Keys:
    """The content of a key ring at one moment. Key ids are in order of making, the newest last."""

    field_keys: dict[str, bytes]
    field_active: str
    field_replaced_at: dict[str, int]
    index_keys: dict[str, bytes]
    seal_keys: dict[str, bytes]
    sign_private: bytes
    pseudonym_key: bytes
    session_secret: bytes
    root: bytes = field(repr=False, default=b"")

    def __repr__(self) -> str:
        return f"Keys(field={list(self.field_keys)}, active={self.field_active})"

    @cached_property
    def sealers(self) -> dict[str, AESGCM]:
        """Key id → cipher, made once."""
        return {kid: AESGCM(key) for kid, key in self.field_keys.items()}

    @cached_property
    def sign_key(self) -> ec.EllipticCurvePrivateKey:
        """The service's signing key (ECDSA P-256)."""
        return private_key(self.sign_private)

    @cached_property
    def seal_privates(self) -> dict[str, ec.EllipticCurvePrivateKey]:
        """Key id → HPKE private key (P-256)."""
        return {kid: private_key(raw) for kid, raw in self.seal_keys.items()}


class KeyRing:
    """Keys in use by a process, reread when the file changes."""

    def __init__(self, keys: Keys, path: Path | None = None, seen: tuple[int, ...] = ()) -> None:
        self._keys = keys
        self._path = path
        self._seen = seen
        self._steady = threading.local()

    @classmethod
    def make(cls) -> KeyRing:
        """A new ring of random keys, not yet saved."""
        return cls(
            Keys(
                field_keys={(kid := new_kid("f")): secrets.token_bytes(32)},
                field_active=kid,
                field_replaced_at={},
                index_keys={new_kid("i"): secrets.token_bytes(32)},
                seal_keys={new_kid("s"): new_private()},
                sign_private=new_private(),
                pseudonym_key=secrets.token_bytes(32),
                session_secret=secrets.token_bytes(32),
                root=secrets.token_bytes(32),
            )
        )

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """The ring in a file. UserError where it is missing, readable by others, or not a key ring."""
        keys, seen = _read(path)
        return cls(keys, path, seen)

    def save(self, path: Path) -> None:
        """Write the ring so that a crash leaves the old file or the new one, and nobody else can read either."""
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(_as_json(self._keys), indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._path = path
        self._seen = _mark(path)

    @property
    def keys(self) -> Keys:
        """The keys as the file has them now; the last good ones while the file cannot be read."""
        steady: Keys | None = getattr(self._steady, "keys", None)
        if steady is not None:
            return steady
        if self._path is not None:
            try:
                if _mark(self._path) != self._seen:
                    self._keys, self._seen = _read(self._path)
            except (OSError, UserError):
                return self._keys
        return self._keys

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Within it this thread has the keys as they were at its beginning: one look at the file instead of hundreds.

        For one request. A key that is replaced meanwhile stays on the ring for hours, and is looked for in every row
        before it goes; one that comes in meanwhile is found by `anew`.
        """
        self._steady.keys = self.keys
        try:
            yield
        finally:
            self._steady.keys = None

    def anew(self) -> Keys:
        """The keys as the file has them now, which `steady` goes on with: for a value under a key that is not known.

        A request that waited long for its locks may read what others have sealed under a key that came in since.
        """
        is_steady = getattr(self._steady, "keys", None) is not None
        self._steady.keys = None
        keys = self.keys
        if is_steady:
            self._steady.keys = keys
        return keys

    @property
    def sign_key(self) -> ec.EllipticCurvePrivateKey:
        """The service's signing key."""
        return self.keys.sign_key

    @property
    def verify_key_bytes(self) -> bytes:
        """The service's public signing key: 65 bytes, uncompressed point."""
        return public_bytes(self.keys.sign_key)

    @property
    def seal_key_current(self) -> tuple[str, bytes]:
        """The newest seal key's id and its public key (65 bytes), which devices seal events to."""
        kid = next(reversed(self.keys.seal_keys))
        return kid, public_bytes(self.keys.seal_privates[kid])

    def seal_private(self, kid: str) -> ec.EllipticCurvePrivateKey | None:
        """The private key behind a seal key id, or None where it was never ours."""
        return self.keys.seal_privates.get(kid)

    @property
    def session_secret(self) -> bytes:
        """Keys the hashes of session cookies and bearer tokens."""
        return self.keys.session_secret

    def derive(self, label: str, *parts: str) -> bytes:
        """32 bytes bound to a purpose and its parts (HKDF-SHA256 from the root key), the same every time."""
        info = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in (label, *parts))
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(self.keys.root)


def change(path: Path, work: Callable[[Keys], Keys]) -> KeyRing:
    """Change the ring in a file under its lock, so that two commands cannot lose each other's key."""
    with _locked(path):
        ring = KeyRing.load(path)
        ring._keys = work(ring._keys)
        ring.save(path)
        return ring


def with_field_key(keys: Keys) -> Keys:
    """With a new field key, which can be read but does not seal yet."""
    return replace(keys, field_keys=keys.field_keys | {new_kid("f"): secrets.token_bytes(32)})


def with_newest_active(keys: Keys, now: datetime) -> Keys:
    """With the newest field key sealing, and the one before marked as replaced now."""
    newest = next(reversed(keys.field_keys))
    replaced = keys.field_replaced_at
    if newest != keys.field_active:
        replaced = replaced | {keys.field_active: milliseconds(now)}
    return replace(keys, field_active=newest, field_replaced_at=replaced)


def without_field_key(keys: Keys, kid: str) -> Keys:
    """Without a field key that no row holds any more; the active one is refused with ValueError."""
    if kid == keys.field_active:
        raise ValueError("the active key cannot be dropped")
    return replace(
        keys,
        field_keys={k: v for k, v in keys.field_keys.items() if k != kid},
        field_replaced_at={k: v for k, v in keys.field_replaced_at.items() if k != kid},
    )


def with_index_key(keys: Keys) -> Keys:
    """With a new index key, which writes from now on; every older one is still asked."""
    return replace(keys, index_keys=keys.index_keys | {new_kid("i"): secrets.token_bytes(32)})


def with_seal_key(keys: Keys) -> Keys:
    """With a new service seal key, offered to devices from now on; every older one still opens."""
    return replace(keys, seal_keys=keys.seal_keys | {new_kid("s"): new_private()})


def replaced_at(keys: Keys, kid: str) -> datetime | None:
    """When a field key was replaced, or None."""
    ms = keys.field_replaced_at.get(kid)
    return None if ms is None else from_milliseconds(ms)


def new_kid(letter: str) -> str:
    """A key id: its kind's letter and eight hex digits."""
    return letter + secrets.token_hex(4)


def new_private() -> bytes:
    """A new P-256 private key: its 32 bytes."""
    return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")


def private_key(raw: bytes) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key of 32 bytes."""
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half: 65 bytes, uncompressed point."""
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _mark(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> tuple[Keys, tuple[int, ...]]:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise UserError(f"The key ring {path} can be read by others. Run: chmod 600 {path}")
            raw = file.read()
    except FileNotFoundError:
        raise UserError(f"There is no key ring at {path}. Make one with: doorstep init") from None
    except PermissionError:
        raise UserError(f"The key ring {path} cannot be read by this user.") from None
    try:
        keys = _from_json(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"The file {path} is not a key ring of this version. Restore it from a backup."
        ) from None
    return keys, (found.st_mtime_ns, found.st_size, found.st_ino)


def _as_json(keys: Keys) -> dict[str, object]:
    return {
        "format": FORMAT,
        "field_keys": {kid: _text(key) for kid, key in keys.field_keys.items()},
        "field_active": keys.field_active,
        "field_replaced_at": keys.field_replaced_at,
        "index_keys": {kid: _text(key) for kid, key in keys.index_keys.items()},
        "seal_keys": {kid: _text(key) for kid, key in keys.seal_keys.items()},
        "sign_private": _text(keys.sign_private),
        "pseudonym_key": _text(keys.pseudonym_key),
        "session_secret": _text(keys.session_secret),
        "root": _text(keys.root),
    }


def _from_json(document: dict[str, Any]) -> Keys:
    if document["format"] != FORMAT:
        raise ValueError("another format")
    keys = Keys(
        field_keys={kid: _bytes(key) for kid, key in document["field_keys"].items()},
        field_active=str(document["field_active"]),
        field_replaced_at={kid: int(ms) for kid, ms in document["field_replaced_at"].items()},
        index_keys={kid: _bytes(key) for kid, key in document["index_keys"].items()},
        seal_keys={kid: _bytes(key) for kid, key in document["seal_keys"].items()},
        sign_private=_bytes(document["sign_private"]),
        pseudonym_key=_bytes(document["pseudonym_key"]),
        session_secret=_bytes(document["session_secret"]),
        root=_bytes(document["root"]),
    )
    if keys.field_active not in keys.field_keys or not keys.index_keys or not keys.seal_keys:
        raise ValueError("incomplete")
    return keys


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: object) -> bytes:
    raw = base64.b64decode(str(text), validate=True)
    if len(raw) != 32:
        raise ValueError("a key is 32 bytes")
    return raw
