"""A request for something outside one's areas, for every route: what tests/proofs/test_scope.py tries."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.factories.fieldwork import COAST, COAST_STREET, EAST, SOUTH
from tests.factories.staff import PASSWORD
from tests.proofs.wards import Wards

WHY = {"reason": "person_asked"}


@dataclass(frozen=True)
class Try:
    """A request for something outside. `control`: the status that somebody of the whole force gets.

    `listing`: it answers with what there is inside (or nothing at all) instead of refusing. `form`: what a page's form
    sends, instead of a body.
    """

    path: str
    body: dict[str, Any] | None = None
    control: int = 200
    listing: bool = False
    form: dict[str, Any] | None = None


Case = Callable[[Wards], Iterator[Try]]
CASES: dict[str, Case] = {}


def case(route: str) -> Callable[[Case], Case]:
    """The tries at one route, given as "METHOD rule"."""

    def keep(tries: Case) -> Case:
        assert route not in CASES
        CASES[route] = tries
        return tries

    return keep


def by_id(
    route: str,
    *keys: str,
    body: dict[str, Any] | None = None,
    control: int = 200,
    form: dict[str, Any] | None = None,
) -> None:
    """A route whose path names one thing: tried with each of these things from outside."""

    def tries(made: Wards) -> Iterator[Try]:
        for key in keys:
            path = re.sub(r"<[^>]+>", str(_look(made, key)), route.split()[1])
            yield Try(path, body, control, form=form)

    case(route)(tries)


def listing(route: str, *queries: str) -> None:
    """A route that lists: asked as it is, and with each of these filters, in which {…} stands for an id outside."""

    def tries(made: Wards) -> Iterator[Try]:
        path = route.split()[1]
        for query in ("", *queries):
            asked = re.sub(r"\{([^}]+)\}", lambda match: str(_look(made, match[1])), query)
            yield Try(path + (f"?{asked}" if asked else ""), listing=True)

    case(route)(tries)


def nothing_filled_in(route: str) -> None:
    """A page's form sent as it is, for a route that names nothing: whoever may is told what is missing."""
    case(route)(lambda _made: iter([Try(route.split()[1], control=422)]))


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
    "GET /console",
    "GET /console/account",
    "GET /console/account/access-tokens/new",
    "GET /console/account/app",
    "GET /console/account/app/remove",
    "GET /console/account/passkey",
    "GET /console/account/passkeys/new",
    "GET /console/account/password",
    "GET /console/account/recovery-codes",
    "POST /console/account/access-tokens/new",
    "POST /console/account/app",
    "POST /console/account/app/confirm",
    "POST /console/account/app/remove",
    "POST /console/account/passkey/name",
    "POST /console/account/passkey/remove",
    "POST /console/account/passkeys/new",
    "POST /console/account/passkeys/options",
    "POST /console/account/password",
    "POST /console/account/recovery-codes",
    "POST /console/account/sign-ins/end",
    "POST /console/account/sign-ins/end-others",
    "GET /console/guides",
    "GET /console/guides/<role>",
    "GET /console/guides/practice",
    "POST /console/inbox/mail",
    "POST /console/sign-out",
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
    "GET /api/registrations/form",
    "GET /check",
    "GET /console/assets/<path:name>",
    "GET /console/sign-in",
    "GET /console/sign-in/code",
    "GET /console/sign-in/out",
    "GET /console/sign-in/setup",
    "GET /console/sign-in/sso",
    "GET /console/sign-in/sso/return",
    "POST /console/sign-in/code",
    "POST /console/sign-in/passkey",
    "POST /console/sign-in/passkey/options",
    "POST /console/sign-in/setup",
    "POST /console/sign-in/setup/confirm",
    "POST /console/sign-in",
    "GET /confirm",
    "GET /enrol",
    "GET /healthz",
    "GET /join",
    "GET /metrics",
    "GET /phone/",
    "GET /phone/<path:name>",
    "GET /readyz",
    "GET /static/<path:name>",
    "PATCH /api/preferences",
    "POST /check",
    "POST /api/exchange",
    "POST /api/exchange/enrolments",
    "POST /api/preferences/look-ups",
    "POST /api/preferences/unsubscribe",
    "POST /api/registrations",
    "POST /api/registrations/confirm",
    "POST /api/registrations/decline",
    "POST /api/registrations/house/look-ups",
    "POST /api/registrations/houses/look-ups",
    "POST /api/sign-in",
    "POST /api/surveys/answers",
    "POST /api/surveys/invite/look-ups",
    "POST /api/tokens",
}

