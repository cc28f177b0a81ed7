"""What staff do by the API: sign in, make accounts, a campaign and lists, and read figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from demo.programs import DemoError
from server.practice.people import StaffMember

CAMPAIGN = "Knock on every door: Beverley & Newland, University"


class Console:
    """One member of staff, signed in by a short-lived token."""

    def __init__(self, url: str, username: str, password: str, certificate: Path | None = None) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=60, verify=True if certificate is None else str(certificate)
        )
        told = self.post("/api/tokens", username=username, password=password)
        self._http.headers["Authorization"] = f"Bearer {told['token']}"

    def get(self, path: str, **query: Any) -> Any:
        """A resource, as JSON."""
        return self._answer(self._http.get(path, params=query))

    def post(self, path: str, *, match: str = "", **body: Any) -> Any:
        """What the service answered to a body sent to it; `match` is the ETag of the version that was read."""
        headers = {"If-Match": match} if match else {}
        return self._answer(self._http.post(path, json=body, headers=headers))

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list, page by page."""
        after: str | None = ""
        while after is not None:
            page = self.get(path, limit=200, after=after, **query)
            yield from page["rows"]
            after = page["next"]

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_error:
            told = response.json()
            raise DemoError(f"{response.request.url.path}: {told.get('title')}. {told.get('detail', '')}")
        return response.json() if response.content else None


def make_accounts(
    admin: Console, people: Sequence[StaffMember], passwords: dict[str, str], area: str
) -> dict[str, int]:
    """Accounts for everybody who has none, each granted `area`; account ids by username."""
    known = {row["username"]: int(row["id"]) for row in admin.every("/api/accounts")}
    for person in people:
        if person.username not in known:
            made = admin.post(
                "/api/accounts",
                username=person.username,
                display_name=person.name,
                collar_number=person.number,
                password=passwords[person.username],
                roles=[person.role],
                areas=[{"area_code": area}],
            )
            known[person.username] = int(made["id"])
    return known


def make_campaign(coordinator: Console, wards: Sequence[str], first: date) -> int:
    """An active campaign over whole wards, with the doorstep questionnaire; its id."""
    questionnaires = list(coordinator.every("/api/questionnaires"))
    made = coordinator.post(
        "/api/campaigns",
        name=CAMPAIGN,
        purpose="Tell every household of the alert service, invite it to register, and ask what troubles it.",
        areas=list(wards),
        policy={"revisit_registered": False, "most_attempts": 4, "least_gap_hours": 16},
        questionnaire_id=questionnaires[0]["id"],
        starts_on=first.isoformat(),
        ends_on=(first + timedelta(days=90)).isoformat(),
    )
    coordinator.post(f"/api/campaigns/{made['id']}/activate", match=f'"v{made["version"]}"')
    return int(made["id"])


def choose_streets(streets: Sequence[dict[str, Any]], houses: int) -> list[str]:
    """USRNs of whole streets, in the order of the address file, until they have about so many houses."""
    chosen: dict[str, None] = {}
    total = 0
    for street in sorted(streets, key=lambda one: str(one["code"])):
        if total + street["counters"]["premises"] <= houses:
            chosen[street["code"]] = None
            total += street["counters"]["premises"]
    return list(chosen)
