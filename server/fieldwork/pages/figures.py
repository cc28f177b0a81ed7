"""Pages of figures: the best time to call, officers and teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import marshmallow as ma
from flask import Response, send_file

from server.base.downloads.make import make
from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Form, Pages, read_query, render, require_understood
from server.fieldwork.activity_views import Asked
from server.fieldwork.answer_rules import LITTLE, SLOT_NAMES
from server.fieldwork.best_time_sheet import best_time_sheet
from server.fieldwork.best_times import read_best_times
from server.fieldwork.choices import Choices, read_choices
from server.fieldwork.figure_charts import cell_steps, visits_by_day, visits_by_slot
from server.fieldwork.teams import SOON, read_officer, read_team
from server.staff.principals import today

pages = Pages("figure_pages", __name__)
BEST_TIME_DAYS, TEAM_DAYS = 365, 28


class FigureQuery(ma.Schema):
    """Which visits: of which campaign (0: all), in which area (none: all), from and to which day."""

    campaign = ma.fields.Integer(validate=ma.validate.Range(0, LARGEST_ID))
    area = ma.fields.String(validate=ma.validate.Length(max=20))
    since = ma.fields.Date(data_key="from", error_messages={"invalid": "Enter a real date."})
    until = ma.fields.Date(data_key="to", error_messages={"invalid": "Enter a real date."})


@dataclass(frozen=True)
class Filter:
    """The filter as asked for, the form it stands in, and what there is to choose from."""

    asked: Asked
    form: Form
    choices: Choices

    @property
    def values(self) -> dict[str, Any]:
        """What the fields of the form show."""
        return {
            "campaign": self.asked.campaign_id,
            "area": self.asked.area or "",
            "from": self.asked.since.isoformat(),
            "to": self.asked.until.isoformat(),
        }


@pages.get("/best-time")
@needs("coverage.read")
def best_time() -> Response:
    """When doors are answered: wards by kinds of slot."""
    found = _filter(BEST_TIME_DAYS)
    times = read_best_times(current_service(), current_principal(), found.asked)
    return render(
        "fieldwork/best_time.html",
        filter=found,
        form=found.form,
        times=times,
        steps=cell_steps([cell.estimate for one in times.wards for cell in one.cells]),
        slots=SLOT_NAMES,
        little=LITTLE,
    )


@pages.get("/best-time.csv")
@needs("coverage.read")
def best_time_file() -> Response:
    """The same as a file."""
    service, found = current_service(), _filter(BEST_TIME_DAYS)
    require_understood(found.form)
    times = read_best_times(service, current_principal(), found.asked)
    made = make(service, best_time_sheet(times, found.asked, service.zone), "csv")
    return send_file(made.file, made.mime, as_attachment=True, download_name=made.name, max_age=0)


@pages.get("/officers")
@needs("visit.read")
def officers() -> Response:
    """Officers by name, and all of them as a team."""
    found = _filter(TEAM_DAYS)
    team = read_team(current_service(), current_principal(), found.asked)
    return render(
        "fieldwork/officers.html",
        filter=found,
        form=found.form,
        team=team,
        by_day=visits_by_day(team.days, found.asked.since, found.asked.until),
        slots=SLOT_NAMES,
        soon=current_service().clock.now() + SOON,
    )


@pages.get("/officers/<int:account_id>")
@needs("visit.read")
def officer(account_id: int) -> Response:
    """One officer's visits by day and slot."""
    found = _filter(TEAM_DAYS)
    one, team = read_officer(current_service(), current_principal(), account_id, found.asked)
    return render(
        "fieldwork/officer.html",
        filter=found,
        form=found.form,
        officer=one,
        team=team,
        by_day=visits_by_day(team.days, found.asked.since, found.asked.until),
        by_slot=visits_by_slot(one.counted),
        slots=SLOT_NAMES,
        soon=current_service().clock.now() + SOON,
    )


def _filter(days: int) -> Filter:
    """What is asked for, by default all campaigns and areas in the last days up to today."""
    service = current_service()
    form = read_query(FigureQuery())
    last: date = form.values.get("until", today(service))
    first: date = form.values.get("since", last - timedelta(days=days - 1))
    if first > last:
        form.errors["from"] = "The first day is after the last one."
        first = last - timedelta(days=days - 1)
    asked = Asked(first, last, form.values.get("campaign", 0), form.values.get("area") or None)
    return Filter(asked, form, read_choices(service, current_principal()))
