"""Writes sync/vectors/*.json: cases with what must come out of them, stated here by hand wherever a rule is meant.

`python -m tests.sync.vectorsmith` writes the files whose cases are decisions (fold, revisit, slots …) again and keeps
the sealed ones, since sealing never gives the same bytes twice; `--sealed` makes those anew as well. Everybody in
the vectors is made up, and every key in them is a test key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sync.vectorsmith import folds, forms, lists, revisits, rules, seals, wire

Maker = Callable[[], dict[str, Any]]

DECIDED: dict[str, Maker] = {
    "slots": rules.slots,
    "clock": rules.clocks,
    "outcomes": rules.outcomes,
    "fold": folds.folds,
    "revisit": revisits.revisits,
    "chain": seals.chain,
    "digest": lists.digests,
    "tokens": wire.registration_tokens,
    "badges": wire.officer_badges,
    "exchange": wire.messages,
    "questionnaires": forms.questionnaires,
}
SEALED: dict[str, Maker] = {
    "events": seals.events,
    "packages": lists.packages,
    "signing": wire.signatures,
    "enrolment": wire.codes,
    "outbox": wire.outbox_files,
}
