"""A guide for each role, task by task, and how to practise."""

from __future__ import annotations

from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import Pages, render
from server.base.problems import Problem
from server.staff.roles import WORDS

pages = Pages("guide_pages", __name__)
GUIDES = ("officer", "coordinator", "supervisor", "analyst", "administrator")


@pages.get("/guides")
@needs("")
def guides() -> Response:
    """The guides, one's own first."""
    roles = current_principal().roles
    ordered = sorted(GUIDES, key=lambda role: role not in roles)
    return render(
        "web/guides.html",
        guides=[(role, *WORDS[role], role in roles) for role in ordered],
        is_practice=bool(current_service().settings.practice),
    )


@pages.get("/guides/practice")
@needs("")
def practice() -> Response:
    """How to try everything on invented data."""
    return render("web/guides/practice.html", is_practice=bool(current_service().settings.practice))


@pages.get("/guides/<role>")
@needs("")
def guide(role: str) -> Response:
    """The guide for a role."""
    if role not in GUIDES:
        raise Problem("not_found", f"There are guides for: {', '.join(GUIDES)}.")
    return render(f"web/guides/{role}.html", role=WORDS[role][0], own=role in current_principal().roles)
