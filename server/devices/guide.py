"""Notes that an officer has read the guide to its end, as the phone tells it in an exchange."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.devices.tables import Device


def note_guide(session: Session, device_id: str, version: str, at: datetime) -> None:
    """Keep the version that was read and since when, once for each version; the device's row is locked already."""
    version = version.replace("\0", "")
    session.execute(
        update(Device)
        .where(Device.id == device_id, Device.guide != version)
        .values(guide=version, guide_at=at)
    )
