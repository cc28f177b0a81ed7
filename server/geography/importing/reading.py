"""Reads the files that importers take: plain or .gz, with a header that is known by its names.

What is wrong with a whole file is a Problem that says what to do, before anything is written. What is wrong with a
line is a reject with its line number.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from server.base.problems import Problem
from server.geography.importing.report import Progress, Rejects

CHUNK_BYTES = 1 << 20
MOST_FIELD_CHARACTERS = 20_000
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BINARY_KINDS = {
    b"PK\x03\x04": "a ZIP archive (or a spreadsheet): unpack it, or save it as CSV",
    b"SQLite format 3": "a GeoPackage or SQLite file: download the CSV or GeoJSON instead",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet: save it as CSV",
    b"%PDF": "a PDF",
    b"<?xml": "XML: download the CSV or GeoJSON instead",
    b"<gml": "GML: download the CSV or GeoJSON instead",
}

Row = list[str]


@dataclass(frozen=True)
class Line:
    """One row of a CSV file: where it stands and its fields."""

    number: int
    fields: Row


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read, and its SHA-256."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._file = path.open("rb")
        self._total = path.stat().st_size
        self._done = 0
        self._told = 0
        self._name = path.name
        self._progress = progress
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = self._file.readinto(buffer)
        self.sha256.update(buffer[:read])
        self._done += read
        if self._done - self._told >= CHUNK_BYTES or not read:
            self._told = self._done
            self._progress(f"reading {self._name}", self._done, self._total)
        return read

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def open_file(path: Path, progress: Progress) -> Iterator[tuple[IO[bytes], Callable[[], str]]]:
    """The bytes of a file, unpacked if it ends in .gz, and a function that gives its SHA-256 (hex) once read.

    Raises Problem for a file that is not there, is empty, is of another kind, or is a damaged .gz.
    """
    if not path.is_file():
        raise Problem("not_found", f"There is no file {path.name}: check the path.")
    with _Counted(path, progress) as raw, io.BufferedReader(raw, CHUNK_BYTES) as buffered:
        packed = path.suffix == ".gz"
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=buffered) if packed else buffered)
        try:
            _refuse_other_kinds(path, stream)
            yield stream, raw.sha256.hexdigest
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise Problem("bad_request", f"{path.name} is a damaged .gz file: fetch it again.") from error


def _refuse_other_kinds(path: Path, stream: IO[bytes]) -> None:
    start = stream.peek(32)[:32]  # type: ignore[attr-defined]
    if not start.strip():
        raise Problem("bad_request", f"{path.name} is empty.")
    if start.startswith(UTF16_MARKS):
        raise Problem("bad_request", f"{path.name} is in UTF-16: save it as UTF-8.")
    for mark, kind in BINARY_KINDS.items():
        if start.startswith(mark):
            raise Problem("unsupported", f"{path.name} is {kind}.")


def read_lines(path: Path, stream: IO[bytes]) -> Iterator[Line]:
    """Every row of a CSV file that has any field, with the line that it ends on. A byte order mark is passed over.

    Bytes that aren't UTF-8 become lone surrogates, which `fault_of` finds. Raises Problem for a quote that is never
    closed.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(MOST_FIELD_CHARACTERS)
    reader = csv.reader(text, strict=False)
    try:
        for fields in reader:
            if fields:
                yield Line(reader.line_num, fields)
    except csv.Error as error:
        raise Problem(
            "bad_request",
            f"{path.name}, near line {reader.line_num}: the line cannot be read as CSV (is a quote not closed?). "
            "Nothing was imported.",
        ) from error
    finally:
        if not text.closed:
            text.detach()


def fault_of(fields: Sequence[str]) -> str:
    """What keeps a row from being stored: bytes that aren't UTF-8, or U+0000. Empty where nothing does."""
    joined = "".join(fields)
    if not joined.isascii() and any("\udc80" <= character <= "\udcff" for character in joined):
        return "it holds bytes that are not UTF-8; save the file as UTF-8"
    return "it holds the character U+0000" if "\0" in joined else ""


@dataclass(frozen=True)
class Table:
    """A CSV file with a known header: `columns` are its names in lower case."""

    path: Path
    columns: Row
    lines: Iterator[Line]
    rejects: Rejects

    def rows(self) -> Iterator[Line]:
        """Every line; one that is too short or long or can't be stored goes to the rejects and comes without fields."""
        width = len(self.columns)
        for line in self.lines:
            if len(line.fields) != width:
                few_or_many = "short" if len(line.fields) < width else "long"
                reason = f"the row is too {few_or_many}: {len(line.fields)} fields, the header has {width}"
            else:
                reason = fault_of(line.fields)
            if reason:
                self.rejects.add(self.path.name, line.number, reason)
            yield Line(line.number, [] if reason else line.fields)
