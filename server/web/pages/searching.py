"""Search: streets, houses, areas and campaigns. By POST, so that whatever somebody types stands in no address."""

from __future__ import annotations

import marshmallow as ma
from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Pages, read_form, render
from server.web.search import MOST, search

pages = Pages("search_pages", __name__)


class SearchForm(ma.Schema):
    """The words to search."""

    words = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=100, error="Use fewer words."),
        error_messages={"required": "Type a street, a postcode, a house or a UPRN."},
    )


@pages.get("/search")
@needs("geography.read")
def form() -> Response:
    """The form."""
    return render("web/search.html", form=EMPTY, results=None, most=MOST)


@pages.post("/search")
@needs("geography.read")
def find() -> Response:
    """What was found."""
    typed = read_form(SearchForm())
    results = None
    if typed.ok:
        results = search(current_service(), current_principal(), typed.values["words"])
        if results.wanted.nothing:
            typed.errors["words"] = "Type two letters or more."
    return render("web/search.html", 200 if typed.ok else 422, form=typed, results=results, most=MOST)
