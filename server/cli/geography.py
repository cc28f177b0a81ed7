"""Commands on the address file, areas and coverage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from server.base.access import SYSTEM
from server.base.problems import UserError
from server.cli.opening import opened
from server.fieldwork.import_premises import import_premises
from server.fieldwork.refold import refold
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.postcodes import import_postcodes
from server.geography.importing.report import ImportSummary
from server.geography.make_force import make_force

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
REJECTS = click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the lines that could not be taken; by default in the home folder.",
)
Tell = Callable[[str, int, int], None]


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """A bar on standard error for what is being done; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total or None)
            bar.update(tasks[doing], completed=done, total=total or None)

        yield tell


@click.group("import")
def import_group() -> None:
    """Take in address files, postcodes, boundaries and look-ups."""


def show(summary: ImportSummary) -> None:
    """Print what an import did."""
    click.echo(summary.sentence())
    for note in summary.notes:
        click.echo(f"  {note}")
    if summary.rejects_file:
        click.echo(f"  The rejected lines and why: {summary.rejects_file}")


def run(take_in: Callable[..., ImportSummary], files: tuple[Path, ...], **options: Any) -> None:
    """Run an importer on files with a progress bar, and print what it did."""
    service = opened()
    with progress_bar() as progress:
        summary = take_in(service, list(files), principal=SYSTEM, progress=progress, **options)
    show(summary)


@import_group.command("premises")
@FILES
@click.option(
    "--full/--changes",
    "full",
    default=None,
    help="Full: what the files no longer list retires. Changes: only what they list. By default as the files say.",
)
@click.option("--allow-retire", is_flag=True, help="Let a full file retire more than a fifth of the houses.")
@REJECTS
def premises(files: tuple[Path, ...], full: bool | None, allow_retire: bool, rejects: Path | None) -> None:
    """AddressBase Core or Plus (CSV, .gz too)."""
    mode: Literal["full", "changes"] | None = None if full is None else "full" if full else "changes"
    run(import_premises, files, mode=mode, allow_retire=allow_retire, rejects=rejects)


@import_group.command("postcodes")
@FILES
@REJECTS
def postcodes(files: tuple[Path, ...], rejects: Path | None) -> None:
    """ONSPD, NSPL or Code-Point Open."""
    run(import_postcodes, files, rejects=rejects)


@import_group.command("boundaries")
@FILES
@click.option("--kind", help="ward, district, lsoa21, lsoa11 or beat, where the file does not say.")
@REJECTS
def boundaries(files: tuple[Path, ...], kind: str | None, rejects: Path | None) -> None:
    """GeoJSON with any …CD/…NM pair."""
    run(import_boundaries, files, kind=kind, rejects=rejects)


@import_group.command("lookups")
@FILES
@REJECTS
def lookups(files: tuple[Path, ...], rejects: Path | None) -> None:
    """LSOA → ward → district."""
    run(import_lookups, files, rejects=rejects)


@click.command("make-force")
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The open files.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where to write."
)
@click.option("--scale", default=1, show_default=True, type=click.IntRange(1), help="So many of everything.")
@click.option("--seed", default=2021, show_default=True, help="The same seed makes the same bytes.")
@click.option("--ward", "wards", multiple=True, help="Only these wards (code or name); may be repeated.")
def make_force_command(source: Path, out: Path, scale: int, seed: int, wards: tuple[str, ...]) -> None:
    """Make synthetic premises for a whole force from open data."""
    try:
        with progress_bar() as progress:
            made = make_force(source, out, scale=scale, seed=seed, wards=wards or None, progress=progress)
    except ValueError as error:
        raise UserError(str(error)) from None
    click.echo(
        f"{made.houses:,} houses on {made.streets:,} streets in {made.wards:,} wards, {made.seconds} s: {out}"
    )


@click.command("refold")
@click.argument("usrns", nargs=-1)
def refold_command(usrns: tuple[str, ...]) -> None:
    """Fold the coverage of every street anew (or of those named), count again, and mend what differs."""
    service = opened()
    with progress_bar() as progress:
        done = refold(
            service,
            usrns=usrns or None,
            progress=lambda done, total: progress("folding streets", done, total),
        )
    click.echo(
        f"{done.streets:,} streets, {done.premises:,} premises: "
        f"{done.mended_rows:,} rows and {done.mended_counters:,} counters mended."
    )
