"""A member of staff at the console, without a browser: pages by Flask's client, forms filled in and sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from server.base.service import Service
from tests.factories.app import create_application
from tests.factories.staff import PASSWORD

MOST_QUERIES = 15
QUERY = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)


class Page:
    """An answer that was shown, and how many queries it took."""

    def __init__(self, response: TestResponse, queries: int) -> None:
        self.response, self.queries = response, queries
        self.status = response.status_code
        self.html = BeautifulSoup(response.text if response.mimetype == "text/html" else "", "html.parser")

    @property
    def text(self) -> str:
        """What a person reads in the page's middle, spaces made one."""
        return " ".join((self.html.main or self.html).get_text(" ").split())

    @property
    def title(self) -> str:
        """The title of the first rank."""
        return " ".join(self.one("h1").get_text(" ").split())

    @property
    def notice(self) -> str:
        """What the page says was done."""
        found = self.html.select_one(".govuk-notification-banner__content")
        return " ".join(found.get_text(" ").split()) if found else ""

    @property
    def errors(self) -> list[str]:
        """The sentences of the error summary."""
        return [one.get_text(" ", strip=True) for one in self.html.select(".govuk-error-summary li")]

    def one(self, selector: str) -> Tag:
        """The only element that fits; AssertionError otherwise."""
        found = self.html.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector} on: {self.text[:300]}"
        return found[0]

    def link(self, words: str) -> str:
        """Where the link of these words leads."""
        found = [a for a in self.html.select("a[href]") if " ".join(a.get_text(" ").split()) == words]
        assert found, f"no link {words!r} on: {self.text[:300]}"
        return str(found[0]["href"])

    def form(self, button: str) -> Tag:
        """The form with the button of these words."""
        for one in self.html.select("form"):
            if any(" ".join(b.get_text(" ").split()) == button for b in one.select("button")):
                return one
        raise AssertionError(f"no form with the button {button!r} on: {self.text[:300]}")


class Desk:
    """One browser's worth of cookies. Every page is held to what all pages must hold: few queries, nothing inline."""

    def __init__(
        self, service: Service, username: str = "", *, app: Flask | None = None, password: str = PASSWORD
    ) -> None:
        self.service = service
        self.client = (app or create_application(service)).test_client()
        if username:
            page = self.submit(self.get("/console/sign-in"), "Sign in", username=username, password=password)
            assert page.status == 200, page.text

    def get(self, path: str, **options: Any) -> Page:
        """The page at a path, after redirects."""
        return self._open("GET", path, **options)

    def post(self, path: str, data: dict[str, Any], **options: Any) -> Page:
        """What a form's POST leads to, after redirects; the caller gives the token along or not."""
        return self._open("POST", path, data=data, **options)

    def submit(self, page: Page, button: str, **typed: Any) -> Page:
        """Fill in the form with this button over what stands there, and press it. None leaves a field out."""
        form = page.form(button)
        fields = {name: value for name, value in (standing(form) | typed).items() if value is not None}
        for pressed in form.select("button[name]"):
            if " ".join(pressed.get_text(" ").split()) == button:
                fields[str(pressed["name"])] = str(pressed.get("value", ""))
        path = urljoin(page.response.request.path, str(form.get("action") or page.response.request.path))
        if str(form.get("method", "get")).lower() == "post":
            return self.post(path, fields)
        return self.get(path, query_string=fields)

    def _open(self, method: str, path: str, **options: Any) -> Page:
        with counted(self.service) as queries:
            response = self.client.open(path, method=method, **options)
        made = len(queries)
        while response.status_code in (302, 303) and options.pop("follow", True):
            with counted(self.service) as queries:
                response = self.client.get(urljoin(response.request.path, response.headers["Location"]))
            made = len(queries)
            method = "GET"
        page = Page(response, made)
        if method == "GET" and response.mimetype == "text/html":
            assert made <= MOST_QUERIES, f"{path} took {made} queries:\n" + "\n".join(queries)
        require_clean(page)
        return page


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if QUERY.match(statement):
            sent.append(" ".join(statement.split())[:200])

    event.listen(service.db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(service.db.engine, "before_cursor_execute", note)


def standing(form: Tag) -> dict[str, Any]:
    """What a form would send as it stands, names to a text or a list of texts."""
    found: dict[str, Any] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        name = str(one["name"])
        if one.name == "select":
            options = one.select("option[selected]") or one.select("option")[:1]
            for option in options:
                _add(found, name, str(option.get("value", option.get_text())))
        elif one.name == "textarea":
            _add(found, name, one.get_text().removeprefix("\n"))
        elif one.get("type") in ("checkbox", "radio"):
            if one.has_attr("checked"):
                _add(found, name, str(one.get("value", "on")))
        elif one.get("type") not in ("submit", "button", "file"):
            _add(found, name, str(one.get("value", "")))
    return found


def _add(found: dict[str, Any], name: str, text: str) -> None:
    if name in found:
        before = found[name] if isinstance(found[name], list) else [found[name]]
        found[name] = [*before, text]
    else:
        found[name] = text


def require_clean(page: Page) -> None:
    """A page has one title, and nothing that its content security policy forbids."""
    if page.response.mimetype != "text/html" or "<html" not in page.response.text:
        return
    policy = page.response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert len(page.html.select("h1")) == 1, (
        f"{len(page.html.select('h1'))} titles on {page.response.request.path}"
    )
    assert not page.html.select("[style]"), page.html.select("[style]")[:2]
    assert not [one for one in page.html.select("script") if not one.get("src")]
    assert not page.html.select("style")
    handlers = [name for one in page.html.select("*") for name in one.attrs if name.startswith("on")]
    assert not handlers, handlers
    for form in page.html.select("form[method=post]"):
        assert form.select_one("input[name=csrf_token]"), f"a form without a token: {form.get('action')}"
