"""The audit trail as a file: every entry in codes and in words, with its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.base.access import Principal
from server.base.downloads.make import Download, make
from server.base.downloads.sheet import Column, Sheet
from server.base.service import Service
from server.staff.trail import MOST_EXPORTED, export_entries
from server.web.trail_words import actor_words, line

COLUMNS = (
    Column("at", "When", "time"),
    Column("who", "Who"),
    Column("actor", "Who (code)"),
    Column("what", "What was done"),
    Column("action", "What was done (code)"),
    Column("target", "To what"),
    Column("detail", "What is noted with it"),
    Column("lane", "Lane", "number"),
    Column("seq", "Number in the lane", "number"),
    Column("hash", "Hash"),
)


def export_trail(service: Service, principal: Principal, query: Mapping[str, Any]) -> Download:
    """The newest entries by these filters as CSV; the export itself is put on the trail."""
    entries, names = export_entries(service, principal, query)
    rows = (
        (
            one.at,
            actor_words(one.actor, names),
            one.actor,
            line(one.action, one.target, one.detail, names).action,
            one.action,
            one.target,
            json.dumps(one.detail, ensure_ascii=False, sort_keys=True),
            one.lane,
            one.seq,
            one.hash,
        )
        for one in entries
    )
    about = f"The audit trail, the newest first, at most {MOST_EXPORTED:,} entries. Codes and ids, no personal data."
    return make(service, Sheet("audit-trail", "Audit trail", about, COLUMNS, rows, service.zone), "csv")
