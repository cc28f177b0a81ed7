"""Campaigns on pages: the list, one of them, its history, its start, its end and its copies."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.access import require
from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render
from server.base.problems import Problem
from server.fieldwork import activate as starting
from server.fieldwork import archive as archiving
from server.fieldwork import campaign_overview, preview
from server.fieldwork.campaign_forms import BackForm, CampaignListQuery, StepForm
from server.fieldwork.campaign_history import read_history
from server.fieldwork.campaign_views import read_report
from server.fieldwork.campaign_words import DONE, told
from server.fieldwork.campaigns import expect
from server.fieldwork.copy_campaign import copy_campaign
from server.fieldwork.coverage import reads_houses
from server.fieldwork.trend_chart import happened_by_week

pages = Pages("campaign_pages", __name__)
WRITE = "campaign.write"


@pages.get("/campaigns")
@needs("campaign.read")
def campaigns() -> Response:
    """All campaigns that reach into one's areas, the newest first."""
    query = read_query(CampaignListQuery())
    found = campaign_overview.list_campaigns(current_service(), current_principal(), query.values)
    return render("fieldwork/campaigns.html", page=found, query=query.values)


@pages.get("/campaigns/<int:campaign_id>")
@needs("campaign.read")
def campaign(campaign_id: int) -> Response:
    """One campaign: how far it is, and what it is."""
    found = campaign_overview.read_overview(current_service(), current_principal(), campaign_id)
    by_week = happened_by_week(found.trend) if found.trend.happened.visits else None
    return render(
        "fieldwork/campaign.html",
        one=found,
        by_week=by_week,
        reads_houses=reads_houses(current_principal()),
    )


@pages.get("/campaigns/<int:campaign_id>/history")
@needs("campaign.read")
def history(campaign_id: int) -> Response:
    """Every version of a campaign: who made it, when, and what became what."""
    service, principal = current_service(), current_principal()
    found = campaign_overview.read_heading(service, principal, campaign_id)
    versions = read_history(service, principal, campaign_id)
    return render("fieldwork/campaign_history.html", one=found, versions=versions, done=DONE, told=told)


@pages.get("/campaigns/<int:campaign_id>/start")
@needs(WRITE)
def start_form(campaign_id: int) -> Response:
    """What a draft would cover, and the button that starts it."""
    return _start_form(campaign_id, EMPTY)


@pages.post("/campaigns/<int:campaign_id>/start")
@needs(WRITE)
def start(campaign_id: int) -> WerkzeugResponse:
    """Start a draft."""
    form = read_form(StepForm())
    match = expect(form.values.get("version", 0))
    houses = form.attempt(
        lambda: starting.activate(current_service(), current_principal(), campaign_id, match=match)
    )
    if houses is None:
        return _start_form(campaign_id, form, 422)
    where = url_for("campaign_pages.campaign", campaign_id=campaign_id)
    return go(where, f"Campaign started: it covers {houses:,} houses.")


@pages.get("/campaigns/<int:campaign_id>/archive")
@needs(WRITE)
def archive_form(campaign_id: int) -> Response:
    """What archiving does, and the button."""
    return _step("fieldwork/campaign_archive.html", campaign_id, EMPTY)


@pages.post("/campaigns/<int:campaign_id>/archive")
@needs(WRITE)
def archive(campaign_id: int) -> WerkzeugResponse:
    """Archive an active campaign."""
    form = read_form(StepForm())
    done = form.attempt(lambda: _archive(campaign_id, form.values.get("version", 0)))
    if not done:
        return _step("fieldwork/campaign_archive.html", campaign_id, form, 422)
    return go(
        url_for("campaign_pages.report", campaign_id=campaign_id), "Campaign archived: this is its report."
    )


@pages.get("/campaigns/<int:campaign_id>/bring-back")
@needs(WRITE)
def back_form(campaign_id: int) -> Response:
    """Until when an archived campaign is to run again."""
    return _step("fieldwork/campaign_back.html", campaign_id, EMPTY)


@pages.post("/campaigns/<int:campaign_id>/bring-back")
@needs(WRITE)
def bring_back(campaign_id: int) -> WerkzeugResponse:
    """Bring an archived campaign back."""
    form = read_form(BackForm())
    done = form.attempt(lambda: _bring_back(campaign_id, form)) if form.ok else None
    if not done:
        return _step("fieldwork/campaign_back.html", campaign_id, form, 422)
    where = url_for("campaign_pages.campaign", campaign_id=campaign_id)
    return go(where, "Campaign brought back. Its lists have ended: allocate its streets again.")


@pages.get("/campaigns/<int:campaign_id>/report")
@needs("campaign.read")
def report(campaign_id: int) -> Response:
    """What an archived campaign had come to, and how many visits came in since."""
    service, principal = current_service(), current_principal()
    found = campaign_overview.read_heading(service, principal, campaign_id)
    if found.state != "archived":
        return render("fieldwork/campaign_report.html", one=found, report=None, wards=[])
    kept = read_report(service, principal, campaign_id)
    wards = campaign_overview.report_by_ward(service, principal, kept)
    return render("fieldwork/campaign_report.html", one=found, report=kept, wards=wards)


@pages.post("/campaigns/<int:campaign_id>/copy")
@needs(WRITE)
def copy(campaign_id: int) -> WerkzeugResponse:
    """Make a draft like this campaign, and open its form."""
    made = copy_campaign(current_service(), current_principal(), campaign_id)
    where = url_for("campaign_form_pages.edit_form", campaign_id=made)
    return go(where, "Copied as a draft that starts today: change what is to be different.")


def _start_form(campaign_id: int, form: Form, status: int = 200) -> Response:
    service, principal = current_service(), current_principal()
    found = campaign_overview.read_heading(service, principal, campaign_id)
    if found.state != "draft":
        raise Problem("wrong_state", f"“{found.name}” was started already.", state=found.state)
    seen = preview.preview_campaign(service, principal, campaign_id)
    return render("fieldwork/campaign_start.html", status, form=form, one=found, seen=seen)


def _step(template: str, campaign_id: int, form: Form, status: int = 200) -> Response:
    service, principal = current_service(), current_principal()
    require(principal, WRITE)
    found = campaign_overview.read_overview(service, principal, campaign_id)
    return render(template, status, form=form, one=found)


def _archive(campaign_id: int, version: int) -> bool:
    archiving.archive(current_service(), current_principal(), campaign_id, match=expect(version))
    return True


def _bring_back(campaign_id: int, form: Form) -> bool:
    ends_on, match = form.values["ends_on"], expect(form.values["version"])
    archiving.unarchive(current_service(), current_principal(), campaign_id, ends_on=ends_on, match=match)
    return True
