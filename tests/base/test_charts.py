"""Charts: well-formed, said in words, to scale, without anything that a strict CSP forbids."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from server.base.charts import Cell, Chart, Series, bars, heat, heat_step, lines, multiples, share_bar

SVG = "{http://www.w3.org/2000/svg}"
WEEKS = ["2 Mar", "9 Mar", "16 Mar"]
VISITS = Series("Visits <at doors>", [10, 0, 40])
CHARTS = [
    bars("Visits by week", WEEKS, [VISITS, Series("Contacts", [5, None, 20], 1)]),
    bars("Nothing yet", [], [Series("Visits", [])]),
    lines("Called at", WEEKS, [Series("Share", [0.1, None, 1.0])], shares=True),
    multiples("By officer", WEEKS, [VISITS, Series("B", [1, 2, 3])]),
    heat("Best time", ["Morning", "Evening"], [("Ward & co", [Cell("31 %", 0.31, "of 12"), Cell("–")])]),
    share_bar("Houses", [("Contacted", 30), ("Refused", 20)], 100),
    share_bar("No houses", [("Contacted", 0)], 0),
]


def bars_of(chart: Chart, kind: str) -> list[float]:
    """The heights of the bars of a series, without the legend's."""
    root = ElementTree.fromstring(chart.svg)
    return [float(one.get("height", "")) for one in root.iter(f"{SVG}rect") if one.get("class") == kind][1:]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_chart_is_one_image_with_a_name_and_nothing_a_strict_csp_forbids(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    assert root.get("role") == "img"
    said = (root.get("aria-labelledby") or "").split()
    assert [
        one.get("id") for one in (root.find(f"{SVG}title"), root.find(f"{SVG}desc")) if one is not None
    ] == said
    for one in root.iter():
        assert not {name for name in one.keys() if name == "style" or name.startswith("on")}  # noqa: SIM118
        assert one.tag.removeprefix(SVG) not in ("style", "script", "foreignObject")
    assert all(len(row) == len(chart.head) for row in chart.rows)


def test_bars_are_to_scale() -> None:
    assert bars_of(CHARTS[0], "chart-0") == pytest.approx([42.5, 170.0])
    assert bars_of(CHARTS[0], "chart-1") == pytest.approx([21.2, 85.0], abs=0.1)


def test_the_table_beside_says_the_same_figures() -> None:
    assert CHARTS[0].head == ("Week", "Visits <at doors>", "Contacts")
    assert CHARTS[0].rows == (("2 Mar", "10", "5"), ("9 Mar", "0", ""), ("16 Mar", "40", "20"))
    assert CHARTS[2].rows == (("2 Mar", "10 %"), ("9 Mar", ""), ("16 Mar", "100 %"))
    assert CHARTS[4].rows == (("Ward & co", "31 % (of 12)", "–"),)


def test_a_line_breaks_where_a_value_is_missing() -> None:
    root = ElementTree.fromstring(CHARTS[2].svg)
    assert len(list(root.iter(f"{SVG}polyline"))) == 2


def test_a_heat_step_is_known_for_every_strength() -> None:
    assert [heat_step(one) for one in (None, -1.0, 0.0, 0.5, 1.0, 2.0)] == [None, 0, 0, 3, 5, 5]


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one value for each label"):
        bars("Wrong", WEEKS, [Series("Visits", [1])])