by_id("GET /api/accounts/<int:account_id>", "officer")
by_id("PATCH /api/accounts/<int:account_id>", "officer", body={"display_name": "Somebody"})
by_id(
    "PUT /api/accounts/<int:account_id>/password", "officer", body={"password": PASSWORD + "!"}, control=204
)
by_id("GET /console/people/<int:account_id>/factors", "officer")
by_id("POST /console/people/<int:account_id>/factors", "officer", control=303)
listing("GET /api/audit")
for _route in ("", "/edit", "/areas", "/leave", "/password"):
    by_id(f"GET /console/people/<int:account_id>{_route}", "officer")
for _route, _control in (
    ("/edit", 422),
    ("/areas", 422),
    ("/leave", 409),
    ("/password", 200),
    ("/return", 303),
):
    by_id(f"POST /console/people/<int:account_id>{_route}", "officer", control=_control)
for _route in ("/console/people", "/console/people/add"):
    listing(f"GET {_route}")
    nothing_filled_in(f"POST {_route}")
listing("GET /console/people/key-contacts")
listing("GET /console/audit", "target=premises:{south.uprn}")
nothing_filled_in("POST /console/audit/person")
case("POST /console/audit/export")(lambda _made: iter([Try("/console/audit/export", control=200)]))
listing("GET /console/search")
listing("GET /console/residents")
for _route in ("", "/preferences", "/export"):
    by_id(f"GET /console/residents/<resident_id>{_route}", "coast.resident", "south.resident")
for _route, _control in (("/open", 200), ("/preferences", 303), ("/export", 200)):
    by_id(
        f"POST /console/residents/<resident_id>{_route}",
        "coast.resident",
        "south.resident",
        form=WHY,
        control=_control,
    )


@case("POST /console/residents")
def _look_ups_at_the_console(made: Wards) -> Iterator[Try]:
    for ward in ("coast", "south"):
        found = {"kind": "email", "value": made.ids[ward]["email"], **WHY}
        yield Try("/console/residents", form=found, listing=True)


@case("POST /console/search")
def _searches(made: Wards) -> Iterator[Try]:
    for words in ("STREET", "HU6 7AA", "Area", "campaign", made.ids["coast"]["uprn"], COAST_STREET):
        yield Try("/console/search", form={"words": words}, listing=True)


listing("GET /console/erasures")
nothing_filled_in("POST /console/erasures")
listing("GET /console/who-sees", "area={SOUTH}", "usrn={COAST_STREET}")


