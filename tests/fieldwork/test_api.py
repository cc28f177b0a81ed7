"""The fieldwork API: what it answers, versions, and that nothing outside the areas is found by any route."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from server.base.access import Principal
from server.base.edge import routes
from server.base.service import Service
from server.base.tables import AuditEntry
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import NewNote, add_notes
from tests.factories.app import Caller, create_application
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    EAST,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_campaign,
    create_officer,
    record,
    uprn,
    uprns,
    visit,
)
from tests.factories.staff import create_account

NEW = {"name": "Spring", "starts_on": "2026-03-02", "ends_on": "2026-03-30", "areas": [NORTH]}


@pytest.fixture
def app(service: Service, supervisor: Principal) -> Flask:
    return create_application(service)


def caller(service: Service, app: Flask, name: str, role: str, *areas: str) -> Caller:
    create_account(service, name, role, areas=areas)
    return Caller(app, name)


def test_a_campaign_is_made_read_changed_and_made_active(service: Service, app: Flask) -> None:
    sam = caller(service, app, "sam.example", "coordinator", NORTH)
    made = sam.post("/api/campaigns", NEW | {"policy": {"most_attempts": 6}})
    assert (made.status_code, made.headers["ETag"]) == (201, '"v1"')
    assert made.json["policy"]["most_attempts"] == 6
    assert made.json["policy"]["least_gap_hours"] == 20
    place = made.headers["Location"]
    assert sam.send("PATCH", place, json={"name": "Other"}).status_code == 428
    changed = sam.send("PATCH", place, json={"name": "Other"}, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json["name"], changed.headers["ETag"]) == (200, "Other", '"v2"')
    stale = sam.send("PATCH", place, json={"name": "Third"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json["version"]) == (412, 2)
    active = sam.post(f"{place}/activate", headers={"If-Match": '"v2"'})
    assert (active.status_code, active.json) == (200, {"houses": 19})
    listed = sam.get("/api/campaigns?state=active").json
    assert [row["name"] for row in listed["rows"]] == ["Other"]
    assert sam.get(place).json["areas"] == [NORTH]


def test_a_campaign_is_archived_reported_and_brought_back(
    service: Service, app: Flask, supervisor: Principal
) -> None:
    sam = caller(service, app, "sam.example", "coordinator", NORTH)
    campaign = activate(service, supervisor, areas=[NORTH])
    place = f"/api/campaigns/{campaign}"
    assert sam.get(f"{place}/report").json["code"] == "wrong_state"
    archived = sam.post(f"{place}/archive", headers={"If-Match": '"v2"'})
    assert (archived.json["state"], archived.json["late_visits"]) == ("archived", 0)
    report = sam.get(f"{place}/report").json
    assert (report["total"]["premises"], report["since"], len(report["streets"])) == (19, 0, 3)
    back = sam.post(f"{place}/unarchive", {"ends_on": "2026-05-01"}, headers={"If-Match": '"v3"'})
    assert (back.json["state"], back.json["ends_on"]) == ("active", "2026-05-01")


def test_streets_are_given_and_taken_back(service: Service, app: Flask, supervisor: Principal) -> None:
    sam = caller(service, app, "sam.example", "coordinator", NORTH)
    officer = create_account(service, "pat.example", "officer", areas=[NORTH])
    pat = Caller(app, "pat.example")
    campaign = activate(service, supervisor)
    path = f"/api/campaigns/{campaign}/allocations"
    made = sam.post(path, {"officers": [officer], "streets": [SHORT_STREET, LONG_STREET], "most_houses": 12})
    assert (made.status_code, [row["houses"] for row in made.json]) == (201, [12, 4])
    held = sam.post(path, {"officers": [officer], "streets": [SHORT_STREET]})
    assert (held.status_code, held.json["code"], held.json["held"]) == (409, "already_held", 4)
    long, short = (row["worklist_id"] for row in made.json)
    mine = pat.get("/api/worklists").json["rows"]
    assert [row["id"] for row in mine] == [short, long]
    assert (mine[0]["houses"], mine[0]["outstanding"], mine[0]["streets"][0]["usrn"]) == (4, 4, SHORT_STREET)
    houses = pat.get(f"/api/worklists/{short}/houses?limit=3").json
    assert [house["place"] for house in houses["rows"]] == [0, 1, 2]
    assert houses["rows"][0]["flag"] == "yes"
    until = (service.clock.now() + timedelta(days=5)).isoformat()
    longer = sam.post(f"/api/worklists/{short}/extend", {"not_after": until})
    assert (longer.status_code, longer.json["version"]) == (200, 2)
    assert pat.post(f"/api/worklists/{short}/recall", {"reason": "mistake"}).status_code == 403
    part = sam.post(f"/api/worklists/{long}/recall", {"reason": "finished", "streets": [LONG_STREET]})
    assert part.json == {"houses": 12}
    assert sam.post(f"/api/worklists/{short}/recall", {"reason": "officer_away"}).json == {"houses": 4}
    assert sam.get(path + "?state=active").json["rows"] == []


def test_a_supervisor_decides_about_houses(service: Service, app: Flask, supervisor: Principal) -> None:
    sue = caller(service, app, "sue.example", "supervisor", NORTH)
    house = uprn(LONG_STREET, 1)
    one = visit(service, house, "do_not_call", at=service.clock.now() - timedelta(hours=1))
    record(service, one)
    shown = sue.get(f"/api/premises/{house}/coverage").json
    assert (shown["flag"], shown["state"]["do_not_call"], shown["counted"]["refused"]) == ("no", True, True)
    (seen,) = sue.get(f"/api/premises/{house}/visits").json["rows"]
    assert (seen["id"], seen["outcome"], seen["withdrawn"]) == (one.id, "do_not_call", None)
    body = {"what": "do_not_call", "reason": "resident_asked"}
    assert sue.post(f"/api/premises/{house}/lifts", body).status_code == 201
    assert sue.post(f"/api/premises/{house}/lifts", body).status_code == 409
    over = sue.post(f"/api/premises/{house}/overrides", {"revisit": False, "reason": "vulnerable"})
    assert over.status_code == 201
    assert sue.post(f"/api/visits/{one.id}/withdraw", {"reason": "twice"}).status_code == 201
    assert sue.post(f"/api/visits/{one.id}/withdraw", {"reason": "twice"}).status_code == 409
    bad = sue.post(f"/api/premises/{house}/overrides", {"revisit": False, "reason": "Mrs Example said so"})
    assert bad.status_code == 422
    assert {row["kind"] for row in sue.get("/api/reasons").json} == {
        "override",
        "lift",
        "withdrawal",
        "recall",
        "note",
    }


def test_an_analyst_works_with_sums_and_not_with_houses(service: Service, app: Flask) -> None:
    ana = caller(service, app, "ana.example", "analyst", NORTH)
    assert ana.get("/api/coverage/force").json["rows"][0]["counters"]["premises"] == 19
    assert ana.get("/api/coverage/streets").status_code == 200
    assert ana.get("/api/coverage/houses").status_code == 403
    assert ana.get(f"/api/premises/{uprn(LONG_STREET, 1)}/coverage").status_code == 403
    assert ana.get("/api/campaigns").status_code == 403


@dataclass
class Elsewhere:
    """What lies outside SOUTH, and SOUTH's own part of the crossing street."""

    campaign: int
    draft: int
    wide: int
    worklist: int
    crossing_list: int
    visit: str
    hazard: str
    note: str


