"""`python -m tests.sync.vectorsmith [--sealed]`: writes sync/vectors/*.json; see the package."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.sync.vectorsmith import DECIDED, SEALED

FOLDER = Path(__file__).parents[3] / "sync" / "vectors"


def main(again: bool) -> None:
    """Write the decided files, and the sealed ones where they are missing or wanted anew."""
    wanted = {name: make for name, make in SEALED.items() if again or not (FOLDER / f"{name}.json").exists()}
    for name, make in (DECIDED | wanted).items():
        text = json.dumps(make(), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


main("--sealed" in sys.argv[1:])
