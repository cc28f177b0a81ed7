"""Pages of street lists: all of them, one with its houses, more time, taking back, moving to others, printing."""

from __future__ import annotations

from datetime import date, datetime, time

import marshmallow as ma
from flask import Response, make_response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render
from server.base.paging import PageQuery
from server.fieldwork import handing_over, list_overview, paper, recall, worklist_views
from server.fieldwork.reasons import REASONS
from server.fieldwork.schemas import LIST_STATES

pages = Pages("list_pages", __name__)
ID = ma.validate.Range(1, LARGEST_ID)
REASONS_OF_PEOPLE = ("finished", "reallocated", "officer_away", "device_lost", "mistake")
"""Of the reasons to recall a list, those that a person gives; the others are the service's own."""


class ListsQuery(PageQuery):
    """Which lists."""

    state = ma.fields.String(load_default="active", validate=ma.validate.OneOf((*LIST_STATES, "any")))
    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    officer = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    usrn = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))


class ExtendForm(ma.Schema):
    """Until when a list is to run, in the force's zone."""

    until_day = ma.fields.Date(
        required=True,
        error_messages={"required": "Enter the day.", "invalid": "Enter a day, such as 2026-03-09."},
    )
    until_time = ma.fields.Time(
        load_default=time(22), error_messages={"invalid": "Enter a time, such as 22:00."}
    )


class RecallForm(ma.Schema):
    """Why a list is taken back."""

    reason = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(REASONS_OF_PEOPLE),
        error_messages={"required": "Choose a reason."},
    )


class MoveQuery(ma.Schema):
    """Whose lists are to be moved."""

    officer = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))


class MoveForm(RecallForm):
    """Who gets an officer's lists, and why."""

    to = ma.fields.List(
        ma.fields.Integer(validate=ID), load_default=list, validate=ma.validate.Length(max=200)
    )


@pages.get("/lists")
@needs("worklist.read")
def lists() -> Response:
    """Lists in one's areas, the newest first."""
    query = read_query(ListsQuery()).values
    found = list_overview.find_lists(current_service(), current_principal(), query)
    return render("fieldwork/lists.html", found=found, query=query, states=LIST_STATES)


@pages.get("/lists/<int:worklist_id>")
@needs("worklist.read")
def one_list(worklist_id: int) -> Response:
    """A list with its houses."""
    return _list(worklist_id)


@pages.post("/lists/<int:worklist_id>/extend")
@needs("worklist.allocate")
def extend(worklist_id: int) -> WerkzeugResponse:
    """Let a list run longer."""
    service, principal = current_service(), current_principal()
    worklist_views.read_worklist(service, principal, worklist_id)
    form = read_form(ExtendForm())
    if form.ok:
        until = _instant(form.values["until_day"], form.values["until_time"])
        form.attempt(lambda: recall.extend(service, principal, worklist_id, not_after=until))
    if not form.ok:
        return _list(worklist_id, form)
    return go(url_for("list_pages.one_list", worklist_id=worklist_id), "The list runs longer.")


@pages.get("/lists/<int:worklist_id>/recall")
@needs("worklist.recall")
def ask_recall(worklist_id: int) -> Response:
    """Ask before a list is taken back."""
    return _ask_recall(worklist_id)


@pages.post("/lists/<int:worklist_id>/recall")
@needs("worklist.recall")
def take_back(worklist_id: int) -> WerkzeugResponse:
    """Take a list back."""
    service, principal = current_service(), current_principal()
    worklist_views.read_worklist(service, principal, worklist_id)
    form = read_form(RecallForm())
    if form.ok:
        form.attempt(lambda: recall.recall(service, principal, worklist_id, reason=form.values["reason"]))
    if not form.ok:
        return _ask_recall(worklist_id, form)
    return go(
        url_for("list_pages.lists"), f"List {worklist_id} is taken back. Its houses are free for others."
    )


@pages.get("/lists/move")
@needs("worklist.allocate")
def ask_move() -> Response:
    """Ask whose lists are to go to whom."""
    return _ask_move(read_query(MoveQuery()).values["officer"])


@pages.post("/lists/move/<int:account_id>")
@needs("worklist.allocate")
def move(account_id: int) -> WerkzeugResponse:
    """Move all that an officer holds to others."""
    service, principal = current_service(), current_principal()
    list_overview.require_lists(service, principal, account_id)
    form = read_form(MoveForm())
    made = None
    if form.ok:
        chosen = form.values
        made = form.attempt(
            lambda: handing_over.move_lists(
                service, principal, account_id, to=sorted(set(chosen["to"])), reason=chosen["reason"]
            )
        )
    if made is None:
        return _ask_move(account_id, form)
    houses, lists = sum(one.houses for one in made), len(made)
    return go(
        url_for("list_pages.lists"),
        f"{houses:,} houses moved, on {lists} new list{'' if lists == 1 else 's'}.",
    )


@pages.post("/lists/<int:worklist_id>/paper")
@needs("worklist.allocate")
def print_paper(worklist_id: int) -> Response:
    """The list on paper, as a PDF; that it was printed is on the audit trail."""
    made = paper.print_list(current_service(), current_principal(), worklist_id)
    response = make_response(made.pdf)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _list(worklist_id: int, form: Form = EMPTY) -> Response:
    service, principal = current_service(), current_principal()
    listed = worklist_views.read_worklist(service, principal, worklist_id)
    query = read_query(PageQuery()).values
    houses = worklist_views.list_houses(service, principal, worklist_id, query)
    return render(
        "fieldwork/list.html",
        200 if form.ok else 422,
        listed=listed,
        houses=houses,
        query=query,
        form=form,
        ended=listed.state != "active" or listed.not_after <= service.clock.now(),
    )


def _ask_recall(worklist_id: int, form: Form = EMPTY) -> Response:
    listed = worklist_views.read_worklist(current_service(), current_principal(), worklist_id)
    return render(
        "fieldwork/recall.html", 200 if form.ok else 422, listed=listed, form=form, reasons=_reasons()
    )


def _ask_move(officer: int, form: Form = EMPTY) -> Response:
    service = current_service()
    return render(
        "fieldwork/move_lists.html",
        200 if form.ok else 422,
        found=list_overview.read_handover(service, current_principal(), officer),
        form=form,
        reasons=_reasons(),
        usual_hours=service.settings.worklist_hours,
    )


def _reasons() -> list[tuple[str, str]]:
    return [(code, REASONS["recall"][code].capitalize()) for code in REASONS_OF_PEOPLE]


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, current_service().zone)
