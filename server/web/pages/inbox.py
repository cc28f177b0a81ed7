"""The inbox: every queue with what waits in it, and the switch of its daily e-mail."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Pages, go, read_form, render
from server.web import daily_mail, inbox

pages = Pages("inbox_pages", __name__)


class SwitchForm(ma.Schema):
    """Whether the e-mail is wanted."""

    wanted = ma.fields.Boolean(load_default=False)


@pages.get("/inbox")
@needs("visit.read")
def waiting() -> Response:
    """What waits for a decision, the queues with the oldest first."""
    service, principal = current_service(), current_principal()
    found = inbox.read_inbox(service, principal)
    return render(
        "console/inbox.html",
        some=[one for one in found if one.count],
        idle=[one for one in found if not one.count],
        mail=daily_mail.is_wanted(service, principal) if "supervisor" in principal.roles else None,
        hour=service.settings.inbox_mail_hour,
    )


@pages.post("/inbox/mail")
@needs("visit.read")
def switch_mail() -> WerkzeugResponse:
    """Switch one's own daily e-mail on or off."""
    wanted = bool(read_form(SwitchForm()).values.get("wanted"))
    daily_mail.switch(current_service(), current_principal(), wanted=wanted)
    told = "You get the inbox by e-mail again." if wanted else "You get no more e-mail of the inbox."
    return go(url_for("inbox_pages.waiting"), told)
