"""A campaign's progress as a PDF document: what the template is given, in words. Nothing in it tells of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.base.charts import Cell, Series, bars, heat, lines, number, percent
from server.base.pdf import make_pdf
from server.fieldwork.answer_rules import SHORT_SLOT_NAMES, BySlot
from server.fieldwork.area_map import MapArea, area_map
from server.fieldwork.best_times import WardTimes
from server.fieldwork.progress import Progress, WardProgress, WeekProgress
from sync.slots import KINDS

TEMPLATE = Path(__file__).parent / "templates" / "fieldwork" / "progress.typ"
MOST_WEEKS = 26  # drawn, the last ones; the table has as many
WARDS_A_CHART = 14
FIGURES = (
    ("Houses", "premises", ""),
    ("To call on", "eligible", "premises"),
    ("Visited", "visited", "eligible"),
    ("Informed", "informed", "eligible"),
    ("Contacted", "contacted", "eligible"),
    ("Registered", "registered", "eligible"),
    ("Refused", "refused", "eligible"),
    ("Outstanding", "outstanding", "eligible"),
)


def progress_pdf(progress: Progress, *, force: str, zone: ZoneInfo, at: datetime) -> bytes:
    """The document, dated `at`; times are told in the force's zone."""
    return make_pdf(TEMPLATE, progress_content(progress, force=force, zone=zone, at=at), at=at)


def progress_content(progress: Progress, *, force: str, zone: ZoneInfo, at: datetime) -> dict[str, Any]:
    """What the template is given: texts and drawings alone."""
    weeks = progress.weeks[-MOST_WEEKS:]
    return {
        "title": f"{progress.name}: progress report",
        "mark": f"{force} · {progress.name} · made {_moment(at, zone)}",
        "about": _about(progress, zone),
        "purpose": progress.purpose,
        "figures": [
            [label, number(progress.total[name]), _share(progress.total, name, of)]
            for label, name, of in FIGURES
        ],
        "map": _map(progress),
        "wards": [_ward(place, ward) for place, ward in enumerate(progress.wards, 1)],
        "weeks": [_week(week) for week in weeks],
        "week_charts": _week_charts(weeks, progress.total["eligible"], _before(progress.weeks)),
        "time_charts": _time_charts(progress.times.wards, progress.times.together),
        "tries": number(progress.times.together.total.tries),
    }


def _about(progress: Progress, zone: ZoneInfo) -> list[str]:
    runs = f"The campaign runs from {_day(progress.starts_on)} to {_day(progress.ends_on)}."
    if progress.state != "archived":
        told = f"This is how it stood on {_moment(progress.as_of, zone)}."
        return [runs, told, "Visits that phones have not sent yet are not in it."]
    late = "No visit has" if not progress.since else "1 visit has" if progress.since == 1 else None
    late = late or f"{number(progress.since)} visits have"
    return [
        runs,
        f"It was archived on {_moment(progress.as_of, zone)}; houses are told as they stood then.",
        f"{late} come in since.",
    ]


def _share(counters: dict[str, int], name: str, of: str) -> str:
    return percent(counters[name] / counters[of]) if of and counters[of] else ""


def _visited(ward: WardProgress) -> float | None:
    eligible = ward.counters["eligible"]
    return ward.counters["visited"] / eligible if eligible else None


def _map(progress: Progress) -> dict[str, str] | None:
    areas = [
        MapArea(place, ward.shape, _visited(ward))
        for place, ward in enumerate(progress.wards, 1)
        if ward.shape is not None
    ]
    says = (
        f"A map of {len(areas)} wards, the darker the more of their houses were visited. "
        "The table of wards has the numbers."
    )
    svg = area_map("Houses visited, by ward", areas, about=says)
    return None if svg is None else {"svg": str(svg), "says": says}


def _ward(place: int, ward: WardProgress) -> list[str]:
    shown = ("eligible", "visited", "contacted", "registered", "refused", "outstanding")
    return [
        str(place),
        ward.name,
        *(number(ward.counters[name]) for name in shown),
        percent(_visited(ward)),
    ]


def _week(week: WeekProgress) -> list[str]:
    return [
        _day(week.starts),
        number(week.tally.visits),
        number(week.first_visits),
        number(week.tally.answers),
        percent(week.tally.rate),
        number(week.registrations),
    ]


def _before(weeks: Sequence[WeekProgress]) -> int:
    """Houses that had been visited before the weeks that are shown."""
    return sum(week.first_visits for week in weeks[:-MOST_WEEKS])


def _week_charts(weeks: Sequence[WeekProgress], eligible: int, reached: int) -> list[dict[str, str]]:
    if not weeks:
        return []
    labels = [f"{week.starts.day} {week.starts:%b}" for week in weeks]
    shares = []
    for week in weeks:
        reached += week.first_visits
        shares.append(min(reached / eligible, 1.0) if eligible else None)
    charts = [
        bars(
            "Visits and answers by week",
            labels,
            [
                Series("Visits", [week.tally.visits for week in weeks], 0),
                Series("Answered", [week.tally.answers for week in weeks], 1),
            ],
        ),
        lines("Share of houses visited", labels, [Series("Houses visited", shares, 1)], shares=True),
    ]
    return [_drawn(chart.title, str(chart.svg), "The table below has the numbers.") for chart in charts]


def _time_charts(wards: Sequence[WardTimes], together: BySlot) -> list[dict[str, str]]:
    """Heat tables of WARDS_A_CHART wards each, after a row of all together."""
    if not wards:
        return []
    rows = [("All together", [_own_cell(together, kind) for kind in KINDS])]
    rows += [(_short(one.ward.name), _cells(one)) for one in wards]
    most = max((cell.strength or 0.0 for _, cells in rows for cell in cells), default=0.0) or 1.0
    rows = [(name, [_scaled(cell, most) for cell in cells]) for name, cells in rows]
    charts = []
    for start in range(0, len(rows), WARDS_A_CHART):
        part = rows[start : start + WARDS_A_CHART]
        chart = heat("When doors are answered", [SHORT_SLOT_NAMES[kind] for kind in KINDS], part)
        said = "; ".join(f"{row[0]}: {', '.join(row[1:])}" for row in chart.rows)
        charts.append(_drawn(chart.title, str(chart.svg), said))
    return charts


def _own_cell(counted: BySlot, kind: str) -> Cell:
    tally = counted.slots[kind]
    return Cell(percent(tally.rate) or "–", tally.rate, _tries(tally.tries))


def _tries(many: int) -> str:
    return "no tries" if not many else "1 try" if many == 1 else f"{number(many)} tries"


def _cells(one: WardTimes) -> list[Cell]:
    return [
        Cell(
            ("▲ " if cell.better else "") + (percent(cell.estimate) or "–"),
            cell.estimate,
            _tries(cell.tally.tries),
        )
        for cell in one.cells
    ]


def _scaled(cell: Cell, most: float) -> Cell:
    return Cell(cell.text, None if cell.strength is None else cell.strength / most, cell.note)


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"


def _drawn(title: str, svg: str, says: str) -> dict[str, str]:
    return {"title": title, "svg": svg, "says": f"{title}. {says}"}


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{_day(local.date())}, {local:%H:%M}"
