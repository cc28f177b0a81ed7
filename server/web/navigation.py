"""What stands around every console page: the menu of those pages that the principal may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from server.base.access import Principal, has
from server.base.service import Service


@dataclass(frozen=True)
class Section:
    """An entry of the menu. `below` are beginnings of paths that belong to it."""

    text: str
    href: str
    permission: str
    below: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """True where the page that is asked for belongs to it."""
        return any(
            request.path == path or request.path.startswith(f"{path}/") for path in (self.href, *self.below)
        )


SECTIONS = (
    Section(
        "Coverage",
        "/console/coverage",
        "coverage.read",
        ("/console/streets", "/console/houses", "/console/never-called"),
    ),
    Section("Campaigns", "/console/campaigns", "campaign.read"),
    Section("Lists", "/console/lists", "worklist.read"),
    Section("Officers", "/console/officers", "staff.find", ("/console/best-time",)),
    Section("Devices", "/console/devices", "device.read"),
    Section("Inbox", "/console/inbox", "visit.read", ("/console/held", "/console/hazards", "/console/notes")),
    Section("Residents", "/console/residents", "resident.read"),
    Section("People", "/console/people", "staff.read"),
    Section("Audit", "/console/audit", "audit.read"),
)


def frame(service: Service, principal: Principal) -> dict[str, Any]:
    """The menu of a principal: nothing for whoever is not signed in."""
    practice = bool(service.settings.practice)
    if principal.account_id is None:
        return {"navigation": [], "practice": practice}
    return {"practice": practice, "navigation": [one for one in SECTIONS if has(principal, one.permission)]}
