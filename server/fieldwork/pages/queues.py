"""What officers reported and somebody decides: dangers, notes on addresses, wishes not to be called at; double work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma
from flask import Response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, read_query, render
from server.base.paging import MOST_ROWS, PageQuery
from server.base.problems import Problem
from server.fieldwork import address_edits, do_not_call, double_work, hazards, notes, supervise
from server.fieldwork.reasons import REASONS

pages = Pages("queue_pages", __name__)

HAZARD_STATES = {
    "reported": "Reported",
    "confirmed": "Confirmed",
    "expired": "Over",
    "dismissed": "Dismissed",
}
NOTE_STATES = {"open": "Open", "accepted": "Accepted", "dismissed": "Dismissed"}
NOTE_KINDS = {
    "new": "A house is missing from the file",
    "split": "The house is split into flats",
    "gone": "The house is gone",
    "not_a_home": "It is no home",
    "not_found": "It was not found",
    "other": "Something else about the address",
    "visit": "For the next officer",
}
CHANGES = {  # what can be made of a note, by its kind the likeliest first
    "gone": ("It is gone", "It retires: nobody is sent there any more. Its visits stay on its page."),
    "not_a_home": ("It is no home", "A shop, an office, a garage: it counts as no house from now on."),
    "renamed": ("It is called otherwise", "Type its number or name as it stands at the door."),
    "new": ("There are houses that the file lacks", "Type each on a line: a number or a name."),
    "split": (
        "It is split into flats",
        "Type each flat on a line: “Flat A”. The house itself is no longer called at.",
    ),
    "none": ("It was dealt with elsewhere", "Nothing is changed here."),
}
LIKELY = {"gone": "gone", "not_found": "gone", "not_a_home": "not_a_home", "new": "new", "split": "split"}
UUID = ma.validate.Regexp(r"^[0-9A-Za-z-]{1,64}\Z")
TICKED = ma.validate.Length(min=1, max=MOST_ROWS, error="Tick at least one.")
NONE_TICKED: dict[str, Any] = {"required": "Tick at least one."}


class HazardFilter(PageQuery):
    """Which dangers to show."""

    state = ma.fields.String(validate=ma.validate.OneOf(HAZARD_STATES))
    uprn = ma.fields.String(validate=ma.validate.Regexp(r"^[0-9]{1,12}\Z"))


class HazardForm(ma.Schema):
    """What becomes of the ticked dangers."""

    ids = ma.fields.List(
        ma.fields.String(validate=UUID),
        required=True,
        validate=TICKED,
        error_messages=NONE_TICKED,
    )
    decision = ma.fields.String(
        required=True, validate=ma.validate.OneOf(("confirmed", "dismissed", "expired"))
    )
    expires_on = ma.fields.Date(
        load_default=None,
        error_messages={"invalid": "Enter a day, or leave it empty where there is no end in sight."},
    )
    state = ma.fields.String(load_default="reported", validate=ma.validate.OneOf(HAZARD_STATES))


class NoteFilter(PageQuery):
    """Which notes to show."""

    state = ma.fields.String(validate=ma.validate.OneOf(NOTE_STATES))
    kind = ma.fields.String(validate=ma.validate.OneOf(NOTE_KINDS))
    uprn = ma.fields.String(validate=ma.validate.Regexp(r"^[0-9]{1,12}\Z"))


class NotesForm(ma.Schema):
    """Which notes are dismissed, and why."""

    ids = ma.fields.List(
        ma.fields.String(validate=UUID),
        required=True,
        validate=TICKED,
        error_messages=NONE_TICKED,
    )
    reason = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(REASONS["note"]),
        error_messages={"required": "Choose a reason."},
    )


class NoteForm(ma.Schema):
    """What is changed for a note."""

    change = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(address_edits.CHANGES),
        error_messages={"required": "Choose what is to change."},
    )
    doors = ma.fields.String(load_default="", validate=ma.validate.Length(max=4000))


class LiftForm(ma.Schema):
    """Why a wish is lifted."""

    reason = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(REASONS["lift"]),
        error_messages={"required": "Choose a reason."},
    )


class DoubleQuery(ma.Schema):
    """Within how many days two visits are looked at as one too many."""

    days = ma.fields.Integer(load_default=3, validate=ma.validate.OneOf((1, 3, 7, 14)))


LIFT_REASONS = [
    (code, REASONS["lift"][code].capitalize()) for code in ("resident_asked", "new_occupier", "wrong_outcome")
]


@pages.get("/hazards")
@needs("hazard.review")
def hazard_list() -> Response:
    """Dangers, the oldest first: those just reported, unless others are asked for."""
    return _hazards(Form({}, {}))


@pages.post("/hazards")
@needs("hazard.review")
def decide_hazards() -> WerkzeugResponse:
    """Confirm, end or dismiss the ticked dangers, each by itself."""
    form = read_form(HazardForm())
    if form.ok:
        values = form.values
        done = _each(
            form,
            values["ids"],
            lambda one: hazards.review_hazard(
                current_service(),
                current_principal(),
                one,
                decision=values["decision"],
                expires_on=values["expires_on"],
            ),
        )
    if not form.ok:
        return _hazards(form, 422)
    state = values["state"]
    told = HAZARD_STATES[values["decision"]].lower()
    return go(
        url_for("queue_pages.hazard_list", state=state),
        f"{done} {'hazard is' if done == 1 else 'hazards are'} {told} now.",
    )


def _hazards(form: Form, status: int = 200) -> Response:
    query = read_query(HazardFilter())
    shown = {"state": form.typed.get("state", "reported")} | query.right("state", "uprn")
    return render(
        "fieldwork/hazards.html",
        status,
        form=form,
        page=hazards.look_through_hazards(
            current_service(), current_principal(), query.values | shown | {"oldest": True}
        ),
        filters=Form({}, shown),
        shown=shown,
        first=not query.values.get("after"),
        states=HAZARD_STATES,
    )


@pages.get("/notes")
@needs("campaign.write")
def note_list() -> Response:
    """Notes on addresses, the oldest first: open ones, unless others are asked for."""
    return _notes(Form({}, {}))


@pages.post("/notes")
@needs("campaign.write")
def dismiss_notes() -> WerkzeugResponse:
    """Dismiss the ticked notes for one reason."""
    form = read_form(NotesForm())
    if form.ok:
        values = form.values
        done = _each(
            form,
            values["ids"],
            lambda one: notes.review_note(
                current_service(), current_principal(), one, decision="dismissed", reason=values["reason"]
            ),
        )
    if not form.ok:
        return _notes(form, 422)
    return go(
        url_for("queue_pages.note_list"), f"{done} {'note is' if done == 1 else 'notes are'} dismissed now."
    )


def _notes(form: Form, status: int = 200) -> Response:
    query = read_query(NoteFilter())
    shown = {"state": "open"} | query.right("state", "kind", "uprn")
    return render(
        "fieldwork/notes.html",
        status,
        form=form,
        page=notes.look_through_notes(
            current_service(), current_principal(), query.values | shown | {"oldest": True}
        ),
        filters=Form({}, shown),
        shown=shown,
        first=not query.values.get("after"),
        states=NOTE_STATES,
        kinds=NOTE_KINDS,
        reasons=[("", "Choose…"), *REASONS["note"].items()],
    )


@pages.get("/notes/<string(maxlength=64):note_id>")
@needs("campaign.write")
def note(note_id: str) -> Response:
    """One note, and what can be made of it."""
    return _note(note_id, Form({}, {}))


@pages.post("/notes/<string(maxlength=64):note_id>")
@needs("campaign.write")
def accept_note(note_id: str) -> WerkzeugResponse:
    """Accept it, and change the premises as chosen."""
    form = read_form(NoteForm())
    done = None
    if form.ok:
        done = form.attempt(
            lambda: address_edits.accept_note(current_service(), current_principal(), note_id, **form.values)
        )
    if done is None:
        return _note(note_id, form, 422)
    many = len(done.new)
    told = (
        f"Accepted. {'A house' if many == 1 else f'{many} houses'} added, on nobody’s list yet: allocate the street."
        if many
        else "Accepted. Lists and coverage follow at once."
    )
    return go(url_for("queue_pages.note_list"), told)


def _note(note_id: str, form: Form, status: int = 200) -> Response:
    view = notes.read_note(current_service(), current_principal(), note_id)
    likely = LIKELY.get(view.kind, "none")
    order = [likely, *(code for code in CHANGES if code != likely)]
    return render(
        "fieldwork/note.html",
        status,
        form=form,
        note=view,
        states=NOTE_STATES,
        kinds=NOTE_KINDS,
        likely=likely,
        changes=[(code, *CHANGES[code]) for code in order],
        reasons=[("", "Choose…"), *REASONS["note"].items()],
    )


@pages.get("/do-not-call")
@needs("visit.read")
def wishes() -> Response:
    """Houses that are not to be called at, by street."""
    query = read_query(PageQuery())
    return render(
        "fieldwork/do_not_call.html",
        page=do_not_call.list_wishes(current_service(), current_principal(), query.values),
        first=not query.values.get("after"),
    )


@pages.get("/do-not-call/<string(maxlength=12):uprn>/lift")
@needs("do_not_call.lift")
def confirm_lifting(uprn: str) -> Response:
    """What lifting means, and why it is done."""
    return _lifting(uprn, Form({}, {}))


@pages.post("/do-not-call/<string(maxlength=12):uprn>/lift")
@needs("do_not_call.lift")
def lift(uprn: str) -> WerkzeugResponse:
    """Lift the wish, for a reason that is kept."""
    form = read_form(LiftForm())
    if form.ok:
        reason = form.values["reason"]
        form.attempt(
            lambda: supervise.lift(
                current_service(), current_principal(), uprn, what="do_not_call", reason=reason
            )
        )
    if not form.ok:
        return _lifting(uprn, form, 422)
    return go(url_for("queue_pages.wishes"), "Lifted: officers may call there again.")


def _lifting(uprn: str, form: Form, status: int = 200) -> Response:
    return render(
        "fieldwork/lift.html",
        status,
        form=form,
        uprn=uprn,
        wish=do_not_call.read_wish(current_service(), current_principal(), uprn),
        reasons=LIFT_REASONS,
    )


@pages.get("/double-work")
@needs("visit.read")
def twice() -> Response:
    """Houses that two officers visit, or hold, at once."""
    service, principal = current_service(), current_principal()
    query = read_query(DoubleQuery())
    days = query.values["days"]
    return render(
        "fieldwork/double_work.html",
        days=days,
        filters=Form({}, {"days": days}),
        pairs=double_work.visited_twice(service, principal, days=days),
        most=double_work.MOST_HOUSES,
        lists=double_work.on_two_lists(service, principal),
    )


def _each(form: Form, ids: Sequence[str], decide: Callable[[str], None]) -> int:
    """How many were decided on. One that somebody else was quicker at is passed over; a fault of the form ends it."""
    done = 0
    for one in ids:
        try:
            decide(one)
        except Problem as problem:
            if problem.code == "wrong_state":
                continue
            if problem.code != "validation_failed":
                raise
            form.errors |= problem.fields.get("errors", {})
            return done
        done += 1
    return done
