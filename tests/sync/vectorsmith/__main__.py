"""`python -m tests.sync.vectorsmith [--sealed]`: writes sync/vectors/*.json; see the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sync.vectorsmith import folds, forms, lists, revisits, rules, seals, wire

FOLDER = Path(__file__).parents[3] / "sync" / "vectors"
DECIDED: dict[str, Callable[[], dict[str, Any]]] = {
    "slots": rules.slots,
    "clock": rules.clocks,
    "outcomes": rules.outcomes,
    "fold": folds.folds,
    "revisit": revisits.revisits,
    "chain": seals.chain,
    "digest": lists.digests,
    "tokens": wire.registration_tokens,
    "exchange": wire.messages,
    "questionnaires": forms.questionnaires,
}
SEALED: dict[str, Callable[[], dict[str, Any]]] = {
    "events": seals.events,
    "packages": lists.packages,
    "signing": wire.signatures,
    "enrolment": wire.codes,
    "outbox": wire.outbox_files,
}


def main(again: bool) -> None:
    """Write the decided files, and the sealed ones where they are missing or wanted anew."""
    wanted = {name: make for name, make in SEALED.items() if again or not (FOLDER / f"{name}.json").exists()}
    for name, make in (DECIDED | wanted).items():
        text = json.dumps(make(), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


main("--sealed" in sys.argv[1:])
