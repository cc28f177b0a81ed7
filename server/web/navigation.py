"""What stands around every console page: the menu of those pages that the principal may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from server.base.access import Principal, has
from server.base.service import Service
from server.web.inbox import read_inbox


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


INBOX = (
    "/console/held",
    "/console/hazards",
    "/console/notes",
    "/console/do-not-call",
    "/console/double-work",
    "/console/outbox-files",
)
UNCOUNTED = (
    ("Double work", "/console/double-work", "visit.read"),
    ("Outbox files", "/console/outbox-files", "held.read"),
)
SECTIONS = (
    Section(
        "Coverage",
        "/console/coverage",
        "coverage.read",
        (
            "/console/streets",
            "/console/houses",
            "/console/never-called",
            "/console/visits",
            "/console/map",
            "/console/downloads",
        ),
    ),
    Section("Campaigns", "/console/campaigns", "campaign.read"),
    Section("Lists", "/console/lists", "worklist.read"),
    Section("Officers", "/console/officers", "staff.find", ("/console/best-time",)),
    Section("Devices", "/console/devices", "device.read"),
    Section("Inbox", "/console/inbox", "visit.read", (*INBOX, "/console/provisional-houses")),
    Section("Residents", "/console/residents", "resident.read"),
    Section("People", "/console/people", "staff.read"),
    Section("Audit", "/console/audit", "audit.read"),
    Section("Erasures", "/console/erasures", "privacy.erase"),
)


@dataclass(frozen=True)
class Tab:
    """A queue in the row of queues. `count` is None where nothing is counted."""

    text: str
    href: str
    count: int | None

    @property
    def active(self) -> bool:
        """True where the page that is asked for is this queue's."""
        return request.path == self.href


def frame(service: Service, principal: Principal) -> dict[str, Any]:
    """The menu of a principal, and on the inbox's pages its queues: nothing for whoever is not signed in."""
    practice = bool(service.settings.practice)
    if principal.account_id is None:
        return {"navigation": [], "practice": practice}
    navigation = [one for one in SECTIONS if has(principal, one.permission)]
    queues = _queues(service, principal) if request.method == "GET" and request.path in INBOX else []
    return {"practice": practice, "navigation": navigation, "queues": queues}


def _queues(service: Service, principal: Principal) -> list[Tab]:
    counted = [
        Tab(one.title, one.href, one.count) for one in read_inbox(service, principal) if one.href in INBOX
    ]
    more = [Tab(text, href, None) for text, href, permission in UNCOUNTED if has(principal, permission)]
    return [Tab("Inbox", "/console/inbox", None), *counted, *more]
