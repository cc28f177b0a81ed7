"""Reads the settings and opens the service: the environment (DOORSTEP_…) over a file, over the defaults.

The file is `doorstep.cfg` in the home folder, with one section [doorstep] and the names of `Settings`.
"""

from __future__ import annotations

import configparser
import os
import random
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.base.clock import Clock, ShiftedClock, SystemClock
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.problems import UserError
from server.base.service import Service
from server.base.settings import Settings
from server.base.vault import Vault

PREFIX = "DOORSTEP_"
SECTION = "doorstep"
FOREIGN = ("DOORSTEP_FIELD_", "DOORSTEP_TEST_", "DOORSTEP_PASS")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; UserError names the one that is wrong, and where it was set."""
    environment = os.environ if environment is None else environment
    home = Path(environment.get("DOORSTEP_HOME") or ".doorstep").absolute()
    given = _from_file(home / "doorstep.cfg") | _from_environment(environment)
    values: dict[str, Any] = {"home": home}
    known = {one.name: one for one in fields(Settings)}
    for name, (text, where) in given.items():
        if name not in known:
            raise UserError(f"{where} sets {name}, which is no setting. `doorstep settings` lists them.")
        if name == "home":
            continue
        values[name] = _converted(text, known[name].type, name, where)
    return Settings(**values)


def open_service(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    random_source: random.Random | None = None,
) -> Service:
    """The service on its database and keys. UserError where the key ring is missing or open to others."""
    settings = settings or read_settings()
    keys = KeyRing.load(settings.keyring_path)
    return Service(
        settings=settings,
        db=Database(settings.database_url, pool_size=settings.pool_size),
        keys=keys,
        vault=Vault(keys),
        clock=clock or _clock(settings),
        random=random_source or random.SystemRandom(),
    )


def _clock(settings: Settings) -> Clock:
    if settings.clock_offset_seconds:
        return ShiftedClock(timedelta(seconds=settings.clock_offset_seconds))
    return SystemClock()


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name.removeprefix(PREFIX).lower(): (text, name)
        for name, text in environment.items()
        if name.startswith(PREFIX) and not name.startswith(FOREIGN)
    }


def _from_file(path: Path) -> dict[str, tuple[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
        return {name: (text, str(path)) for name, text in parser[SECTION].items()}
    except FileNotFoundError:
        return {}
    except KeyError:
        raise UserError(f"{path} has no section [{SECTION}].") from None
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        raise UserError(f"{path} cannot be read as settings: {type(error).__name__}.") from None


def _converted(text: str, kind: Any, name: str, where: str) -> Any:
    if kind in ("int", int):
        try:
            return int(text)
        except ValueError:
            raise UserError(f"{where}: {name} must be a whole number, not {text!r}.") from None
    return text
