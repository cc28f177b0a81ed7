"""`python -m tests.sync.vectorsmith [--sealed]`: writes sync/vectors/*.json; see the package."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.sync.vectorsmith import folds, revisits, rules

FOLDER = Path(__file__).parents[3] / "sync" / "vectors"
DECIDED = {
    "slots": rules.slots,
    "clock": rules.clocks,
    "outcomes": rules.outcomes,
    "fold": folds.folds,
    "revisit": revisits.revisits,
}


def main() -> None:
    for name, make in DECIDED.items():
        text = json.dumps(make(), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


main()
sys.exit(0)