@case("POST /console/people/<int:account_id>/areas/<area_code>/end")
def _grant_taken_away(made: Wards) -> Iterator[Try]:
    yield Try(f"/console/people/{made.ids['officer']}/areas/{SOUTH}/end", control=422)


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
listing("GET /console/campaigns", "state=draft", "state=active", "state=archived")
by_id("GET /console/campaigns/<int:campaign_id>", "campaign", "draft", "archived", "by_street")
by_id("GET /console/campaigns/<int:campaign_id>/history", "campaign", "draft", "archived")
by_id("GET /console/campaigns/<int:campaign_id>/report", "archived", "by_street")
by_id("GET /console/campaigns/<int:campaign_id>/edit", "draft", "by_street")
by_id("POST /console/campaigns/<int:campaign_id>/edit", "by_street", form={"name": "Mine"}, control=409)
by_id("GET /console/campaigns/<int:campaign_id>/start", "draft")
by_id("POST /console/campaigns/<int:campaign_id>/start", "draft", form={"version": "9"}, control=409)
by_id("GET /console/campaigns/<int:campaign_id>/archive", "campaign", "by_street")
by_id("POST /console/campaigns/<int:campaign_id>/archive", "campaign", form={"version": "9"}, control=422)
by_id("GET /console/campaigns/<int:campaign_id>/bring-back", "archived")
by_id(
    "POST /console/campaigns/<int:campaign_id>/bring-back",
    "archived",
    form={"ends_on": "2199-01-01", "version": "9"},
    control=422,
)
by_id("POST /console/campaigns/<int:campaign_id>/copy", "campaign", "by_street", form={}, control=303)
listing("GET /console/campaigns/new")
listing("GET /console/campaigns/targets", "area={COAST}", "area={SOUTH}", "limit=200")
listing(
    "GET /api/worklists", "officer={officer}", "usrn={COAST_STREET}", "usrn=90000003", "campaign={campaign}"
)
by_id("GET /api/worklists/<int:worklist_id>", "worklist", "crossing_list")
by_id("GET /api/worklists/<int:worklist_id>/houses", "worklist", "crossing_list")
by_id(
    "POST /api/worklists/<int:worklist_id>/recall", "worklist", "crossing_list", body={"reason": "finished"}
)
# Pages answer a form without its fields by saying so (422) or by what there is; what lies outside is refused before.
by_id("GET /console/campaigns/<int:campaign_id>/allocation", "campaign", "by_street")
by_id("POST /console/campaigns/<int:campaign_id>/allocation", "campaign", "by_street", control=422)
by_id("POST /console/campaigns/<int:campaign_id>/allocation/streets", "campaign", control=303)
by_id("POST /console/campaigns/<int:campaign_id>/allocation/allocate", "campaign", control=303)
by_id("POST /console/campaigns/<int:campaign_id>/allocation/drop", "campaign", control=404)
by_id("GET /console/campaigns/<int:campaign_id>/allocation/<int:proposal_id>", "campaign", control=404)
by_id("POST /console/campaigns/<int:campaign_id>/allocation/<int:proposal_id>/undo", "campaign", control=404)
listing("GET /console/lists", "officer={officer}", "campaign={campaign}", "usrn={COAST_STREET}", "state=any")
by_id("GET /console/lists/<int:worklist_id>", "worklist", "crossing_list")
by_id("GET /console/lists/<int:worklist_id>/recall", "worklist", "crossing_list")
by_id("POST /console/lists/<int:worklist_id>/recall", "worklist", "crossing_list", control=422)
by_id("POST /console/lists/<int:worklist_id>/extend", "worklist", "crossing_list", control=422)
by_id("POST /console/lists/<int:worklist_id>/paper", "worklist", "crossing_list")
by_id("GET /console/lists/<int:worklist_id>/entry", "worklist", "crossing_list")
by_id("POST /console/lists/<int:worklist_id>/entry", "worklist", "crossing_list", control=422)
listing("GET /console/lists/move", "officer={officer}")
by_id("POST /console/lists/move/<int:account_id>", "officer", control=404)  # its lists were recalled by then
listing("GET /api/coverage/force", "campaign={campaign}")
listing("GET /api/coverage/districts", "campaign={campaign}")
listing("GET /api/coverage/wards", "area={COAST}", "area={SOUTH}", "campaign={campaign}")
listing(
    "GET /api/coverage/streets", "area={SOUTH}", "usrn={COAST_STREET}", "usrn=90000003", "order=outstanding"
)
listing("GET /api/coverage/houses", "area={SOUTH}", "usrn={COAST_STREET}", "usrn=90000003")
listing("GET /console/map", "campaign={campaign}", "level=house")
listing(
    "GET /console/map/bounds",
    "area={COAST}",
    "usrn={COAST_STREET}",
    "worklist={worklist}",
    "campaign={campaign}",
)
listing("GET /console/downloads", "area={COAST}")
for _page in ("", "/", "/api", "/conformance", "/collections"):
    listing(f"GET /api/ogc{_page}")
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
listing("GET /api/feedback", "usrn={COAST_STREET}", "ward_code={SOUTH}")
by_id("POST /api/feedback/<int:feedback_id>/withdrawal", "told_street", "told_ward")
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


def _tiles(made: Wards, what: str) -> Iterator[Try]:
    for z, x, y in ((9, 255, 164), (13, 4087, 2639), (15, 16351, 10556)):
        for query in ("", "?level=district", f"?campaign={made.ids['campaign']}"):
            yield Try(f"/console/tiles/{what}/{z}/{x}/{y}.pbf{query}", listing=True)


@case("GET /console/tiles/areas/<int:z>/<int:x>/<int:y>.pbf")
def _area_tiles(made: Wards) -> Iterator[Try]:
    yield from _tiles(made, "areas")


@case("GET /console/tiles/houses/<int:z>/<int:x>/<int:y>.pbf")
def _house_tiles(made: Wards) -> Iterator[Try]:
    yield from _tiles(made, "houses")


@case("GET /console/downloads/coverage/<what>.<form>")
def _downloads(made: Wards) -> Iterator[Try]:
    for what in ("districts", "wards", "streets", "houses"):
        for query in ("", f"?campaign={made.both}", f"?area={COAST}", f"?campaign={made.ids['campaign']}"):
            yield Try(f"/console/downloads/coverage/{what}.geojson{query}", listing=True)


@case("GET /api/ogc/collections/<collection>")
def _collections(_made: Wards) -> Iterator[Try]:
    for name in ("districts", "wards", "streets"):
        yield Try(f"/api/ogc/collections/{name}", listing=True)