HIDDEN = [*uprns(LONG_STREET), *uprns(SHORT_STREET), *uprns(CROSSING_STREET)[:3], *uprns(COAST_STREET)]


@pytest.fixture
def elsewhere(service: Service, supervisor: Principal) -> Elsewhere:
    officer = create_officer(service)
    now = service.clock.now()
    house = uprn(LONG_STREET, 1)
    campaign = activate(service, supervisor, areas=[NORTH])
    wide = activate(service, supervisor)
    one = visit(service, house, "do_not_call")
    record(service, one, visit(service, uprn(CROSSING_STREET, 1), "spoke"))
    hazard = NewHazard(service.new_uuid(), house, "dog", "Zerberus", None, officer, now)
    note = NewNote(service.new_uuid(), house, "other", "Xanadu", None, officer, now)
    service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    service.db.transact(lambda session: add_notes(session, service, [note]))
    return Elsewhere(
        campaign,
        create_campaign(service, supervisor, areas=[EAST]),
        wide,
        allocate(service, supervisor, campaign, officer, LONG_STREET),
        allocate(service, supervisor, wide, officer, CROSSING_STREET),
        one.id,
        hazard.id,
        note.id,
    )


def tries(there: Elsewhere) -> list[tuple[str, str, str, Any]]:
    """Every route of the room, aimed at what lies outside: (rule, method, path, body)."""
    house, officers = uprn(LONG_STREET, 1), [1]
    campaign, listed = f"/api/campaigns/{there.campaign}", f"/api/worklists/{there.worklist}"
    streets = {"officers": officers, "streets": [LONG_STREET]}
    override = {"revisit": True, "reason": "vulnerable"}
    lift = {"what": "do_not_call", "reason": "new_occupier"}
    return [
        ("/api/campaigns", "GET", "/api/campaigns", None),
        ("/api/campaigns", "POST", "/api/campaigns", NEW),
        ("/api/campaigns", "POST", "/api/campaigns", NEW | {"areas": [], "streets": [COAST_STREET]}),
        ("/api/campaigns/<int:campaign_id>", "GET", campaign, None),
        ("/api/campaigns/<int:campaign_id>", "GET", f"/api/campaigns/{there.draft}", None),
        ("/api/campaigns/<int:campaign_id>", "PATCH", campaign, {"name": "Mine"}),
        ("/api/campaigns/<int:campaign_id>", "PATCH", f"/api/campaigns/{there.wide}", {"name": "Mine"}),
        ("/api/campaigns/<int:campaign_id>/activate", "POST", f"/api/campaigns/{there.draft}/activate", None),
        ("/api/campaigns/<int:campaign_id>/archive", "POST", f"{campaign}/archive", None),
        ("/api/campaigns/<int:campaign_id>/archive", "POST", f"/api/campaigns/{there.wide}/archive", None),
        (
            "/api/campaigns/<int:campaign_id>/unarchive",
            "POST",
            f"{campaign}/unarchive",
            {"ends_on": "2026-06-01"},
        ),
        ("/api/campaigns/<int:campaign_id>/report", "GET", f"{campaign}/report", None),
        ("/api/campaigns/<int:campaign_id>/allocations", "GET", f"{campaign}/allocations", None),
        (
            "/api/campaigns/<int:campaign_id>/allocations",
            "GET",
            f"/api/campaigns/{there.wide}/allocations",
            None,
        ),
        ("/api/campaigns/<int:campaign_id>/allocations", "POST", f"{campaign}/allocations", streets),
        (
            "/api/campaigns/<int:campaign_id>/allocations",
            "POST",
            f"/api/campaigns/{there.wide}/allocations",
            streets,
        ),
        ("/api/worklists", "GET", "/api/worklists", None),
        ("/api/worklists", "GET", f"/api/worklists?usrn={LONG_STREET}", None),
        ("/api/worklists", "GET", f"/api/worklists?campaign={there.campaign}", None),
        ("/api/worklists/<int:worklist_id>", "GET", listed, None),
        ("/api/worklists/<int:worklist_id>", "GET", f"/api/worklists/{there.crossing_list}", None),
        ("/api/worklists/<int:worklist_id>/houses", "GET", f"{listed}/houses", None),
        (
            "/api/worklists/<int:worklist_id>/houses",
            "GET",
            f"/api/worklists/{there.crossing_list}/houses",
            None,
        ),
        ("/api/worklists/<int:worklist_id>/recall", "POST", f"{listed}/recall", {"reason": "mistake"}),
        (
            "/api/worklists/<int:worklist_id>/recall",
            "POST",
            f"/api/worklists/{there.crossing_list}/recall",
            {"reason": "mistake", "streets": [CROSSING_STREET]},
        ),
        (
            "/api/worklists/<int:worklist_id>/extend",
            "POST",
            f"{listed}/extend",
            {"not_after": "2026-03-09T09:00:00+00:00"},
        ),
        ("/api/coverage/force", "GET", f"/api/coverage/force?campaign={there.campaign}", None),
        ("/api/coverage/districts", "GET", f"/api/coverage/districts?campaign={there.campaign}", None),
        ("/api/coverage/wards", "GET", f"/api/coverage/wards?area={NORTH}", None),
        ("/api/coverage/wards", "GET", "/api/coverage/wards", None),
        ("/api/coverage/streets", "GET", f"/api/coverage/streets?usrn={LONG_STREET}", None),
        ("/api/coverage/streets", "GET", f"/api/coverage/streets?area={COAST}", None),
        ("/api/coverage/houses", "GET", f"/api/coverage/houses?usrn={CROSSING_STREET}", None),
        ("/api/coverage/houses", "GET", f"/api/coverage/houses?campaign={there.wide}&limit=200", None),
        ("/api/premises/<uprn>/coverage", "GET", f"/api/premises/{house}/coverage", None),
        (
            "/api/premises/<uprn>/coverage",
            "GET",
            f"/api/premises/{uprn(CROSSING_STREET, 1)}/coverage",
            None,
        ),
        ("/api/premises/<uprn>/visits", "GET", f"/api/premises/{house}/visits", None),
        ("/api/premises/<uprn>/overrides", "POST", f"/api/premises/{house}/overrides", override),
        ("/api/premises/<uprn>/lifts", "POST", f"/api/premises/{house}/lifts", lift),
        (
            "/api/visits/<visit_id>/withdraw",
            "POST",
            f"/api/visits/{there.visit}/withdraw",
            {"reason": "twice"},
        ),
        ("/api/hazards", "GET", f"/api/hazards?uprn={house}", None),
        (
            "/api/hazards/<hazard_id>/review",
            "POST",
            f"/api/hazards/{there.hazard}/review",
            {"decision": "dismissed"},
        ),
        ("/api/notes", "GET", "/api/notes", None),
        ("/api/notes/<note_id>/review", "POST", f"/api/notes/{there.note}/review", {"decision": "dismissed"}),
    ]


