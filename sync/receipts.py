"""Why an event was held, or applied with a remark: codes for programs, words for officers and supervisors.

The reasons are in receipts.json, as data that Python and TypeScript read alike. A receipt always means that the bytes
are stored. The words never say whether an address exists.
"""

from __future__ import annotations

from importlib import resources

import msgspec

from sync.exchange import ReceiptStatus


class Reason(msgspec.Struct, frozen=True):
    """One reason: the status that it goes with, and what a person reads."""

    code: str
    status: ReceiptStatus
    words: str


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in msgspec.json.decode(
        resources.files("sync").joinpath("receipts.json").read_bytes(), type=list[Reason]
    )
}


def words(code: str) -> str:
    """What a person reads for a reason code; a newer service's code, which is not in the table, stands for itself."""
    reason = REASONS.get(code)
    return reason.words if reason else code
