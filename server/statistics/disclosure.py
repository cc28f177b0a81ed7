"""Small numbers never leave the service: counts of 1 to 7 are hidden, the others rounded to 5.

Where a total is shown, a single hidden count could be had by taking away: so more are hidden, the smallest first,
until what is hidden together is neither one count nor a small number.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

SMALLEST_SHOWN = 8
ROUNDED_TO = 5

Shown = int | None


@dataclass(frozen=True)
class Table:
    """A two-way table as it may be shown: None stands for a hidden count. `total` is the sum of all cells."""

    cells: list[list[Shown]]
    row_totals: list[Shown]
    column_totals: list[Shown]
    total: Shown


def whole_quarters(since: date | None, until: date | None) -> tuple[date | None, date | None]:
    """The first and the last day of the quarters of the year that two days fall in; None stays open.

    Counts of periods that differ by a few days would, taken from each other, tell of those days alone.
    """
    first = since and date(since.year, 3 * ((since.month - 1) // 3) + 1, 1)
    if until is None:
        return first, None
    last_month = 3 * ((until.month - 1) // 3) + 3
    return first, date(until.year, last_month, monthrange(until.year, last_month)[1])


def cuts_of(counts: Sequence[int]) -> set[int]:
    """Where counts of quarters that follow one another may be parted: places from 0 to their number.

    Between two neighbouring cuts stands nobody, or more than 7. A period that begins and ends at cuts may be shown:
    with whatever other such periods it is added to or taken from, what is left is made of whole such blocks.
    """
    cuts, left = [0], 0
    for place, count in enumerate(counts, 1):
        left += count
        if not is_small(left):
            cuts.append(place)
            left = 0
    while is_small(left) and len(cuts) > 1:  # the newest few go with the block before them
        last = cuts.pop()
        left += sum(counts[cuts[-1] : last])
    return {*cuts, len(counts)}


def rounded(count: int) -> Shown:
    """One count on its own: None where it is 1 to 7, else the nearest multiple of 5."""
    if count < 0:
        raise ValueError("a count is not below 0")
    return None if is_small(count) else ROUNDED_TO * ((count + ROUNDED_TO // 2) // ROUNDED_TO)


def suppress(counts: Sequence[int]) -> tuple[list[Shown], Shown]:
    """Counts that add up to a total, and the total, as they may be shown."""
    shown: list[Shown] = [rounded(count) for count in counts]
    total = sum(counts)
    if not is_small(total):
        left = sorted((at for at in range(len(counts)) if shown[at]), key=lambda at: (counts[at], at))
        while _gives_away([count for count, one in zip(counts, shown, strict=True) if one is None]) and left:
            shown[left.pop(0)] = None
    return shown, rounded(total)


def suppress_table(cells: Sequence[Sequence[int]]) -> Table:
    """A two-way table with the totals of its rows and columns as it may be shown. Rows are of one length.

    A row (or column) with its total is one sum; the totals themselves make up another with the grand total. In each
    sum none, or several counts adding up to more than 7, are hidden; and no hidden count is the only link between two
    parts of what is hidden (it could be had by adding rows and taking away columns).
    """
    width = len(cells[0]) if cells else 0
    if any(len(row) != width for row in cells):
        raise ValueError("the rows of a table must be of one length")
    full = [[*row, sum(row)] for row in cells]
    full.append([sum(column) for column in zip(*full, strict=True)] if full else [0])
    hidden = {(r, c) for r, row in enumerate(full) for c, count in enumerate(row) if is_small(count)}
    _hide_more(full, hidden)
    shown = [
        [None if (r, c) in hidden else rounded(count) for c, count in enumerate(row)]
        for r, row in enumerate(full)
    ]
    return Table(
        cells=[row[:-1] for row in shown[:-1]],
        row_totals=[row[-1] for row in shown[:-1]],
        column_totals=shown[-1][:-1],
        total=shown[-1][-1],
    )


def is_small(count: int) -> bool:
    """True for a count that is not shown: 1 to 7."""
    return 0 < count < SMALLEST_SHOWN


def _gives_away(hidden: list[int]) -> bool:
    return bool(hidden) and (len(hidden) == 1 or is_small(sum(hidden)))


def _hide_more(full: list[list[int]], hidden: set[tuple[int, int]]) -> None:
    """Add to `hidden` until every line is safe; ends because each turn hides one cell more."""
    lines = [[(r, c) for c in range(len(full[0]))] for r in range(len(full))]
    lines += [[(r, c) for r in range(len(full))] for c in range(len(full[0]))]
    settled = False
    while not settled:
        settled = True
        for line in lines:
            while not _safe(full, hidden, line) and (more := _next_to_hide(full, hidden, line)):
                hidden.add(more)
                settled = False
        lonely = _only_link(hidden)
        if settled and lonely is not None:
            more = _next_to_hide(full, hidden, lines[lonely[0]]) or _next_to_hide(
                full, hidden, lines[len(full) + lonely[1]]
            )
            if more:
                hidden.add(more)
                settled = False


def _safe(full: list[list[int]], hidden: set[tuple[int, int]], line: list[tuple[int, int]]) -> bool:
    """True where a line hides nothing, or cells enough; the total counts as one of the cells it is the sum of."""
    covered = [cell for cell in line if cell in hidden]
    if not covered:
        return True
    *parts, total = line
    small_sum = total not in hidden and is_small(sum(full[r][c] for r, c in parts if (r, c) in hidden))
    return len(covered) > 1 and not small_sum


def _next_to_hide(
    full: list[list[int]], hidden: set[tuple[int, int]], line: list[tuple[int, int]]
) -> tuple[int, int] | None:
    """The shown cell of a line that costs least to hide: the smallest that is not 0, else a 0; a total last."""
    *parts, total = line
    shown = [cell for cell in parts if cell not in hidden]
    if shown:
        return min(shown, key=lambda cell: (full[cell[0]][cell[1]] == 0, full[cell[0]][cell[1]], cell))
    return total if total not in hidden else None


def _only_link(hidden: set[tuple[int, int]]) -> tuple[int, int] | None:
    """A hidden cell whose row and column are joined by no other hidden cells: its count follows from the rest."""
    for cell in sorted(hidden):
        rest = hidden - {cell}
        rows, columns = {cell[0]}, set[int]()
        while True:
            new_columns = {c for r, c in rest if r in rows} - columns
            columns |= new_columns
            new_rows = {r for r, c in rest if c in columns} - rows
            rows |= new_rows
            if not new_columns and not new_rows:
                break
        if cell[1] not in columns:
            return cell
    return None
