"""What a knock can come to, and what each outcome does: one table, as data, read by Python and TypeScript alike.

The rows are in outcomes.json. Nothing else in the code asks for an outcome by its name: it asks for an effect.
Source of the rows: DESIGN section 4; families follow the AAPOR standard definitions (contact, refusal,
non-contact, ineligible).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from sync.errors import DecodeError, UnknownOutcome

Family = Literal["contact", "refusal_soft", "refusal_hard", "non_contact", "withdrawn", "ineligible"]
Next = Literal["done", "never", "revisit", "revisit_at", "stop"]
Need = Literal["callback", "language", "note", "hazard", "address_note"]


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row. The flags say what a standing visit with this outcome makes true of the house.

    visited: somebody went; informed: the household knows it (a card, or the door was answered); contacted: there
    was a conversation; refused: it was declined (a refusal informs, but is no contact); ineligible: no household
    to call on; home: somebody of the house was met, so what said "ineligible" before no longer holds.
    next: done (for this campaign), never (in any campaign), revisit, revisit_at (as agreed), stop (until lifted,
    or until the address file or a visit says otherwise). another_slot: try at another kind of time.
    standing: it binds the other campaigns too. needs: what the officer is asked for. reason: as a revisit flag
    says it.
    """

    code: str
    label: str
    family: Family
    next: Next
    reason: str
    visited: bool = False
    informed: bool = False
    contacted: bool = False
    refused: bool = False
    ineligible: bool = False
    home: bool = False
    another_slot: bool = False
    standing: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def reaches(self) -> bool:
        """True when the household had its say: a conversation or a refusal."""
        return self.contacted or self.refused


class Table:
    """The outcomes by code, in the order in which an officer is offered them."""

    def __init__(self, rows: Iterable[Outcome]) -> None:
        self._rows = {row.code: row for row in rows}

    def __getitem__(self, code: str) -> Outcome:
        try:
            return self._rows[code]
        except KeyError:
            raise UnknownOutcome(code) from None

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, code: object) -> bool:
        return code in self._rows

    def get(self, code: str) -> Outcome | None:
        """The outcome of this code, or None (a newer table's, on an older phone)."""
        return self._rows.get(code)

    def codes(self) -> tuple[str, ...]:
        """Every code, in order."""
        return tuple(self._rows)


@cache
def table() -> Table:
    """The table that this version of Doorstep was made with."""
    raw = resources.files("sync").joinpath("outcomes.json").read_bytes()
    return Table(msgspec.json.decode(raw, type=list[Outcome]))


def outcome(code: str) -> Outcome:
    """The outcome of a code. Raises UnknownOutcome (a KeyError) when the table has none."""
    return table()[code]


def as_wire(rows: Table | None = None) -> list[dict[str, Any]]:
    """The table as a worklist carries it: plain JSON objects, flags that are false left out."""
    wire: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(list(rows or table())))
    return wire


def from_wire(rows: Sequence[dict[str, Any]]) -> Table:
    """The table that a worklist carried. Raises DecodeError when a row is none."""
    try:
        return Table(msgspec.convert(list(rows), type=list[Outcome]))
    except msgspec.ValidationError as error:
        raise DecodeError.of(error) from None