@case("GET /api/ogc/collections/<collection>/items")
def _features(made: Wards) -> Iterator[Try]:
    for query in ("", "?bbox=-1,53,1,54", f"?campaign={made.ids['campaign']}"):
        yield Try(f"/api/ogc/collections/wards/items{query}", listing=True)
        yield Try(f"/api/ogc/collections/streets/items{query}", listing=True)
    yield Try(f"/api/ogc/collections/districts/items?code={EAST}", listing=True)
    yield Try(f"/api/ogc/collections/streets/items?usrn={COAST_STREET}", listing=True)


@case("GET /api/ogc/collections/<collection>/items/<item>")
def _feature(_made: Wards) -> Iterator[Try]:
    yield Try(f"/api/ogc/collections/wards/items/{SOUTH}")
    yield Try(f"/api/ogc/collections/districts/items/{EAST}")
    yield Try(f"/api/ogc/collections/streets/items/{COAST_STREET}-{COAST}")
    yield Try(f"/api/ogc/collections/streets/items/90000003-{SOUTH}")


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


@case("POST /console/campaigns/new")
def _new_campaigns_by_form(made: Wards) -> Iterator[Try]:
    today = made.service.clock.now().date()
    typed = {"name": "Further", "starts_on": str(today), "ends_on": str(today + timedelta(days=9))}
    for place in ({"areas": SOUTH}, {"streets": COAST_STREET}):
        yield Try("/console/campaigns/new", control=303, form=typed | place)


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


listing("GET /console/devices", "account_id={officer}", "quiet_days=1")
by_id("GET /console/devices/<string(maxlength=64):device_id>", "device")
by_id("GET /console/devices/<string(maxlength=64):device_id>/revoke", "device")
listing("GET /console/devices/new")


@case("POST /console/devices/new")
def _console_codes(made: Wards) -> Iterator[Try]:
    yield Try("/console/devices/new", form={"account_id": made.ids["officer"]})


@case("POST /console/devices/<string(maxlength=64):device_id>/revoke")
def _console_revocations(made: Wards) -> Iterator[Try]:
    path = f"/console/devices/{made.ids['device']}/revoke"
    yield Try(path, form={"kind": "lost"}, control=303)


@case("POST /api/devices/enrolment-codes")
def _codes(made: Wards) -> Iterator[Try]:
    yield Try("/api/devices/enrolment-codes", {"account_id": made.ids["officer"]}, 201)


@case("POST /api/devices/<string(maxlength=64):device_id>/revocations")
def _revocations(made: Wards) -> Iterator[Try]:
    yield Try(f"/api/devices/{made.ids['device']}/revocations", {"kind": "leaver"}, 204)


by_id("GET /console/officers/<int:account_id>", "officer")
by_id("GET /console/campaigns/<int:campaign_id>/report.pdf", "archived", "by_street")


@case("GET /console/best-time")
def _best_times(_made: Wards) -> Iterator[Try]:
    yield Try("/console/best-time", listing=True)
    for area in (SOUTH, EAST):
        yield Try(f"/console/best-time?area={area}")


@case("GET /console/best-time.csv")
def _best_times_file(_made: Wards) -> Iterator[Try]:
    yield Try("/console/best-time.csv", listing=True)
    yield Try(f"/console/best-time.csv?area={EAST}")


@case("GET /console/officers")
def _officers(_made: Wards) -> Iterator[Try]:
    yield Try("/console/officers", listing=True)
    for area in (SOUTH, EAST):
        yield Try(f"/console/officers?area={area}")


listing("GET /console/held", "device_id={device}")
by_id("GET /console/held/<int:held_id>", "held")
by_id("POST /console/held/<int:held_id>/mend", "held", control=409)
by_id("POST /console/held/<int:held_id>/dismiss", "held", control=422)
listing("GET /console/outbox-files")
listing("GET /console/hazards", "uprn={coast.uprn}", "state=confirmed")
listing("GET /console/notes", "uprn={south.uprn}", "state=accepted")
by_id("GET /console/notes/<string(maxlength=64):note_id>", "coast.note", "south.note")
listing("GET /console/do-not-call")
by_id("GET /console/do-not-call/<string(maxlength=12):uprn>/lift", "coast.uprn", "south.uprn")
by_id("POST /console/do-not-call/<string(maxlength=12):uprn>/lift", "coast.uprn", "south.uprn", control=422)
listing("GET /console/provisional-houses")
by_id(
    "GET /console/provisional-houses/<string(maxlength=12):uprn>/end", "coast.uprn", "south.uprn", control=404
)
by_id(
    "POST /console/provisional-houses/<string(maxlength=12):uprn>/end",
    "coast.uprn",
    "south.uprn",
    control=409,
)
listing("GET /console/double-work")
listing("GET /console/inbox")


