"""The audit trail to read: filtered by person, kind of deed, thing and days; as a file too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import marshmallow as ma
from flask import Response, send_file, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render
from server.base.paging import PageQuery
from server.base.service import Service
from server.staff.accounts import find_accounts
from server.staff.trail import find_entries, names_in
from server.web.audit_sheet import export_trail
from server.web.trail_words import ACTIONS, GROUPS, actions_of, actor_words, line

pages = Pages("audit_pages", __name__)
MOST_FOUND = 50


class TrailQuery(PageQuery):
    """Which entries: who did it, a kind of deed or one deed, to what, and from which day to which."""

    actor = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))
    group = ma.fields.String(load_default="", validate=ma.validate.OneOf(list(GROUPS)))
    action = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))
    target = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))
    since = ma.fields.Date(load_default=None)
    until = ma.fields.Date(load_default=None)


class PersonForm(ma.Schema):
    """Part of the name of whoever did it."""

    text = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=2, max=100, error="Type two letters or more."),
        error_messages={"required": "Type part of a name."},
    )


@pages.get("/audit")
@needs("audit.read")
def trail() -> Response:
    """A page of the trail, the newest first."""
    service, query = current_service(), read_query(TrailQuery())
    page = find_entries(service, filters(service, query.values))
    names = names_in(service, {one.actor for one in page.rows} | {one.target for one in page.rows})
    rows = [
        {
            "at": one.at,
            "actor": one.actor,
            "who": actor_words(one.actor, names),
            "line": line(one.action, one.target, one.detail, names),
        }
        for one in page.rows
    ]
    return _page(query, rows=rows, next=page.next)


@pages.post("/audit/person")
@needs("audit.read")
def person() -> WerkzeugResponse:
    """The entries of somebody found by name: straight there, or a choice where several have it."""
    form = read_form(PersonForm())
    found = []
    if form.ok:
        wanted = {"text": form.values["text"], "limit": MOST_FOUND}
        found = find_accounts(current_service(), wanted).rows
        if len(found) == 1:
            return go(url_for("audit_pages.trail", actor=f"account:{found[0].id}"))
    return _page(EMPTY, form=form, found=found, asked=form.ok, status=200 if form.ok else 422)


@pages.post("/audit/export")
@needs("audit.read")
def export() -> WerkzeugResponse:
    """The entries by these filters as CSV."""
    service = current_service()
    form = read_form(TrailQuery())
    if not form.ok:
        return go(url_for("audit_pages.trail"), "The filter was not understood: choose again.")
    made = export_trail(service, current_principal(), filters(service, form.values))
    return send_file(made.file, made.mime, as_attachment=True, download_name=made.name)


def filters(service: Service, values: dict[str, Any]) -> dict[str, Any]:
    """What the trail is asked for: days become instants of the force's midnights, a kind its deeds."""
    asked = {
        name: values[name] for name in ("actor", "action", "target", "limit", "after") if values.get(name)
    }
    if values.get("group"):
        asked["actions"] = actions_of(values["group"])
    if values.get("since"):
        asked["since"] = _midnight(service, values["since"])
    if values.get("until"):
        asked["until"] = _midnight(service, values["until"] + timedelta(days=1))
    return asked


def _midnight(service: Service, day: date) -> datetime:
    return datetime.combine(day, time(0), service.zone).astimezone(UTC)


def _page(query: Form, *, form: Form = EMPTY, status: int = 200, **shown: Any) -> Response:
    kept = {name: text for name, text in query.typed.items() if name not in ("after", "limit")}
    usual: dict[str, Any] = {"rows": [], "next": None, "found": [], "asked": False}
    actor = kept.get("actor", "")
    return render(
        "web/audit.html",
        status,
        **(usual | shown),
        query=kept,
        first="after" not in query.typed,
        form=form,
        groups=GROUPS,
        actions=ACTIONS,
        actor_name=actor_words(actor, names_in(current_service(), {actor})) if actor else "",
    )
