"""All that comes in from outside, in one value: settings, database, keys, clock, randomness."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from server.base.clock import Clock, SystemClock
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.settings import Settings
from server.base.vault import Vault


@dataclass(frozen=True)
class Service:
    """Passed to every use case. `random` makes identifiers; keys and nonces never come from it."""

    settings: Settings
    db: Database
    keys: KeyRing
    vault: Vault
    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.SystemRandom)

    @property
    def zone(self) -> ZoneInfo:
        """The force's time zone."""
        return self.settings.zone

    def new_uuid(self) -> str:
        """A new UUIDv4, as text."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
