"""Envelopes as they arrive, sorted by what is known of them already. Pure: no database, no keys.

An identity is (device, event id) with the hash of the envelope. The same hash again is a duplicate; another hash under
a known id is a clash, and is kept and held as well. An id that another device has used is a clash too: facts are
known by their event's id. What came in an unsigned file alone, and was not applied, stands in nobody's way: for what
the device itself brings, it is as if it had not come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync import journal
from sync.envelope import envelope_hash
from sync.events import Envelope
from sync.exchange import Receipt, ReceiptStatus

Name = tuple[str, str]  # (key, hash)

UNSIGNED = "unsigned_export"  # the reason for which what an unsigned file brings is held


@dataclass(frozen=True)
class Arrival:
    """An envelope with its hash. `key` is the id it is kept under; `fault` says why it is not well-formed, or ""."""

    envelope: Envelope
    hash: str
    key: str
    fault: str

    @property
    def name(self) -> Name:
        """(key, hash): what verdicts are filed under."""
        return self.key, self.hash


@dataclass(frozen=True)
class Batch:
    """Envelopes of one device as they came, when, and how far the device's clock is behind the service's (ms).

    `held_for`: a reason to hold all of them unopened, or "".
    """

    arrivals: Sequence[Arrival]
    received_at: datetime
    clock_offset_ms: int
    held_for: str = ""


@dataclass(frozen=True)
class Known:
    """What the table of identities says of an event that came before."""

    hash: str
    status: str
    reason: str
    worklist_id: int
    worklist_version: int


@dataclass(frozen=True)
class Earlier:
    """The device's bytes that the journal has, by name. `unsigned`: only a file that nobody signed brought them;
    `unapplied`: and nothing of them was applied; `undecided`: nor has a supervisor decided on them.
    """

    kept: frozenset[Name] = frozenset()
    unsigned: frozenset[Name] = frozenset()
    unapplied: frozenset[Name] = frozenset()
    undecided: frozenset[Name] = frozenset()


@dataclass(frozen=True)
class Sorted:
    """`fresh`: to open and apply. `clashes`: new bytes under a used id. `signed_late`: decided on when an unsigned file
    had brought them; now they belong to the chain. Nothing stands twice.
    """

    fresh: tuple[Arrival, ...] = ()
    clashes: tuple[Arrival, ...] = ()
    signed_late: tuple[Arrival, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where nothing has to be stored."""
        return not (self.fresh or self.clashes or self.signed_late)

    @property
    def new_to_the_chain(self) -> tuple[Arrival, ...]:
        """Every one that the device had not brought before."""
        return self.fresh + self.clashes + self.signed_late


def arrive(envelope: Envelope) -> Arrival:
    """An envelope on arrival. One that is not well-formed is kept under a key made from its hash: its id may lie."""
    digest = envelope_hash(envelope)
    fault = journal.malformed(envelope)
    return Arrival(envelope, digest, f"malformed-{digest}" if fault else envelope.id, fault)


def sort_arrivals(
    arrivals: Iterable[Arrival], *, own: Mapping[str, Known], taken: Collection[str], earlier: Earlier
) -> Sorted:
    """Split arrivals into what is fresh, what clashes and what is signed late; the rest is known.

    `own`: this device's identities by key. `taken`: keys that another device used first.
    """
    fresh: dict[str, Arrival] = {}
    clashes: dict[Name, Arrival] = {}
    signed_late: dict[Name, Arrival] = {}
    for arrival in arrivals:
        known = own.get(arrival.key)
        if known is not None and _gives_way(known, arrival, earlier):
            known = None
        first = fresh.get(arrival.key) or known
        if first is None and arrival.key not in taken:
            fresh[arrival.key] = arrival
        elif (first is None or first.hash != arrival.hash) and arrival.name not in earlier.kept:
            clashes[arrival.name] = arrival
        elif first is not arrival and arrival.name in earlier.unsigned and arrival.key not in fresh:
            signed_late[arrival.name] = arrival
    return Sorted(tuple(fresh.values()), tuple(clashes.values()), tuple(signed_late.values()))


def _gives_way(known: Known, arrival: Arrival, earlier: Earlier) -> bool:
    """True where an identity rests on an unsigned file alone, and the device now brings the event, or another one.

    What a supervisor has dismissed stays dismissed when the very same comes again. What an erasure took away was not
    decided on: the knock is a fact, and the ledger keeps the person out of it.
    """
    if (arrival.key, known.hash) not in earlier.unapplied:
        return False
    return known.hash != arrival.hash or arrival.name in earlier.undecided


@dataclass(frozen=True)
class Verdict:
    """What becomes of an event. `erased`: its sealed bytes must not be kept, for they hold an erased person,
    or the words of somebody whom an erasure would not find in them.
    """

    status: ReceiptStatus
    reason: str = ""
    worklist_id: int = 0
    worklist_version: int = 0
    erased: bool = False


CLASH = Verdict("held", "same_id_other_bytes")


def receipts(
    arrivals: Iterable[Arrival],
    *,
    own: Mapping[str, Known],
    verdicts: Mapping[Name, Verdict],
) -> list[Receipt]:
    """One receipt for each envelope as sent, in order; the second of two alike is a duplicate of the first.

    `verdicts` are of what was new, by (key, hash). What is neither there nor in `own` is clashing bytes kept before.
    """
    said: set[Name] = set()
    told = []
    for arrival in arrivals:
        name = arrival.name
        known = own.get(arrival.key)
        verdict = verdicts.get(name)
        if verdict is not None:
            status: ReceiptStatus = "duplicate" if name in said else verdict.status
            told.append(_receipt(arrival, status, verdict))
        elif known is not None and known.hash == arrival.hash:
            told.append(
                _receipt(
                    arrival,
                    "duplicate",
                    Verdict("duplicate", known.reason, known.worklist_id, known.worklist_version),
                )
            )
        else:
            told.append(_receipt(arrival, "duplicate", CLASH))
        said.add(name)
    return told


def _receipt(arrival: Arrival, status: ReceiptStatus, verdict: Verdict) -> Receipt:
    return Receipt(
        id=arrival.envelope.id,
        hash=arrival.hash,
        status=status,
        reason=verdict.reason,
        worklist=verdict.worklist_id,
        version=verdict.worklist_version,
    )
