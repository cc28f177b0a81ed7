"""Charts as inline SVG, made on the server: pure functions of plain numbers, safe under a strict CSP.

Each gives a `Chart`: the drawing, which says in words what it shows, and the same figures as a table to put beside it.
Colours are presentation attributes (no style attribute, no script): a stylesheet may change them by class, paper and
PDF need none. Series differ in lightness as well as in hue. Labels are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from markupsafe import Markup, escape

COLOURS = (
    "#5694ca",
    "#003078",
    "#f47738",
    "#00703c",
    "#4c2c92",
)  # each 3 : 1 against white, apart in lightness
STEPS = (
    "#f3f2f1",
    "#d2e2f1",
    "#a8c8e6",
    "#6ba3d6",
    "#2b73b5",
    "#003078",
)  # of a heat table: from least to most
DARK_FROM = 4  # from this step on, text in a cell is white
WIDTH = 480.0  # of the drawing's own units: text stays readable at 360 pixels
TEXT = 12.0
MOST_LABELS = 6  # under the horizontal axis
LEAST_SLOT = 50.0  # where a label can stand under the middle of its bar, also the first
FONTS = "Arial, Helvetica, Libertinus Serif, sans-serif"  # the third is the one that PDF documents have
INK, LINE = "#0b0c0c", "#b1b4b6"


@dataclass(frozen=True)
class Series:
    """Numbers, one for each label; None where there is none. `colour` is a place in COLOURS."""

    name: str
    values: Sequence[float | None]
    colour: int = 0


@dataclass(frozen=True)
class Cell:
    """One cell of a heat table: its text, how strong it is (0 to 1; None: not known), and smaller text below."""

    text: str
    strength: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing, and its figures as a table: `head` names the columns, the first cell of a row is its label."""

    title: str
    svg: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def bars(
    title: str, labels: Sequence[str], series: Sequence[Series], *, about: str = "", first: str = "Week"
) -> Chart:
    """Upright bars, those of one label beside each other. `first` heads the labels' column of the table.

    Raises ValueError where a series has not one value for each label.
    """
    frame = _Frame(title, labels, series)
    slot = frame.across / max(len(labels), 1)
    width = slot * 0.8 / max(len(series), 1)
    parts = []
    for place, one in enumerate(series):
        for number, value in enumerate(one.values):
            if value:
                left = frame.left + number * slot + slot * 0.1 + place * width
                parts.append(_rect(left, frame.y(value), width, frame.floor - frame.y(value), one.colour))
    return frame.chart(parts, about, first)


def lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    shares: bool = False,
    about: str = "",
    first: str = "Week",
) -> Chart:
    """Lines through the values, broken where there is none. With `shares` values are 0 to 1 and told in per cent."""
    frame = _Frame(title, labels, series, shares=shares)
    slot = frame.across / max(len(labels), 1)
    parts = []
    for one in series:
        for stretch in _stretches(one.values):
            points = [(frame.left + (n + 0.5) * slot, frame.y(value)) for n, value in stretch]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            paint = COLOURS[one.colour % len(COLOURS)]
            kind = f'class="chart-line-{one.colour}"'
            parts.append(f'<polyline {kind} points="{path}" fill="none" stroke="{paint}" stroke-width="3"/>')
            x, y = points[-1]
            parts.append(f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{paint}"/>')
    return frame.chart(parts, about, first)


def multiples(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    shares: bool = False,
    about: str = "",
    first: str = "",
) -> Chart:
    """Small charts of bars, one for each series, three in a row, all to one scale, so that shapes compare."""
    _require_same_length(labels, series)
    columns, wide, high = 3, WIDTH / 3, 84.0
    top = _ticks(max((v for one in series for v in one.values if v is not None), default=0.0), shares)[-1]
    parts = []
    for place, one in enumerate(series):
        left, above = place % columns * wide, place // columns * high
        step = (wide - 12) / max(len(labels), 1)
        parts.append(_text(left, above + TEXT, one.name, weight="bold"))
        floor, room = above + high - 10, high - 34
        parts.append(_rule(left, floor, left + wide - 12, floor))
        for number, value in enumerate(one.values):
            if value:
                tall = room * value / top
                parts.append(_rect(left + number * step, floor - tall, step * 0.8, tall, one.colour))
    height = high * max(1, math.ceil(len(series) / columns))
    table = _table(labels, series, shares)
    return Chart(title, _svg(title, about, height, parts), (first, *(one.name for one in series)), table)


def heat(
    title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]], *, about: str = ""
) -> Chart:
    """Cells in rows, the stronger the darker, the number in each. For paper; on a page use a table and `heat_step`."""
    label = 130.0
    wide = (WIDTH - label) / max(len(columns), 1)
    high, top = 34.0, 30.0
    parts = [
        _text(label + (n + 0.5) * wide, TEXT + 6, name, anchor="middle", weight="bold", size=10)
        for n, name in enumerate(columns)
    ]
    for place, (name, cells) in enumerate(rows):
        above = top + place * high
        parts.append(_text(0, above + high / 2 + 4, name))
        for number, cell in enumerate(cells):
            left, step = label + number * wide, heat_step(cell.strength)
            paint = "none" if step is None else STEPS[step]
            parts.append(
                f'<rect x="{left:.1f}" y="{above:.1f}" width="{wide - 2:.1f}" height="{high - 2:.1f}" '
                f'fill="{paint}" stroke="{LINE}"/>'
            )
            ink = "#ffffff" if step is not None and step >= DARK_FROM else INK
            middle = left + wide / 2 - 1
            raised = 15 if cell.note else high / 2 + 4
            parts.append(_text(middle, above + raised, cell.text, anchor="middle", ink=ink))
            if cell.note:
                parts.append(_text(middle, above + 27, cell.note, anchor="middle", ink=ink, size=9))
    told = tuple((name, *(_cell_words(cell) for cell in cells)) for name, cells in rows)
    return Chart(title, _svg(title, about, top + high * len(rows), parts), ("", *columns), told)


def share_bar(title: str, parts: Sequence[tuple[str, int]], whole: int) -> Chart:
    """One lying bar: parts of a whole, in the order of COLOURS, and what is left of it."""
    drawn = [f'<rect x="0" y="0" width="{WIDTH:.0f}" height="24" fill="#f3f2f1" stroke="{LINE}"/>']
    left = 0.0
    for place, (_, value) in enumerate(parts):
        width = WIDTH * value / whole if whole else 0.0
        drawn.append(_rect(left, 0, width, 24, place))
        left += width
    drawn += _legend([Series(name, (), place) for place, (name, _) in enumerate(parts)], 44)
    rows = tuple((name, number(value), percent(value / whole) if whole else "") for name, value in parts)
    said = ", ".join(f"{name} {number(value)} of {number(whole)}" for name, value in parts)
    return Chart(title, _svg(title, said, 52, drawn), ("", "Houses", "Share"), rows)


def heat_step(strength: float | None) -> int | None:
    """Which of STEPS a strength of 0 to 1 is painted with: for a class of a table's cell. None stays None."""
    if strength is None:
        return None
    return min(int(min(max(strength, 0.0), 1.0) * len(STEPS)), len(STEPS) - 1)


def number(value: float | None) -> str:
    """A number as people read it: 1,204; 3.5; nothing for None."""
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(value: float | None) -> str:
    """A share of 0 to 1 as people read it: 31 %; nothing for None."""
    return "" if value is None else f"{100 * value:.0f} %"


