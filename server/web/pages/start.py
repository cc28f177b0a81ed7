"""The console's start page and what all of its pages load."""

from __future__ import annotations

from flask import Response

from server.base.http import current_principal, current_service, needs, public
from server.base.pages import Pages, render
from server.base.problems import Problem
from server.staff.roles import WORDS
from server.web import built_files
from server.web.built_files import ASK_AGAIN, BUILT, FOR_EVER
from server.web.home import tasks_of
from server.web.pages.guides import GUIDES

pages = Pages("console", __name__)


@pages.get("", strict_slashes=False)
@needs("")
def home() -> Response:
    """Where somebody who has signed in begins."""
    service, principal = current_service(), current_principal()
    guides = [(role, WORDS[role][0]) for role in GUIDES if role in principal.roles]
    return render("console/home.html", tasks=tasks_of(service, principal), guides=guides)


@pages.get("/assets/<path:name>")
@public
def asset(name: str) -> Response:
    """A stylesheet or script that `make console` built."""
    path = built_files.find(BUILT / "console", name)
    if path is None:
        raise Problem(
            "not_found", "The console has no such file: run `make console`, or load the page again."
        )
    return built_files.answer(path, FOR_EVER if name.startswith("hashed/") else ASK_AGAIN)
