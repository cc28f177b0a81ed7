"""A campaign's progress report, on paper."""

from __future__ import annotations

from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import Pages
from server.fieldwork.progress import read_progress
from server.fieldwork.progress_paper import progress_pdf

pages = Pages("progress_pages", __name__)


@pages.get("/campaigns/<int:campaign_id>/report.pdf")
@needs("coverage.read")
def report(campaign_id: int) -> Response:
    """The report as a PDF document: as it stands, or as it stood when the campaign was archived."""
    service = current_service()
    found = read_progress(service, current_principal(), campaign_id)
    made = progress_pdf(found, force=service.settings.force_name, zone=service.zone, at=service.clock.now())
    response = Response(made, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{campaign_id}-progress.pdf"'
    return response