class _Frame:
    """Axes, labels and legend around what bars or lines draw."""

    def __init__(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, shares: bool = False
    ) -> None:
        _require_same_length(labels, series)
        self.title, self.labels, self.series, self.shares = title, labels, series, shares
        self.ticks = _ticks(
            max((v for one in series for v in one.values if v is not None), default=0.0), shares
        )
        self.words = [percent(tick) if shares else number(tick) for tick in self.ticks]
        self.left = 10 + 7.0 * max(len(words) for words in self.words)
        self.across = WIDTH - self.left - 4
        self.top, self.floor = 30.0, 200.0

    def y(self, value: float) -> float:
        """How far down a value lies."""
        return self.floor - (self.floor - self.top) * value / self.ticks[-1]

    def chart(self, drawn: Sequence[str], about: str, first: str) -> Chart:
        """The whole, with its table."""
        parts = [*_legend(self.series, TEXT), *self._axes(), *drawn]
        parts.append(_rule(self.left, self.floor, WIDTH, self.floor, INK))
        head = (first, *(one.name for one in self.series))
        rows = _table(self.labels, self.series, self.shares)
        return Chart(self.title, _svg(self.title, about or self._said(), 224, parts), head, rows)

    def _axes(self) -> Iterator[str]:
        for tick, words in zip(self.ticks, self.words, strict=True):
            y = self.y(tick)
            yield _rule(self.left, y, WIDTH, y)
            yield _text(self.left - 6, y + 4, words, anchor="end")
        slot = self.across / max(len(self.labels), 1)
        every = max(1, math.ceil(len(self.labels) / MOST_LABELS))
        for place in range(0, len(self.labels), every):
            narrow, last = slot < LEAST_SLOT, place == len(self.labels) - 1
            anchor = "start" if narrow and place == 0 else "end" if narrow and last else "middle"
            yield _text(self.left + (place + 0.5) * slot, self.floor + 17, self.labels[place], anchor=anchor)

    def _said(self) -> str:
        """What is seen, in words: for each series its last value."""
        last = []
        for one in self.series:
            known = [value for value in one.values if value is not None]
            if known:
                last.append(
                    f"{one.name}: {percent(known[-1]) if self.shares else number(known[-1])} at the end"
                )
        return "; ".join(last)


def _require_same_length(labels: Sequence[str], series: Sequence[Series]) -> None:
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("a series has one value for each label")


def _ticks(most: float, shares: bool) -> list[float]:
    """Round numbers from 0 to at least the largest value, at most six; shares end at 100 % or before."""
    if shares:
        top = next((top for top in (0.1, 0.2, 0.5, 1.0) if most <= top), most)
        return (
            [top * part / 4 for part in range(5)]
            if top in (0.2, 1.0)
            else [top * part / 5 for part in range(6)]
        )
    if most <= 4:
        return [0.0, 1.0, 2.0, 3.0, 4.0]
    size = 10.0 ** math.floor(math.log10(most / 4))
    step = next(
        times * size for times in (1, 2, 2.5, 5, 10) if times * size * 4 >= most and _whole(times * size)
    )
    return [step * part for part in range(math.ceil(most / step) + 1)]


def _whole(step: float) -> bool:
    return step >= 1 and float(step).is_integer()


def _stretches(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Runs of values that are there, with their places."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _table(labels: Sequence[str], series: Sequence[Series], shares: bool) -> tuple[tuple[str, ...], ...]:
    told = percent if shares else number
    return tuple((label, *(told(one.values[place]) for one in series)) for place, label in enumerate(labels))


def _cell_words(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text


def _legend(series: Sequence[Series], y: float) -> Iterator[str]:
    x = 0.0
    for one in series:
        yield _rect(x, y - 10, 12, 12, one.colour)
        yield _text(x + 17, y, one.name)
        x += 34 + 6.6 * len(one.name)


def _svg(title: str, about: str, height: float, parts: Sequence[str]) -> Markup:
    key = f"chart-{crc32(f'{title}|{about}'.encode()):08x}"
    return Markup(  # noqa: S704 - every text in it is escaped where it is put in
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        f'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(about)}</desc>{"".join(parts)}</svg>'
    )


def _rect(x: float, y: float, width: float, height: float, colour: int) -> str:
    paint = COLOURS[colour % len(COLOURS)]
    return (
        f'<rect class="chart-{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{paint}"/>'
    )


def _rule(x1: float, y1: float, x2: float, y2: float, ink: str = LINE) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{ink}"/>'


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    ink: str = INK,
    size: float = TEXT,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" font-family="{FONTS}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'
    )
