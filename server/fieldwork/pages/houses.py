"""Houses in pages: lists of those behind a figure, and one house with all that happened there and what may be done."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, request, send_file, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.access import has
from server.base.downloads.make import FORMS
from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render, require_understood
from server.base.problems import Problem
from server.fieldwork import house_search, supervise, visits
from server.fieldwork.house_search import NEVER, SHOWS, TITLES, Wanted
from server.fieldwork.house_story import HouseStory, read_story, read_texts
from server.fieldwork.reasons import REASONS
from server.fieldwork.supervise import LIFTS
from sync.outcomes import table as outcome_table

pages = Pages("house_pages", __name__)

STANDS = {
    "do_not_call": "Asked us never to call again",
    "unsafe": "Unsafe, under review",
    "ineligible": "No home to call on",
}


class HousesQuery(ma.Schema):
    """Which houses, where, and which page."""

    show = ma.fields.String(load_default=NEVER, validate=ma.validate.OneOf(SHOWS))
    area = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    after = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))


class HouseQuery(ma.Schema):
    """The campaign one came from, and which page of what happened."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    after = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))


class OverrideForm(ma.Schema):
    """Whether to call, for which campaign, and why."""

    revisit = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(("yes", "no")),
        error_messages={"required": "Say whether the house is to be called on."},
    )
    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    reason = ma.fields.String(required=True, error_messages={"required": "Choose a reason."})


class ReasonForm(ma.Schema):
    """Why."""

    reason = ma.fields.String(required=True, error_messages={"required": "Choose a reason."})


class TakeBackForm(ma.Schema):
    """For which campaign a supervisor's word is taken back."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))


@pages.get("/never-called")
@needs("coverage.read")
def never_called() -> Response:
    """Houses that nobody has called at."""
    return houses()


@pages.get("/houses")
@needs("coverage.read")
def houses() -> Response:
    """A list of houses."""
    query = read_query(HousesQuery())
    wanted = _wanted(query)
    found = house_search.find_houses(
        current_service(), current_principal(), wanted, {"after": query.values["after"], "limit": 50}
    )
    keep = {"show": wanted.show, "area": wanted.area, "campaign": wanted.campaign_id}
    return render(
        "fieldwork/houses.html",
        found=found,
        form=query,
        title=TITLES[wanted.show],
        titles=TITLES,
        keep={name: value for name, value in keep.items() if value},
        first=not query.values["after"],
        forms=FORMS,
    )


@pages.get("/houses.<form>")
@needs("coverage.read")
def download(form: str) -> Response:
    """The same list as a file."""
    if form not in FORMS:
        raise Problem("not_found", f"Houses can be downloaded as {', '.join(FORMS)}.")
    made = house_search.download_houses(
        current_service(), current_principal(), _wanted(require_understood(read_query(HousesQuery()))), form
    )
    return send_file(made.file, made.mime, as_attachment=True, download_name=made.name, max_age=0)


@pages.get("/houses/<uprn>")
@needs("coverage.read")
def house(uprn: str) -> Response:
    """One house: how it stands, what happened there, what may be done."""
    query = read_query(HouseQuery())
    service, principal = current_service(), current_principal()
    story = read_story(service, principal, uprn)
    facts = texts = None
    if has(principal, "visit.read"):
        facts = visits.house_facts(service, principal, uprn, {"after": query.values["after"]})
        texts = read_texts(service, principal, uprn)
    return render(
        "fieldwork/house.html",
        story=story,
        campaign_id=query.values["campaign"],
        facts=facts,
        texts=texts,
        stands=_stands(story),
        outcomes=outcome_table(),
        reasons=REASONS,
        first=not query.values["after"],
    )


@pages.get("/houses/<uprn>/override")
@needs("override.write")
def override_form(uprn: str) -> Response:
    """Ask for a supervisor's word on whether to call."""
    return _override(uprn, EMPTY)


@pages.post("/houses/<uprn>/override")
@needs("override.write")
def override(uprn: str) -> Response | WerkzeugResponse:
    """Overrule the flag."""
    form = read_form(OverrideForm())
    key = None
    if form.ok:
        values = form.values
        key = form.attempt(
            lambda: supervise.override(
                current_service(),
                current_principal(),
                uprn,
                revisit=values["revisit"] == "yes",
                reason=values["reason"],
                campaign_id=values["campaign"],
            )
        )
    if key is None:
        return _override(uprn, form, 422)
    said = "is to be called on" if form.values["revisit"] == "yes" else "is not to be called on"
    return go(_path(uprn), f"Officers’ lists now say that this house {said}. You can take it back below.")