@case("POST /console/hazards")
def _console_hazards(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        form = {"ids": [made.ids[place]["hazard"]], "decision": "dismissed"}
        yield Try("/console/hazards", form=form, control=303)


@case("POST /console/notes")
def _console_notes(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        form = {"ids": [made.ids[place]["note"]], "reason": "twice"}
        yield Try("/console/notes", form=form, control=303)


@case("POST /console/notes/<string(maxlength=64):note_id>")
def _console_note(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try(f"/console/notes/{made.ids[place]['note']}", form={"change": "none"}, control=422)


@case("POST /console/outbox-files")
def _console_outbox(made: Wards) -> Iterator[Try]:
    file = {"device": made.ids["device"], "exported_at": 0, "events": [], "signature": ""}
    raw = (io.BytesIO(json.dumps(file).encode()), "outbox.json")
    yield Try("/console/outbox-files", form={"file": raw, "device": made.ids["device"]}, control=303)


@case("POST /api/exchange/outbox-files")
def _outbox_files(made: Wards) -> Iterator[Try]:
    file = {"device": made.ids["device"], "exported_at": 0, "events": [], "signature": ""}
    yield Try("/api/exchange/outbox-files", file)


@case("POST /api/feedback")
def _told(made: Wards) -> Iterator[Try]:
    body = {"kind": "priority", "said": "Litter", "on": str(made.service.clock.now().date())}
    for place in ({"usrn": COAST_STREET}, {"ward_code": SOUTH}):
        yield Try("/api/feedback", body | place, 201)


@case("POST /api/privacy/exports")
def _exports(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try("/api/privacy/exports", WHY | {"resident_id": made.ids[place]["resident"]})


@case("POST /api/privacy/erasures")
def _erasures(made: Wards) -> Iterator[Try]:
    yield Try("/api/privacy/erasures", WHY | {"resident_id": made.ids["coast"]["resident"]})
    person = made.ids["south"]
    yield Try("/api/privacy/erasures", WHY | {"email": person["email"]})


# The console: a page tried without a form's fields says what is missing (422) to those who may.
listing("GET /console/coverage", "campaign={campaign}")
by_id("GET /console/coverage/<code>", "COAST", "SOUTH", "EAST")
by_id("GET /console/streets/<usrn>", "COAST_STREET")
listing("GET /console/never-called", "area={COAST}", "campaign={campaign}")
listing(
    "GET /console/houses", "area={SOUTH}", "show=oldest", "show=past", "show=premises", "campaign={campaign}"
)
by_id("GET /console/houses/<uprn>", "coast.uprn", "south.uprn")
listing("GET /console/visits", "area={COAST}", "campaign={campaign}", "officer={officer}", "contacts=true")
by_id("GET /console/houses/<uprn>/override", "coast.uprn", "south.uprn")
by_id("POST /console/houses/<uprn>/override", "coast.uprn", "south.uprn", control=422)
by_id("POST /console/houses/<uprn>/override/take-back", "coast.uprn", "south.uprn", control=303)


@case("GET /console/houses.<form>")
def _houses_as_files(_made: Wards) -> Iterator[Try]:
    for form in ("csv", "geojson", "gpkg"):
        for area in ("", f"&area={COAST}"):
            yield Try(f"/console/houses.{form}?show=premises{area}", listing=True)


@case("GET /console/houses/<uprn>/lift/<what>")
def _lift_pages(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try(f"/console/houses/{made.ids[place]['uprn']}/lift/do_not_call")


@case("POST /console/houses/<uprn>/lift/<what>")
def _lifted(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try(f"/console/houses/{made.ids[place]['uprn']}/lift/do_not_call", control=422)


@case("GET /console/houses/<uprn>/visits/<visit_id>/withdraw")
def _withdrawal_pages(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        yield Try(f"/console/houses/{made.ids[place]['uprn']}/visits/{made.ids[place]['visit']}/withdraw")


@case("POST /console/houses/<uprn>/visits/<visit_id>/withdraw")
def _withdrawn(made: Wards) -> Iterator[Try]:
    for place in ("coast", "south"):
        house = made.ids[place]
        yield Try(f"/console/houses/{house['uprn']}/visits/{house['visit']}/withdraw", control=422)
