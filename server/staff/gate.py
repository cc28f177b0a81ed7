"""Tells who sends a request: a bearer token, or a session cookie with its CSRF token on whatever changes something."""

from __future__ import annotations

import hmac

from flask import Request, current_app, g
from werkzeug.datastructures import Headers

from server.base.access import Principal
from server.base.http import access_of
from server.base.problems import Problem
from server.base.service import Service
from server.staff.sign_in import csrf_token_of, principal_by

SAFE = {"GET", "HEAD", "OPTIONS"}


def cookie_name(service: Service) -> str:
    """The session cookie's name; over TLS with the prefix that binds it to this very host."""
    return _bound_to_host(service, "doorstep_session")


def bearer_of(headers: Headers) -> str | None:
    """The bearer token that was sent, if any."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def authenticate(service: Service, request: Request) -> Principal | None:
    """Who is asking, or None. Problem("cross_site") for a change by cookie that did not come from our own pages."""
    bearer = bearer_of(request.headers)
    if bearer is not None:
        return _within_limits(principal_by(service, bearer, "token", "access"), request)
    basic = request.authorization
    if basic is not None and basic.type == "basic" and basic.password:
        found = principal_by(service, basic.password, "access")
        if found is not None:
            return _within_limits(found, request)
    cookie = request.cookies.get(cookie_name(service))
    if not cookie:
        return None
    principal = principal_by(service, cookie, "session", counts=not _refreshes_itself(request))
    if principal is not None:
        g.csrf_token = csrf_token_of(service, cookie)
        if request.method not in SAFE:
            require_same_origin(service, request)
            _require_token(request, g.csrf_token)
    return principal


def _refreshes_itself(request: Request) -> bool:
    """True where a page left open asks for its figures again, twice a minute: that keeps nobody signed in."""
    return request.method in SAFE and request.headers.get("HX-Request") == "true"


def _within_limits(principal: Principal | None, request: Request) -> Principal | None:
    """Problem("forbidden") where an access token asks for more than to read what its permissions name."""
    if principal is not None and principal.limited:
        access = access_of(current_app.view_functions[request.endpoint or ""], request.method)
        if request.method not in SAFE or access is None or not access.permission:
            raise Problem("forbidden", "An access token reads coverage, and does nothing else.")
    return principal


def visitor_token(service: Service, cookie: str) -> str:
    """The CSRF token of a form for somebody who is not signed in, bound to a random cookie of theirs."""
    return csrf_token_of(service, f"visitor\0{cookie}")


def require_visitor(service: Service, request: Request) -> None:
    """Problem("cross_site") where such a form does not come from a page of ours in the same browser."""
    require_same_origin(service, request)
    cookie = request.cookies.get(visitor_cookie_name(service), "")
    _require_token(request, visitor_token(service, cookie) if cookie else "")


def visitor_cookie_name(service: Service) -> str:
    """The name of the cookie that `visitor_token` is bound to."""
    return _bound_to_host(service, "doorstep_visitor")


def half_cookie_name(service: Service) -> str:
    """The name of a half sign-in's cookie, between the password and the second factor."""
    return _bound_to_host(service, "doorstep_half")


def state_cookie_name(service: Service) -> str:
    """The name of the cookie that knows who went to the single sign-on from this browser."""
    return _bound_to_host(service, "doorstep_sso")


def _bound_to_host(service: Service, name: str) -> str:
    return f"__Host-{name}" if service.settings.over_tls else name


def _require_token(request: Request, token: str) -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not token or not hmac.compare_digest(sent.encode(), token.encode()):
        raise Problem(
            "cross_site",
            "Go back, load the page again, and send it once more. Programs send X-CSRF-Token with the csrf_token of "
            "/api/sign-in or /api/me.",
        )


def require_same_origin(service: Service, request: Request) -> None:
    """Problem("cross_site") where the browser says that another site's page sent this."""
    own = {request.host_url.rstrip("/"), _origin(service.settings.public_url)}
    origin = request.headers.get("Origin")
    fetched_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if (origin is not None and origin not in own) or fetched_from not in ("same-origin", "none"):
        raise Problem("cross_site", "This was sent by another site's page.")


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0]}"
