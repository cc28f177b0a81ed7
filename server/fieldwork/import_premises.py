"""Importing an address file, with all that it means for coverage and lists, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.address_changes import apply
from server.geography.importing.premises import import_premises as import_addresses
from server.geography.importing.report import ImportSummary


def import_premises(
    service: Service, files: Sequence[Path], *, principal: Principal, **options: Any
) -> ImportSummary:
    """Import address files (see server.geography.importing.premises, whose options it takes) and follow them up.

    New houses get their coverage rows, also in the active campaigns that cover them; those that retired, came back or
    moved are folded, counted and listed anew. No visit is ever lost.
    """
    return import_addresses(
        service,
        files,
        principal=principal,
        on_changed=lambda session, changes: apply(session, service, changes),
        **options,
    )