@pages.post("/houses/<uprn>/override/take-back")
@needs("override.write")
def take_back(uprn: str) -> WerkzeugResponse:
    """Undo a supervisor's word."""
    form = read_form(TakeBackForm())
    campaign_id = form.values.get("campaign", 0)
    supervise.override(current_service(), current_principal(), uprn, revisit=None, campaign_id=campaign_id)
    return go(_path(uprn), "The supervisor’s word was taken back: the usual rules decide again.")


@pages.get("/houses/<uprn>/lift/<what>")
@needs("override.write")
def lift_form(uprn: str, what: str) -> Response:
    """Ask whether to lift what stands against calling."""
    return _lift(uprn, what, EMPTY)


@pages.post("/houses/<uprn>/lift/<what>")
@needs("override.write")
def lift(uprn: str, what: str) -> Response | WerkzeugResponse:
    """Lift what stands against calling; each needs its own permission."""
    form = read_form(ReasonForm())
    key = None
    if form.ok:
        key = form.attempt(
            lambda: supervise.lift(
                current_service(), current_principal(), uprn, what=what, reason=form.values["reason"]
            )
        )
    if key is None:
        return _lift(uprn, what, form, 422)
    return go(_path(uprn), "Lifted. The house may be called on again, as the campaign’s rules say.")


@pages.get("/houses/<uprn>/visits/<visit_id>/withdraw")
@needs("visit.withdraw")
def withdraw_form(uprn: str, visit_id: str) -> Response:
    """Ask whether to take a visit out of the count."""
    return _withdraw(uprn, visit_id, EMPTY)


@pages.post("/houses/<uprn>/visits/<visit_id>/withdraw")
@needs("visit.withdraw")
def withdraw(uprn: str, visit_id: str) -> Response | WerkzeugResponse:
    """Take a visit out of the count."""
    form = read_form(ReasonForm())
    key = None
    if form.ok:
        key = form.attempt(
            lambda: supervise.withdraw_visit(
                current_service(), current_principal(), visit_id, reason=form.values["reason"]
            )
        )
    if key is None:
        return _withdraw(uprn, visit_id, form, 422)
    return go(_path(uprn), "The visit was withdrawn: it no longer counts, and is still shown below.")


def _wanted(query: Form) -> Wanted:
    return Wanted(query.values["show"], query.values["area"], query.values["campaign"])


def _path(uprn: str) -> str:
    return url_for("house_pages.house", uprn=uprn)


def _stands(story: HouseStory) -> list[tuple[str, str]]:
    """What stands against calling and this principal may lift: code and words."""
    together = story.together
    if together is None:
        return []
    return [
        (what, STANDS[what])
        for what, permission in LIFTS.items()
        if getattr(together.state, what) and has(current_principal(), permission)
    ]


def _override(uprn: str, form: Form, status: int = 200) -> Response:
    story = read_story(current_service(), current_principal(), uprn)
    campaigns = [
        (one.campaign_id, one.campaign) for one in story.standings if one.campaign_state != "archived"
    ]
    chosen = request.args.get("campaign", "0")
    return render(
        "fieldwork/override.html",
        status,
        story=story,
        form=form,
        campaigns=campaigns,
        chosen=chosen,
        reasons=list(REASONS["override"].items()),
    )


def _lift(uprn: str, what: str, form: Form, status: int = 200) -> Response:
    story = read_story(current_service(), current_principal(), uprn)
    if what not in STANDS:
        raise Problem("not_found", "There is nothing of the kind to lift.")
    standing = dict(_stands(story))
    return render(
        "fieldwork/confirm_house.html",
        status,
        story=story,
        form=form,
        title=f"Lift: {STANDS[what]}",
        possible=what in standing,
        impossible="Nothing of the kind stands at this house, or it needs a permission that you do not have.",
        warning="Lifting lets officers call again, in every campaign. It cannot be undone here: only a new visit can "
        "set the mark again.",
        button="Lift it",
        reasons=list(REASONS["lift"].items()),
    )


def _withdraw(uprn: str, visit_id: str, form: Form, status: int = 200) -> Response:
    service, principal = current_service(), current_principal()
    story = read_story(service, principal, uprn)
    visit: Any = visits.read_visit(service, principal, uprn, visit_id)
    outcome = outcome_table().get(visit.outcome)
    return render(
        "fieldwork/confirm_house.html",
        status,
        story=story,
        form=form,
        title="Withdraw a visit",
        possible=visit.withdrawn is None,
        impossible="This visit is withdrawn already.",
        visit=visit,
        outcome=outcome.label if outcome else visit.outcome,
        warning="A withdrawn visit counts nowhere any more. It cannot be undone: somebody would have to call again.",
        button="Withdraw the visit",
        reasons=list(REASONS["withdrawal"].items()),
    )
