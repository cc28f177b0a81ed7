"""Signing in at the force's single sign-on: the way there and back."""

from __future__ import annotations

from urllib.parse import quote, unquote

from flask import request
from werkzeug import Response as WerkzeugResponse
from werkzeug.utils import redirect

from server.base.http import current_service, public
from server.base.pages import Pages, own_path
from server.base.problems import Problem
from server.staff import cookies, gate, group_grants, single_sign_on
from server.staff.pages.entering import entered, render_to_visitor, this_browser

pages = Pages("single_sign_on_pages", __name__)

STATE_SECONDS = 300


@pages.get("/sign-in/sso")
@public
def start() -> WerkzeugResponse:
    """On to the issuer; the state goes along, and stays in a cookie of this browser."""
    service = current_service()
    wanted = own_path(request.args.get("next", ""))
    try:
        where, state = single_sign_on.start(service, anew="again" in request.args)
    except Problem as problem:
        return _refused(problem)
    response = redirect(where, 303)
    response.set_cookie(
        gate.state_cookie_name(service),
        f"{state}.{quote(wanted, safe='')}",
        max_age=STATE_SECONDS,
        path="/",
        **cookies.attributes(service),
    )
    return response


@pages.get("/sign-in/sso/return")
@public
def back() -> WerkzeugResponse:
    """Back from the issuer: a session for whom it knows, where their groups give something here."""
    service = current_service()
    name = gate.state_cookie_name(service)
    held, _, wanted = request.cookies.get(name, "").partition(".")
    try:
        known = single_sign_on.complete(
            service,
            returned=service.settings.public_url.rstrip("/") + request.full_path,
            state=request.args.get("state", ""),
            held=held,
        )
        done = group_grants.sign_in_known(service, known, this_browser())
    except Problem as problem:
        response: WerkzeugResponse = _refused(problem)
    else:
        response = entered(done, own_path(unquote(wanted)))
    response.delete_cookie(name, path="/", **cookies.attributes(service))
    return response


def _refused(problem: Problem) -> WerkzeugResponse:
    if problem.code not in ("sso_failed", "no_group"):
        raise problem
    return render_to_visitor("staff/sso_refused.html", problem.status, problem=problem)
