"""Takes in a batch of envelopes in one transaction: sort, open, apply, write down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.clock import milliseconds
from server.base.prepared import find_by_keys
from server.base.service import Service
from server.devices.known import Claim, KnownDevice
from server.exchange import chain, journal
from server.exchange.apply import apply_events
from server.exchange.arrivals import Arrival, Batch, Name, Verdict, receipts
from server.exchange.ground import Applying, Bringer
from server.exchange.opening import Opened, Opener
from sync.exchange import Receipt

LOST = "revoked_lost"


class Intake:
    """A device's batch on its way in. Envelopes are opened once, though the transaction may run several times.

    `by` is whoever carried the batch here by hand; by default the device itself is on the audit trail.
    """

    def __init__(
        self, service: Service, device: KnownDevice, batch: Batch, *, by: Principal | None = None
    ) -> None:
        self.service = service
        self.device = device
        self.batch = batch
        self.by = by or Principal(f"device:{device.id}", device.account_id, device.officer)
        self._opened: dict[Name, Opened | str] = {}
        self._opener = Opener(service, device)

    def take(self, session: Session, claim: Claim) -> list[Receipt]:
        """A receipt for each envelope, true once the transaction commits. The device's row is locked."""
        batch, device = self.batch, self.device
        if not batch.arrivals:
            return []
        find_by_keys(session)
        met = journal.meet(session, device.id, batch)
        if met.sorted.is_empty:
            return receipts(batch.arrivals, own=met.own, verdicts={})
        breaks = 0
        if not batch.held_for:  # what nobody vouches for must not move the chain
            new = [one.envelope for one in met.sorted.new_to_the_chain]
            breaks = chain.extend(session, device.id, claim, new, batch.received_at)
        opened, verdicts = self._look_at(met.sorted.fresh, LOST if claim.state == "lost" else batch.held_for)
        bringer = Bringer(device.id, device.account_id)
        verdicts |= journal.clashing(met.sorted)
        verdicts |= apply_events(Applying(session, self.service, bringer, batch.received_at), opened)
        journal.write(
            session,
            self.service,
            device.id,
            batch,
            met,
            verdicts=verdicts,
            corrected_at={event.name: event.corrected_at for event in opened},
        )
        self._audit(session, met, verdicts, breaks)
        return receipts(batch.arrivals, own=met.own, verdicts=verdicts)

    def _look_at(
        self, arrivals: Sequence[Arrival], held_for: str
    ) -> tuple[list[Opened], dict[Name, Verdict]]:
        """The events that open, and a verdict on those that don't."""
        opened: list[Opened] = []
        verdicts: dict[Name, Verdict] = {}
        for arrival in arrivals:
            found = held_for or self._open(arrival)
            if isinstance(found, str):
                verdicts[arrival.name] = Verdict("held", found)
            else:
                opened.append(found)
        return opened, verdicts

    def _open(self, arrival: Arrival) -> Opened | str:
        name = arrival.name
        if name not in self._opened:
            self._opened[name] = self._opener.open(
                arrival,
                clock_offset_ms=self.batch.clock_offset_ms,
                received_at_ms=milliseconds(self.batch.received_at),
            )
        return self._opened[name]

    def _audit(
        self, session: Session, met: journal.Met, verdicts: Mapping[Name, Verdict], breaks: int
    ) -> None:
        known = met.earlier.kept & verdicts.keys()
        audit.record(
            session,
            self.service,
            self.by,
            "exchange",
            f"device:{self.device.id}",
            sent=len(self.batch.arrivals),
            new=len(verdicts) - len(known),
            released=sum(verdicts[name].status != "held" for name in known),
            held=sum(verdict.status == "held" for verdict in verdicts.values()),
            breaks=breaks,
        )
