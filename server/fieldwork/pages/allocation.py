"""Pages that share a campaign's streets out among officers: choose, look at the proposal, change it, allocate, undo."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render
from server.base.paging import MOST_ROWS
from server.fieldwork import proposal_views, proposals, worklist_views

pages = Pages("allocation_pages", __name__)
ID = ma.validate.Range(1, LARGEST_ID)


class ProposalForm(ma.Schema):
    """What a proposal is asked for."""

    officers = ma.fields.List(
        ma.fields.Integer(validate=ID), load_default=list, validate=ma.validate.Length(max=200)
    )
    most_houses = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(1, 2500, error="Enter a number from 1 up to what a list takes."),
        error_messages={"invalid": "Enter a whole number of houses."},
    )
    hours = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(1, 2000, error="Enter a number of hours from 1 to 2,000."),
        error_messages={"invalid": "Enter a whole number of hours."},
    )
    everything = ma.fields.Boolean(load_default=False)
    areas = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(1, 20)),
        load_default=list,
        validate=ma.validate.Length(max=200),
    )


class VersionForm(ma.Schema):
    """Which version of the proposal somebody looked at."""

    version = ma.fields.Integer(required=True)


class MoveForm(VersionForm):
    """Streets for another officer."""

    streets = ma.fields.List(ma.fields.String(validate=ma.validate.Length(1, 20)), load_default=list)
    officer = ma.fields.Integer(
        required=True, validate=ID, error_messages={"required": "Choose who is to have them."}
    )


class AllocationQuery(ma.Schema):
    """`anew`: show the choices although there is a proposal."""

    anew = ma.fields.Boolean(load_default=False)


@pages.get("/campaigns/<int:campaign_id>/allocation")
@needs("worklist.allocate")
def allocation(campaign_id: int) -> Response:
    """The proposal, or who could be chosen for one."""
    if not read_query(AllocationQuery()).values["anew"]:
        found = proposal_views.read_proposal(current_service(), current_principal(), campaign_id)
        if found is not None:
            return _proposal(found)
    return _choices(campaign_id)


@pages.post("/campaigns/<int:campaign_id>/allocation")
@needs("worklist.allocate")
def propose(campaign_id: int) -> WerkzeugResponse:
    """Make a proposal."""
    service, principal = current_service(), current_principal()
    form = read_form(ProposalForm())
    made = None
    if form.ok:
        options = proposals.Options(
            officers=tuple(dict.fromkeys(form.values["officers"])),
            most_houses=form.values["most_houses"],
            hours=form.values["hours"],
            outstanding_only=not form.values["everything"],
            areas=tuple(dict.fromkeys(form.values["areas"])),
        )
        made = form.attempt(lambda: proposals.propose(service, principal, campaign_id, options))
    return (
        _choices(campaign_id, form)
        if made is None
        else _back(campaign_id, "Proposed. Look it over, then allocate.")
    )


@pages.post("/campaigns/<int:campaign_id>/allocation/streets")
@needs("worklist.allocate")
def move_streets(campaign_id: int) -> WerkzeugResponse:
    """Give some streets of the proposal to another officer."""
    service, principal = current_service(), current_principal()
    form = read_form(MoveForm())
    done = False
    if form.ok:
        chosen = form.values
        done = form.attempt(lambda: _moved(campaign_id, chosen)) or False
    if done:
        return _back(campaign_id)
    found = proposal_views.read_proposal(service, principal, campaign_id)
    return _back(campaign_id) if found is None else _proposal(found, form)


@pages.post("/campaigns/<int:campaign_id>/allocation/drop")
@needs("worklist.allocate")
def drop(campaign_id: int) -> WerkzeugResponse:
    """Throw the proposal away."""
    proposals.drop(current_service(), current_principal(), campaign_id)
    return _back(campaign_id, "The proposal was thrown away. Nobody was given anything.")


@pages.post("/campaigns/<int:campaign_id>/allocation/allocate")
@needs("worklist.allocate")
def allocate(campaign_id: int) -> WerkzeugResponse:
    """Give every officer the streets proposed."""
    service, principal = current_service(), current_principal()
    form = read_form(VersionForm())
    made = None
    if form.ok:
        version = form.values["version"]
        made = form.attempt(
            lambda: proposals.allocate_proposal(service, principal, campaign_id, version=version)
        )
    if made is None:
        found = proposal_views.read_proposal(service, principal, campaign_id)
        return _back(campaign_id) if found is None else _proposal(found, form)
    key, lists = made
    officers = len({one.account_id for one in lists})
    houses = sum(one.houses for one in lists)
    return go(
        url_for("allocation_pages.allocated", campaign_id=campaign_id, proposal_id=key),
        f"{houses:,} houses are given to {officers} officer{'' if officers == 1 else 's'}.",
    )


@pages.get("/campaigns/<int:campaign_id>/allocation/<int:proposal_id>")
@needs("worklist.allocate")
def allocated(campaign_id: int, proposal_id: int) -> Response:
    """What a proposal became, and the way to undo it."""
    service, principal = current_service(), current_principal()
    made = proposal_views.read_allocated(service, principal, campaign_id, proposal_id)
    query: dict[str, Any] = {"ids": made.lists, "limit": MOST_ROWS, "after": ""}
    lists = worklist_views.find_worklists(service, principal, query).rows
    return render(
        "fieldwork/allocated.html", made=made, lists=sorted(lists, key=lambda one: (one.officer, one.id))
    )


@pages.post("/campaigns/<int:campaign_id>/allocation/<int:proposal_id>/undo")
@needs("worklist.recall")
def undo(campaign_id: int, proposal_id: int) -> WerkzeugResponse:
    """Take all of an allocation's lists back."""
    taken = proposals.undo_allocation(current_service(), current_principal(), campaign_id, proposal_id)
    lists = "1 list was" if taken == 1 else f"{taken} lists were"
    return _back(campaign_id, f"{lists} taken back. The proposal is as it was.")


def _moved(campaign_id: int, chosen: dict[str, Any]) -> bool:
    proposals.reassign(
        current_service(),
        current_principal(),
        campaign_id,
        chosen["streets"],
        chosen["officer"],
        version=chosen["version"],
    )
    return True


def _choices(campaign_id: int, form: Form = EMPTY) -> Response:
    service = current_service()
    found = proposal_views.read_choices(service, current_principal(), campaign_id)
    return render(
        "fieldwork/allocation.html",
        200 if form.ok else 422,
        choices=found,
        form=form,
        usual_houses=service.settings.most_houses,
        usual_hours=service.settings.worklist_hours,
    )


def _proposal(found: proposal_views.ProposalView, form: Form = EMPTY) -> Response:
    return render(
        "fieldwork/proposal.html",
        200 if form.ok else 422,
        proposal=found,
        form=form,
        hours=found.options["hours"] or current_service().settings.worklist_hours,
        names={share.account_id: share.name for share in found.shares},
    )


def _back(campaign_id: int, notice: str = "") -> WerkzeugResponse:
    return go(url_for("allocation_pages.allocation", campaign_id=campaign_id), notice)
