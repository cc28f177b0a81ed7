"""`make bench`, `make bench-scale`: --quick measures the small area only, --scale a national size on PostGIS."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import run

FOLDER = Path(__file__).parent


def main() -> int:
    """Measure, print, and write RESULTS.md and results.json; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--quick", action="store_true", help="10,463 houses only; nothing is written by default"
    )
    which.add_argument("--scale", action="store_true", help="4,105,110 houses on PostGIS")
    parser.add_argument("--database", choices=("sqlite", "postgis"), help="only this database")
    parser.add_argument("--out", type=Path, help="folder of RESULTS.md and results.json")
    chosen = parser.parse_args()
    part = "quick" if chosen.quick else "scale" if chosen.scale else "force"
    out = chosen.out or (None if chosen.quick or chosen.database else FOLDER)
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as folder:
        run.run(part, Path(folder), screen, kinds=(chosen.database,) if chosen.database else None, out=out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
