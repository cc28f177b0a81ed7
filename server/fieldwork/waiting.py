"""How many visits may still wait on phones, as the devices of officers who work in an area last told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, cast, func, or_, select, true
from sqlalchemy.orm import Session

from server.base.access import Principal, sees, sees_whole_force
from server.devices.scope import in_force
from server.devices.tables import Device
from server.geography.scope import paths_below
from server.geography.tables import Area
from server.staff.tables import AreaGrant


@dataclass(frozen=True)
class Waiting:
    """Events that devices last told to have left, how many devices there are, and the longest that one was silent."""

    events: int
    devices: int
    oldest_told: datetime | None


def waiting_in(session: Session, principal: Principal, path: str, on: date) -> Waiting:
    """What waits on the phones of officers who, on this day, are granted an area that touches the one at `path`.

    As far as the principal sees it. An empty path is the whole force.
    """
    told = func.coalesce(Device.seen_at, Device.enrolled_at)
    everybody = sees_whole_force(principal) and not path
    statement = select(
        cast(func.coalesce(func.sum(Device.waiting), 0), Integer), func.count(), func.min(told)
    ).where(
        Device.state == "active",
        true() if everybody else Device.account_id.in_(_officers(_seen(principal, path), on)),
    )
    return Waiting(*session.execute(statement).one())


def paths_above(path: str) -> list[str]:
    """The paths of the areas above one, and its own: '/f/', '/f/d/', '/f/d/w/'."""
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[:depth]) for depth in range(1, len(parts) + 1)]


def _seen(principal: Principal, path: str) -> tuple[str, ...]:
    """What the principal sees of the area at a path: itself, or those of the principal's areas that lie in it."""
    if sees(principal, path):
        return (path,)
    return tuple(one for one in principal.areas if one.startswith(path))


def _officers(paths: tuple[str, ...], on: date) -> Select[Any]:
    above = {one for path in paths for one in paths_above(path)}
    touches = or_(paths_below(paths), Area.path.in_(above))
    return (
        select(AreaGrant.account_id).join(Area, Area.code == AreaGrant.area_code).where(in_force(on), touches)
    )
