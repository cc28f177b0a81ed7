"""Coverage to take away, and where programs that draw maps read it from."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, send_file
from werkzeug import Response as WerkzeugResponse

from server.base.downloads.make import FORMS
from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Pages, read_query, render, require_understood
from server.base.problems import Problem
from server.fieldwork.download import KINDS, download_coverage
from server.fieldwork.map_tiles import may_see_houses

pages = Pages("download_pages", __name__)
WORDS = {"csv": "CSV", "geojson": "GeoJSON", "gpkg": "GeoPackage"}


class DownloadQuery(ma.Schema):
    """Which campaign's figures (0: all together), and of which area only."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    area = ma.fields.String(load_default="", validate=ma.validate.Regexp(r"[A-Za-z0-9]{0,12}\Z"))


@pages.get("/downloads")
@needs("coverage.read")
def downloads() -> Response:
    """What there is to take away."""
    query = read_query(DownloadQuery()).values
    kinds = {
        name: kind for name, kind in KINDS.items() if name != "houses" or may_see_houses(current_principal())
    }
    address = f"{current_service().settings.public_url.rstrip('/')}/api/ogc"
    return render("fieldwork/downloads.html", kinds=kinds, forms=WORDS, query=query, address=address)


@pages.get("/downloads/coverage/<what>.<form>")
@needs("coverage.read")
def coverage(what: str, form: str) -> WerkzeugResponse:
    """A file."""
    if what not in KINDS or form not in FORMS:
        raise Problem("not_found", "There is no such download.")
    query = require_understood(read_query(DownloadQuery())).values
    made = download_coverage(
        current_service(),
        current_principal(),
        what,
        form,
        campaign_id=query["campaign"],
        area=query["area"],
    )
    return send_file(made.file, mimetype=made.mime, as_attachment=True, download_name=made.name, etag=False)
