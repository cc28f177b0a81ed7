"""The page that whoever opens the service's address finds."""

from __future__ import annotations

from flask import Blueprint, render_template

from server.base.http import public

blueprint = Blueprint("pages", __name__, template_folder="../templates")


@blueprint.get("/")
@public
def front_door() -> str:
    """Ways on: the phone app for officers, the check of an officer for residents, the API's pages for developers."""
    return render_template("front_door.html")
