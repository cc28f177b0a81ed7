"""Argon2id at its least cost: these tests sign in hundreds of times."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from server.staff import passwords
from tests.factories.staff import PASSWORD_HASH


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_hashes" not in request.keywords:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        monkeypatch.setattr(passwords, "_NOBODY", PASSWORD_HASH)
