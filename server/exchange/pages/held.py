"""Held events at the console, and outbox files that are handed in."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, request, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import body_limit, current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, read_query, render
from server.base.paging import PageQuery
from server.exchange import decide, hand_ins, held
from server.exchange.decide import DISMISSALS
from server.exchange.mending import HOPELESS, what_mending_does, why
from server.exchange.schemas import HeldQuery
from sync import outcomes
from sync.receipts import REASONS

pages = Pages("held_pages", __name__)

STATE_WORDS = {
    "held": "Waiting",
    "mended": "Mended",
    "released": "Brought again by the phone",
    "dismissed": "Dismissed",
}
BEYOND = (
    "The house is not known, or lies outside your areas, so you cannot answer for it. Where it is new, accept the note "
    "on it or import the address file first; where it lies elsewhere, a colleague there can mend this."
)
STATUS_WORDS = {
    "applied": "applied",
    "duplicate": "were here already",
    "held": "held for a decision",
    "rejected": "rejected",
}
HELD_REASONS = {code: why(code) for code, reason in REASONS.items() if reason.status == "held"}


class DismissForm(ma.Schema):
    """Why an event is set aside for good."""

    decision = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(sorted(DISMISSALS)),
        error_messages={"required": "Choose why it is dismissed."},
    )


@pages.get("/held")
@needs("held.read")
def held_events() -> Response:
    """Events that wait for a decision, the oldest first, or those decided on."""
    query = read_query(HeldQuery())
    shown = query.right("state", "reason", "device_id")
    asked = {"state": "held"} | query.values
    return render(
        "exchange/held.html",
        page=held.list_held(current_service(), current_principal(), asked),
        filters=Form({}, {"state": "held"} | shown),
        shown=shown,
        first=not query.values.get("after"),
        states=STATE_WORDS,
        reasons=HELD_REASONS,
    )


@pages.get("/held/<int:held_id>")
@needs("held.read")
def held_event(held_id: int) -> Response:
    """One held event: why, what is inside as far as one may see it, and what can be done."""
    return _event(held_id, Form({}, {}))


@pages.post("/held/<int:held_id>/mend")
@needs("held.mend")
def mend(held_id: int) -> WerkzeugResponse:
    """Apply it again."""
    form = Form({}, {})
    form.attempt(lambda: decide.mend(current_service(), current_principal(), held_id))
    if not form.ok:
        return _event(held_id, form, 409)
    view = held.read_held(current_service(), current_principal(), held_id)
    told = (
        "The event was applied." if view.state == decide.MENDED else f"It is held still: {why(view.reason)}"
    )
    return go(url_for("held_pages.held_event", held_id=held_id), told)


@pages.post("/held/<int:held_id>/dismiss")
@needs("held.dismiss")
def dismiss(held_id: int) -> WerkzeugResponse:
    """Set it aside for good, for a reason."""
    form = read_form(DismissForm())
    if form.ok:
        decision = form.values["decision"]
        form.attempt(lambda: decide.dismiss(current_service(), current_principal(), held_id, decision))
    if not form.ok:
        return _event(held_id, form, 422)
    return go(url_for("held_pages.held_events"), "The event was dismissed.")


def _event(held_id: int, form: Form, status: int = 200) -> Response:
    view = held.read_held(current_service(), current_principal(), held_id)
    beyond = view.inside is not None and not view.inside.uprn
    labels = {one.code: one.label for one in outcomes.table()}
    return render(
        "exchange/held_event.html",
        status,
        form=form,
        held=view,
        outcome=labels.get(view.inside.outcome, view.inside.outcome) if view.inside else "",
        states=STATE_WORDS,
        why=why(view.reason),
        mending=BEYOND if beyond else what_mending_does(view.reason),
        can_be_mended=view.reason not in HOPELESS and not beyond,
        dismissals=list(DISMISSALS.items()),
        dismissed_because=DISMISSALS.get(view.decision, view.decision),
    )


@pages.get("/outbox-files")
@needs("held.read")
def outbox_files() -> Response:
    """Files that were handed in, and the form for another."""
    return _files(Form({}, {}))


@pages.post("/outbox-files")
@needs("held.mend")
@body_limit("most_exchange_bytes")
def hand_in() -> WerkzeugResponse:
    """Take in a file that a phone exported."""
    form = Form({}, {})
    raw = request.files["file"].read() if "file" in request.files else b""
    if not raw:
        form.errors["file"] = "Choose the file that the phone has written."
        return _files(form, 422)
    done = form.attempt(lambda: hand_ins.hand_in(current_service(), current_principal(), raw))
    if done is None:
        form.errors["file"] = form.problem
        return _files(form, 422)
    counts = ", ".join(f"{many} {STATUS_WORDS.get(one, one)}" for one, many in sorted(done.by_status.items()))
    signed = (
        "signed by the phone"
        if done.signed
        else "not signed by the phone, so what is new waits for a decision"
    )
    return go(
        url_for("held_pages.outbox_files"),
        f"The outbox of {done.officer} was taken in ({signed}): {counts or 'it was empty'}.",
    )


def _files(form: Form, status: int = 200) -> Response:
    query = read_query(PageQuery())
    return render(
        "exchange/outbox_files.html",
        status,
        form=form,
        page=hand_ins.list_hand_ins(current_service(), current_principal(), query.values),
        first=not query.values.get("after"),
        words=STATUS_WORDS,
    )
