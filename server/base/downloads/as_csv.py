"""A sheet as CSV (RFC 4180) in UTF-8, safe to open in a spreadsheet program.

It begins with a byte order mark: without one, Excel reads "Ŵ" as "Å´". A text that a spreadsheet would take for a
formula gets an apostrophe before it. Points become two columns, lon and lat; other geometries are left out.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import IO, Any

from server.base.downloads.sheet import Sheet, local

MIME, EXTENSION = "text/csv; charset=utf-8", "csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(sheet: Sheet, file: IO[bytes]) -> int:
    """Write the sheet; how many rows it had."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    pointed = sheet.geometry == "POINT"
    writer.writerow([column.name for column in sheet.columns] + (["lon", "lat"] if pointed else []))
    many = 0
    for row in sheet.rows:
        cells = [_cell(sheet, value) for value in row[: len(sheet.columns)]]
        if pointed:
            cells += ["", ""] if row[-1] is None else [f"{row[-1].x:.6f}", f"{row[-1].y:.6f}"]
        writer.writerow(cells)
        many += 1
    text.flush()
    text.detach()
    return many


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _cell(sheet: Sheet, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return local(sheet, value)
    return harmless(value) if isinstance(value, str) else str(value)
