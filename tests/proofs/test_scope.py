"""An officer's principal reaches nothing outside the granted areas, by any route of the API, tested route by route.

Every route has a case here, or the test fails. The cases name things that lie outside; the same requests, made by
somebody of the whole force, succeed: so what refuses them is the area, and not a slip of the case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.app import create_app
from server.base.edge import routes
from server.base.service import Service
from server.base.tables import AuditEntry
from server.staff.roles import ROLES as PERMISSIONS
from server.tables import METADATA
from tests.factories.app import Caller
from tests.factories.fieldwork import COAST, COAST_STREET, CROSSING_STREET, EAST, LONG_STREET, SOUTH, uprn
from tests.factories.staff import PASSWORD
from tests.proofs.wards import ROLES, Wards, create_wards, fill_outside

MATCH = {"If-Match": "*"}
WHY = {"reason": "person_asked"}
# What a look at things leaves behind by itself: the trail of it, and the sign-in that it was made by.
TRACES = {"audit_entry", "audit_head", "sign_in", "sign_in_failure", "public_try"}


@dataclass(frozen=True)
class Try:
    """A request for something outside. `control`: the status that somebody of the whole force gets.

    `listing`: it answers with what there is inside (or nothing at all) instead of refusing.
    """

    path: str
    body: dict[str, Any] | None = None
    control: int = 200
    listing: bool = False


Case = Callable[[Wards], Iterator[Try]]
CASES: dict[str, Case] = {}


def case(route: str) -> Callable[[Case], Case]:
    """The tries at one route, given as "METHOD rule"."""

    def keep(tries: Case) -> Case:
        assert route not in CASES
        CASES[route] = tries
        return tries

    return keep


def by_id(route: str, *keys: str, body: dict[str, Any] | None = None, control: int = 200) -> None:
    """A route whose path names one thing: tried with each of these things from outside."""

    def tries(made: Wards) -> Iterator[Try]:
        for key in keys:
            path = re.sub(r"<[^>]+>", str(_look(made, key)), route.split()[1])
            yield Try(path, body, control)

    case(route)(tries)


def listing(route: str, *queries: str) -> None:
    """A route that lists: asked as it is, and with each of these filters, in which {…} stands for an id outside."""

    def tries(made: Wards) -> Iterator[Try]:
        path = route.split()[1]
        for query in ("", *queries):
            asked = re.sub(r"\{([^}]+)\}", lambda match: str(_look(made, match[1])), query)
            yield Try(path + (f"?{asked}" if asked else ""), listing=True)

    case(route)(tries)


def _look(made: Wards, key: str) -> Any:
    places = {"COAST": COAST, "SOUTH": SOUTH, "EAST": EAST, "COAST_STREET": COAST_STREET}
    if key in places:
        return places[key]
    found: Any = made.ids
    for part in key.split("."):
        found = found[part]
    return found


# Staff. Who works here is no secret among those who may look for colleagues; only administrators, who see the whole
# force, change accounts.
OWN = {
    "GET /api/me",
    "PUT /api/me/password",
    "POST /api/sign-out",
    "GET /api/roles",
    "GET /api/reasons",
    "GET /api/accounts",
    "GET /api/questionnaires",
    "POST /api/questionnaires",
    "GET /api/questionnaires/<int:questionnaire_id>",
    "PUT /api/questionnaires/<int:questionnaire_id>/active",
}
# Open to everybody, with or without a principal: what they answer to is a signed link, a postcode or a signature, and
# nothing of what is known of a house or a person (tests/residents, tests/surveys, tests/exchange prove each).
OPEN = {
    "GET /",
    "GET /api/docs",
    "GET /api/exchange/card",
    "GET /api/openapi.json",
    "GET /api/preferences",
    "GET /api/registrations/form",
    "GET /api/registrations/house",
    "GET /api/registrations/houses",
    "GET /api/surveys/invite",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /static/<path:name>",
    "PATCH /api/preferences",
    "POST /api/exchange",
    "POST /api/exchange/enrolments",
    "POST /api/preferences/unsubscribe",
    "POST /api/registrations",
    "POST /api/registrations/confirm",
    "POST /api/registrations/decline",
    "POST /api/sign-in",
    "POST /api/surveys/answers",
    "POST /api/tokens",
}

by_id("GET /api/accounts/<int:account_id>", "officer")
by_id("PATCH /api/accounts/<int:account_id>", "officer", body={"display_name": "Somebody"})
by_id(
    "PUT /api/accounts/<int:account_id>/password", "officer", body={"password": PASSWORD + "!"}, control=204
)
listing("GET /api/audit")
listing("GET /api/areas", "under={COAST}", "kind=ward")
by_id("GET /api/areas/<code>", "COAST", "SOUTH", "EAST")
listing("GET /api/streets", "area={COAST}", "area={SOUTH}", "name=STREET")
by_id("GET /api/streets/<usrn>", "COAST_STREET")
listing(
    "GET /api/premises",
    "area={COAST}",
    "area={SOUTH}",
    "usrn={COAST_STREET}",
    "usrn=90000003",
    "postcode=HU6+7AA",
)
by_id("GET /api/premises/<uprn>", "coast.uprn", "south.uprn")
by_id("GET /api/premises/<uprn>/coverage", "coast.uprn", "south.uprn")
by_id("GET /api/premises/<uprn>/visits", "coast.uprn", "south.uprn")
by_id(
    "POST /api/premises/<uprn>/overrides",
    "coast.uprn",
    "south.uprn",
    body={"revisit": True, "reason": "operational"},
    control=201,
)
by_id(
    "POST /api/premises/<uprn>/lifts",
    "coast.uprn",
    "south.uprn",
    body={"what": "ineligible", "reason": "resident_asked"},
    control=409,
)
by_id(
    "POST /api/visits/<visit_id>/withdraw",
    "coast.visit",
    "south.visit",
    body={"reason": "twice"},
    control=201,
)
listing("GET /api/campaigns", "state=draft", "state=active", "state=archived")
by_id("GET /api/campaigns/<int:campaign_id>", "campaign", "draft", "archived", "by_street")
by_id("PATCH /api/campaigns/<int:campaign_id>", "campaign", "draft", "by_street", body={"name": "Renamed"})
by_id("GET /api/campaigns/<int:campaign_id>/report", "archived")
by_id("POST /api/campaigns/<int:campaign_id>/activate", "draft")
by_id("POST /api/campaigns/<int:campaign_id>/archive", "by_street")
by_id("GET /api/campaigns/<int:campaign_id>/allocations", "campaign", "by_street")
listing(
    "GET /api/worklists", "officer={officer}", "usrn={COAST_STREET}", "usrn=90000003", "campaign={campaign}"
)
by_id("GET /api/worklists/<int:worklist_id>", "worklist", "crossing_list")
by_id("GET /api/worklists/<int:worklist_id>/houses", "worklist", "crossing_list")
by_id(
    "POST /api/worklists/<int:worklist_id>/recall", "worklist", "crossing_list", body={"reason": "finished"}
)
listing("GET /api/coverage/force", "campaign={campaign}")
listing("GET /api/coverage/districts", "campaign={campaign}")
listing("GET /api/coverage/wards", "area={COAST}", "area={SOUTH}", "campaign={campaign}")
listing(
    "GET /api/coverage/streets", "area={SOUTH}", "usrn={COAST_STREET}", "usrn=90000003", "order=outstanding"
)
listing("GET /api/coverage/houses", "area={SOUTH}", "usrn={COAST_STREET}", "usrn=90000003")
listing("GET /api/hazards", "uprn={coast.uprn}", "uprn={south.uprn}")
by_id(
    "POST /api/hazards/<hazard_id>/review",
    "coast.hazard",
    "south.hazard",
    body={"decision": "dismissed"},
    control=204,
)
listing("GET /api/notes", "uprn={coast.uprn}", "uprn={south.uprn}")
by_id(
    "POST /api/notes/<note_id>/review", "coast.note", "south.note", body={"decision": "accepted"}, control=204
)
listing("GET /api/devices", "account_id={officer}")
by_id("GET /api/devices/<string(maxlength=64):device_id>", "device")
listing("GET /api/held", "device_id={device}", "reason=unknown_outcome")
by_id("GET /api/held/<int:held_id>", "held")
by_id("POST /api/held/<int:held_id>/mending", "held", control=409)
by_id("POST /api/held/<int:held_id>/dismissal", "held", body={"decision": "mistake"})
listing("GET /api/targets", "usrn={COAST_STREET}", "usrn=90000003", "area={COAST}")
listing("GET /api/targets/wards", "area={COAST}")
listing("GET /api/targets/changes", "area={COAST}")
listing("GET /api/residents", "uprn={coast.uprn}", "uprn={south.uprn}", "usrn={COAST_STREET}", "ward={SOUTH}")
by_id("GET /api/residents/<resident_id>", "coast.resident", "south.resident")
by_id("POST /api/residents/<resident_id>/disclosures", "coast.resident", "south.resident", body=WHY)
by_id(
    "POST /api/residents/<resident_id>/preferences",
    "coast.resident",
    "south.resident",
    body=WHY | {"consents": {"messages": False}},
)
listing("GET /api/surveys/results", "area={COAST}", "level=street", "level=street&area={SOUTH}")
listing("GET /api/surveys/rounds", "area={COAST}")
listing("GET /api/privacy/erasures")


@case("GET /api/surveys/results/demographics")
def _crosstabs(_made: Wards) -> Iterator[Try]:
    for area in ("", f"&area={COAST}", f"&area={SOUTH}"):
        path = "/api/surveys/results/demographics?question=concerns&demographic=sex"
        yield Try(path + area, listing=True)


@case("POST /api/residents/look-ups")
def _look_ups(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        person = made.ids[place]
        for kind, value in (("email", person["email"]), ("name_at_house", person["name"])):
            body = WHY | {"kind": kind, "value": value, "uprn": person["uprn"]}
            yield Try("/api/residents/look-ups", body, listing=True)


@case("POST /api/accounts")
def _new_accounts(_made: Wards) -> Iterator[Try]:
    body = {"username": "new.one", "display_name": "New", "password": PASSWORD, "roles": ["supervisor"]}
    yield Try("/api/accounts", body | {"areas": [{"area_code": COAST}]}, 201)


@case("POST /api/campaigns")
def _new_campaigns(made: Wards) -> Iterator[Try]:
    today = made.service.clock.now().date()
    dates = {"starts_on": str(today), "ends_on": str(today + timedelta(days=9))}
    for place in ({"areas": [SOUTH]}, {"areas": [EAST]}, {"streets": [COAST_STREET]}):
        yield Try("/api/campaigns", {"name": "Further"} | dates | place, 201)


@case("POST /api/campaigns/<int:campaign_id>/unarchive")
def _unarchived(made: Wards) -> Iterator[Try]:
    ends_on = str(made.service.clock.now().date() + timedelta(days=9))
    yield Try(f"/api/campaigns/{made.ids['archived']}/unarchive", {"ends_on": ends_on})


@case("POST /api/campaigns/<int:campaign_id>/allocations")
def _allocations(made: Wards) -> Iterator[Try]:
    body = {"officers": [made.officer_a], "streets": [COAST_STREET]}
    yield Try(f"/api/campaigns/{made.both}/allocations", body, 404)  # the campaign does not cover that street
    theirs = body | {"officers": [made.ids["officer"]]}
    yield Try(f"/api/campaigns/{made.ids['by_street']}/allocations", theirs, 201)


@case("POST /api/worklists/<int:worklist_id>/extend")
def _extended(made: Wards) -> Iterator[Try]:
    until = made.service.clock.now() + timedelta(days=5)
    for key in ("worklist", "crossing_list"):
        yield Try(f"/api/worklists/{made.ids[key]}/extend", {"not_after": until.isoformat()})


@case("POST /api/devices/enrolment-codes")
def _codes(made: Wards) -> Iterator[Try]:
    yield Try("/api/devices/enrolment-codes", {"account_id": made.ids["officer"]}, 201)


@case("POST /api/devices/<string(maxlength=64):device_id>/revocations")
def _revocations(made: Wards) -> Iterator[Try]:
    yield Try(f"/api/devices/{made.ids['device']}/revocations", {"kind": "leaver"}, 204)


@case("POST /api/privacy/exports")
def _exports(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try("/api/privacy/exports", WHY | {"resident_id": made.ids[place]["resident"]})


@case("POST /api/privacy/erasures")
def _erasures(made: Wards) -> Iterator[Try]:
    yield Try("/api/privacy/erasures", WHY | {"resident_id": made.ids["coast"]["resident"]})
    person = made.ids["south"]
    yield Try("/api/privacy/erasures", WHY | {"email": person["email"]})


@pytest.fixture
def wards(service: Service) -> Wards:
    made = create_wards(service)
    fill_outside(made)
    return made


def test_every_route_has_a_case_and_every_case_a_route(service: Service) -> None:
    there = {f"{method} {rule}" for rule, method, _ in routes(create_app(service))}
    assert there == CASES.keys() | OWN | OPEN


def send(caller: Caller, route: str, one: Try) -> TestResponse:
    """Make a try."""
    method = route.split(maxsplit=1)[0]
    return caller.send(method, one.path, json=one.body, headers=MATCH)


def refusals(service: Service) -> int:
    """How many refusals are on the audit trail."""
    counted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "refused")
    return service.db.read(lambda session: session.scalar(counted) or 0)


def rows_of(service: Service) -> dict[str, list[Any]]:
    """Every row of every table that a look does not touch."""
    tables = [table for table in METADATA.sorted_tables if table.name not in TRACES]
    return service.db.read(
        lambda session: {
            table.name: sorted(map(repr, session.execute(select(*table.columns)))) for table in tables
        }
    )


@pytest.mark.parametrize("role", ROLES)
def test_nothing_outside_is_reached_by_any_route(wards: Wards, role: str) -> None:
    caller, service = Caller(wards.app, f"{role}.north"), wards.service
    before, wrong = rows_of(service), []
    for route, tries in CASES.items():
        for one in tries(wards):
            refused = refusals(service)
            answer = send(caller, route, one)
            told = f"{role}: {route.split()[0]} {one.path} {one.body or ''} → {answer.status_code} {answer.text[:300]}"
            if any(token in answer.text for token in wards.tokens if token not in f"{one.path} {one.body}"):
                wrong.append(f"tells of outside: {told}")
            if not one.listing and answer.status_code not in (403, 404):
                wrong.append(f"is not refused: {told}")
            if not one.listing and refusals(service) == refused:
                wrong.append(f"is not on the audit trail: {told}")
            if one.listing and answer.status_code not in (200, 403, 404):
                wrong.append(f"is no list: {told}")
    assert not wrong, "\n".join(wrong)
    assert rows_of(service) == before


def test_the_same_requests_succeed_for_those_who_see_the_whole_force(wards: Wards) -> None:
    caller = Caller(wards.app, "everything.force")
    order = sorted(CASES, key=lambda route: (not route.startswith("GET"), "privacy/erasures" in route, route))
    wrong = [
        f"{route.split()[0]} {one.path} → {answer.status_code}, not {one.control}: {answer.text[:300]}"
        for route in order
        for one in CASES[route](wards)
        if (answer := send(caller, route, one)).status_code != one.control
    ]
    assert not wrong, "\n".join(wrong)


def test_those_inside_see_their_own(wards: Wards) -> None:
    mine = wards.inside
    expected = {
        "/api/premises?limit=200": mine["uprn"],
        f"/api/premises/{mine['uprn']}/visits": mine["visit"],
        "/api/hazards": mine["hazard_text"],
        "/api/notes": mine["address_note"],
        "/api/residents": mine["resident"],
        "/api/coverage/houses?limit=200": mine["uprn"],
        "/api/worklists": LONG_STREET,
        "/api/devices": wards.phone_a.id,
        "/api/targets": LONG_STREET,
        "/api/streets": CROSSING_STREET,
    }
    caller = Caller(wards.app, "supervisor.north")
    for path, token in expected.items():
        assert token in caller.get(path).text, path


def test_a_street_that_crosses_is_given_only_as_far_as_ones_areas_reach(wards: Wards) -> None:
    caller = Caller(wards.app, "coordinator.north")
    body = {"officers": [wards.officer_a], "streets": [CROSSING_STREET]}
    given = caller.post(f"/api/campaigns/{wards.both}/allocations", body)
    assert (given.status_code, [one["houses"] for one in given.json]) == (201, [3])
    (worklist_id,) = (one["worklist_id"] for one in given.json)
    rows = caller.get(f"/api/worklists/{worklist_id}/houses").json["rows"]
    assert {row["uprn"] for row in rows} == {uprn(CROSSING_STREET, number) for number in (1, 2, 3)}
    wards.phone_a.sync()
    held = {house.uprn for one in wards.phone_a.lists.values() for _, house in one.houses()}
    assert len(held) == 15
    assert not held & set(wards.tokens)


def readings(made: Wards, role: str) -> dict[str, Any]:
    """Every list, and what stands by itself inside, as this role reads it; without the moment of reading."""
    paths = [route.split()[1] for route in sorted(CASES) if route.startswith("GET ") and "<" not in route]
    paths += [
        f"/api/campaigns/{made.both}",
        f"/api/streets/{CROSSING_STREET}",
        f"/api/worklists/{made.list_a}",
    ]
    paths += [f"{path}?campaign={made.both}" for path in paths if path.startswith("/api/coverage/")]
    paths += ["/api/surveys/results?level=street"]
    caller = Caller(made.app, f"{role}.north")
    found = {path: caller.get(path).get_data(as_text=True) for path in paths if "demographics" not in path}
    return {path: re.sub(r'"as_of":\s*"[^"]+"', "", text) for path, text in found.items()}


@pytest.mark.parametrize("role", ROLES)
def test_whatever_happens_outside_changes_nothing_that_is_read_inside(service: Service, role: str) -> None:
    """No count, rank of lists or page gives away what goes on elsewhere. Ranks of targets are of the whole force."""
    made = create_wards(service)
    before = readings(made, role)
    fill_outside(made)
    after = readings(made, role)
    changed = {path for path in before if before[path] != after[path] and not path.startswith("/api/targets")}
    assert not changed, "\n".join(f"{path}:\n{before[path]}\n{after[path]}" for path in changed)


def test_the_roles_tried_hold_every_permission_that_is_not_for_the_whole_force(wards: Wards) -> None:
    held = frozenset().union(*(PERMISSIONS[role] for role in ROLES))
    only_administrators = PERMISSIONS["administrator"] - held
    assert only_administrators == {
        "audit.read",
        "geography.import",
        "operations.read",
        "privacy.erase",
        "staff.read",
        "staff.write",
    }
