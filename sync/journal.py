"""The chain of a device's envelopes: each names the hash of the one before, so that a gap or a fork shows.

A break in the chain is told to the supervisor; the events are applied all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from sync.envelope import envelope_hash
from sync.events import MOST, Envelope

BreakKind = Literal["gap", "fork"]


class Break(msgspec.Struct, frozen=True):
    """A place where the chain does not hold.

    gap: the sequence numbers from `expected` to before `seq` are missing. fork: the envelope names another
    predecessor than the one received, or takes a number that was used. `expected` and `found` are numbers for a
    gap and hashes (or numbers) for a fork.
    """

    kind: BreakKind
    id: str
    seq: int
    expected: str
    found: str


class Checked(msgspec.Struct, frozen=True):
    """The breaks found, the end of the chain after these envelopes, and which recorded gaps they filled."""

    breaks: list[Break]
    last_seq: int
    last_hash: str
    filled: list[int]


def chain_start(device: str) -> str:
    """The `prev` of a device's first envelope (64 hex digits)."""
    return hashlib.sha256(f"doorstep/1 chain\n{device}\n".encode()).hexdigest()


def next_link(envelope: Envelope) -> tuple[int, str]:
    """The seq and prev of the envelope that follows this one."""
    return envelope.seq + 1, envelope_hash(envelope)


def malformed(envelope: Envelope) -> str:
    """What is wrong with an envelope's own members, in words; empty for one that may be opened.

    What arrived in the list of events and was no envelope at all stands here as one with seq 0 (sync.codec).
    """
    if not 1 <= envelope.seq <= MOST:
        return "It is not an envelope as the protocol says."
    return ""


def check(
    device: str,
    envelopes: Iterable[Envelope],
    last_seq: int,
    last_hash: str,
    missing: Collection[int] = (),
) -> Checked:
    """The breaks that new envelopes make in a chain that ended at `last_seq` with `last_hash` (0 and "" at the start).

    Hand in only envelopes never seen before (a repeat is no fork), in any order. `missing` are the numbers of gaps
    recorded earlier: a late envelope that fills one is no break.
    """
    last_hash = last_hash or chain_start(device)
    open_gaps = set(missing)
    breaks: list[Break] = []
    filled: list[int] = []
    for envelope in sorted(
        (one for one in envelopes if not malformed(one)), key=lambda one: (one.seq, one.id)
    ):
        if envelope.seq <= last_seq:
            if envelope.seq in open_gaps:
                open_gaps.discard(envelope.seq)
                filled.append(envelope.seq)
            else:
                breaks.append(Break("fork", envelope.id, envelope.seq, str(last_seq + 1), str(envelope.seq)))
            continue
        if envelope.seq > last_seq + 1:
            breaks.append(Break("gap", envelope.id, envelope.seq, str(last_seq + 1), str(envelope.seq)))
        elif envelope.prev != last_hash:
            breaks.append(Break("fork", envelope.id, envelope.seq, last_hash, envelope.prev))
        last_seq, last_hash = envelope.seq, envelope_hash(envelope)
    return Checked(breaks, last_seq, last_hash, filled)
