"""Test keys, made-up places and the little that every file of cases needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sync.exchange import SealKey
from sync.keys import load_private, new_kid, public_bytes

LONDON = "Europe/London"
DEVICE = "6f1f3c52-8a3e-4b1a-9d3c-1f0e5a7b9c11"
OTHER_DEVICE = "0c5e1d77-2b4f-4d52-8e61-77aa90c3b102"
EVENT_ID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
REGISTRATION_ID = "7d44bb3e-5a0c-4c0e-9a39-0d7d1a5b6f21"


def test_private(name: str) -> bytes:
    """32 private bytes that everybody can make again: SHA-256 of a name (test keys only)."""
    return hashlib.sha256(f"doorstep test key {name}".encode()).digest()


SERVICE_SEAL = test_private("service seal")
SERVICE_SIGN = test_private("service sign")
DEVICE_SEAL = test_private("device seal")
DEVICE_SIGN = test_private("device sign")
OTHER_SEAL = test_private("another seal")
EVENT_KEY = hashlib.sha256(b"doorstep test event key").digest()
OTHER_EVENT_KEY = hashlib.sha256(b"doorstep another test event key").digest()
TOKEN_KEY = hashlib.sha256(b"doorstep test token key").digest()


def public_of(private: bytes) -> bytes:
    """The 65 public bytes of 32 private ones."""
    return public_bytes(load_private(private))


SEAL_KEY = SealKey(new_kid(public_of(SERVICE_SEAL)), public_of(SERVICE_SEAL))


def at(text: str, tz: str = LONDON) -> int:
    """Milliseconds UTC of a local time such as `2026-03-02 17:00`; a `Z` at its end means UTC."""
    if text.endswith("Z"):
        return int(datetime.fromisoformat(text.replace(" ", "T").replace("Z", "+00:00")).timestamp() * 1000)
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp() * 1000)


def case(name: str, **members: Any) -> dict[str, Any]:
    """One case: its name, what goes in, and what must come out under `expect` or `error`."""
    return {"name": name, **members}


def vectors(about: str, cases: list[dict[str, Any]], **shared: Any) -> dict[str, Any]:
    """A file of cases; names are unique, so that a failure says which."""
    names = [one["name"] for one in cases]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    return {"about": about, **shared, "cases": cases}


def must(name: str, stated: object, found: object) -> None:
    """Stops the making when the code does not come out as stated by hand."""
    if stated != found:
        raise AssertionError(f"{name}:\n stated {stated}\n found  {found}")


def pick(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named members of a mapping."""
    return {name: mapping[name] for name in names}