def test_no_route_reaches_a_premises_outside_the_areas(
    service: Service, app: Flask, elsewhere: Elsewhere
) -> None:
    create_account(service, "out.example", "supervisor", areas=[SOUTH])
    outsider = Caller(app, "out.example")
    secrets = ["Zerberus", "Xanadu", LONG_STREET, SHORT_STREET, COAST_STREET, elsewhere.visit]
    secrets += [f'"{one}"' for one in HIDDEN]
    tried = set()
    for rule, method, path, body in tries(elsewhere):
        tried.add((rule, method))
        answer = outsider.send(method, path, json=body, headers={"If-Match": "*"})
        expected = {200, 404} if method == "GET" else {403, 404}
        assert answer.status_code in expected, (method, path, answer.text)
        shown = answer.text.replace(path.split("?")[0], "").replace(f"visit {elsewhere.visit}", "")
        if answer.status_code == 404:
            continue
        assert not [secret for secret in secrets if secret in shown], (method, path, answer.text)
    ours = {
        (rule, method)
        for rule, method, _ in routes(app)
        if app.view_functions[_endpoint(app, rule, method)].__module__ == "server.fieldwork.api"
    }
    assert ours - tried == {("/api/reasons", "GET")}


def test_what_is_not_there_and_what_is_outside_look_the_same_and_are_noted_down(
    service: Service, app: Flask, elsewhere: Elsewhere
) -> None:
    create_account(service, "out.example", "supervisor", areas=[SOUTH])
    outsider = Caller(app, "out.example")
    outside = outsider.get(f"/api/premises/{uprn(LONG_STREET, 1)}/visits")
    nowhere = outsider.get("/api/premises/999999/visits")
    assert (outside.status_code, nowhere.status_code) == (404, 404)
    assert outside.json["detail"].replace(uprn(LONG_STREET, 1), "999999") == nowhere.json["detail"]
    assert set(outside.json) == set(nowhere.json)
    noted = service.db.read(
        lambda session: session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "refused").order_by(AuditEntry.seq)
        ).all()
    )
    assert [one["asked"]["uprn"] for one in noted] == [uprn(LONG_STREET, 1), "999999"]


def test_an_officer_reads_only_lists_of_his_own(service: Service, app: Flask, elsewhere: Elsewhere) -> None:
    create_account(service, "kim.example", "officer", areas=[NORTH, SOUTH])
    kim = Caller(app, "kim.example")
    assert kim.get("/api/worklists").json["rows"] == []
    assert kim.get(f"/api/worklists/{elsewhere.worklist}").status_code == 404
    assert kim.get(f"/api/worklists/{elsewhere.worklist}/houses").status_code == 404


def _endpoint(app: Flask, rule: str, method: str) -> str:
    return next(
        one.endpoint for one in app.url_map.iter_rules() if one.rule == rule and method in (one.methods or ())
    )
