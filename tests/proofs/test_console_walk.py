"""Every role walks the console along its links: nothing is broken, nothing tells of what lies outside its areas."""

from __future__ import annotations

import pytest

from server.base.edge import routes
from server.base.service import Service
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.walk import Step, walk
from tests.proofs.wards import ROLES, Wards, create_wards, fill_outside

# What no link of this walk leads to: pages after a form, what a map's script asks for, what needs another state of
# things. Each has its case in cases.py.
REACHED_OTHERWISE = {
    "/console/account/app",
    "/console/account/app/remove",
    "/console/account/passkey",
    "/console/account/recovery-codes",
    "/console/campaigns/<int:campaign_id>/allocation/<int:proposal_id>",
    "/console/do-not-call/<string(maxlength=12):uprn>/lift",
    "/console/houses/<uprn>/lift/<what>",
    "/console/map/bounds",
    "/console/provisional-houses/<string(maxlength=12):uprn>/end",
    "/console/residents/<resident_id>",
    "/console/residents/<resident_id>/export",
    "/console/residents/<resident_id>/preferences",
    "/console/sign-in",
    "/console/sign-in/code",
    "/console/sign-in/out",
    "/console/sign-in/setup",
    "/console/sign-in/sso",
    "/console/sign-in/sso/return",
    "/console/tiles/areas/<int:z>/<int:x>/<int:y>.pbf",
    "/console/tiles/houses/<int:z>/<int:x>/<int:y>.pbf",
}


@pytest.fixture
def wards(service: Service) -> Wards:
    made = create_wards(service)
    fill_outside(made)
    return made


def wrong_in(step: Step, tokens: list[str]) -> list[str]:
    """What is wrong with a page that somebody was led to."""
    told = f"{step.path} (from {step.came_from})"
    found = []
    if step.page.status != 200:
        found.append(f"{told} answers {step.page.status}: {step.page.text[:200]}")
    body = step.page.response.get_data()
    found += [f"{told} tells of {token}" for token in tokens if token.encode() in body]
    return found


@sqlite_only
@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere_and_never_outside(wards: Wards, role: str) -> None:
    steps = walk(Desk(wards.service, f"{role}.north", app=wards.app))
    assert len({step.rule for step in steps}) > 5
    wrong = [line for step in steps for line in wrong_in(step, wards.tokens)]
    assert not wrong, "\n".join(wrong)


@sqlite_only
def test_whoever_may_everything_reaches_every_page(wards: Wards) -> None:
    steps = walk(Desk(wards.service, "everything.force", app=wards.app), most_of_a_kind=4)
    wrong = [line for step in steps for line in wrong_in(step, [])]
    assert not wrong, "\n".join(wrong)
    pages = {rule for rule, method, _ in routes(wards.app) if method == "GET" and rule.startswith("/console")}
    assert sorted(pages - {step.rule for step in steps}) == sorted(REACHED_OTHERWISE)
