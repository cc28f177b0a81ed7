"""The benchmarks run, on the area alone and with little repetition. Only what must be exact is judged, no figure."""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from benchmarks import run
from tests.postgis import NoPostgisError, find_programs


def kind_here() -> str:
    """PostGIS, of which more is measured; SQLite where there is none."""
    try:
        find_programs()
    except NoPostgisError:
        return "sqlite"
    return "postgis"


def test_a_quick_run_measures_the_whole_job_and_writes_it_down(tmp_path: Path) -> None:
    kind = kind_here()
    screen = Console(file=io.StringIO(), width=160)
    (figures,) = run.run("quick", tmp_path, screen, kinds=(kind,), out=tmp_path / "out")
    assert (figures["kind"], figures["houses"]) == (kind, 10_463)
    assert [one["houses"] for one in figures["lists"]] == [200, 2_000]
    assert all(0 < one["bytes"] < one["json_bytes"] for one in figures["lists"])
    assert figures["exchange"]["events"] == 240
    assert figures["import"]["peak_mb"] > 10
    assert len(figures["coverage"]) == 5
    for name in ("exchange", "large", "idle"):
        assert figures[name]["cpu"] > 0
        assert (figures[name]["pages"] is None) == (kind == "sqlite")
    assert "Exchange under 0.25 CPU-s" in screen.file.getvalue()  # type: ignore[attr-defined]
    assert set(json.loads((tmp_path / "out" / "results.json").read_text())) == {"quick"}
    assert str(tmp_path) not in (tmp_path / "out" / "RESULTS.md").read_text()
