"""Opens what devices sealed to the service: an event's body, or the reason why it has to be held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.base.clock import from_milliseconds
from server.base.service import Service
from server.exchange.arrivals import Arrival
from sync import clock as clocks
from sync.envelope import open_event
from sync.errors import EnvelopeError
from sync.events import EventBody
from sync.outcomes import table as outcomes_table

EVENT_VERSION = 1
LATEST_MS = 253_402_300_799_000  # the end of the year 9999: no database keeps a later time


@dataclass(frozen=True)
class Opened:
    """An event that can be read. Times in UTC; `corrected_at` is computed here once, and stored."""

    arrival: Arrival
    body: EventBody
    recorded_at: datetime
    corrected_at: datetime

    @property
    def id(self) -> str:
        """The event's id, which its facts are known by."""
        return self.arrival.key

    @property
    def name(self) -> tuple[str, str]:
        """(key, hash): what verdicts are filed under."""
        return self.arrival.key, self.arrival.hash


def open_arrival(
    service: Service,
    arrival: Arrival,
    *,
    device_id: str,
    event_key: bytes,
    clock_offset_ms: int,
    received_at_ms: int,
) -> Opened | str:
    """The opened event, or a reason code of sync.receipts. `clock_offset_ms`: service's time less the device's."""
    if arrival.fault:
        return "malformed"
    private = service.keys.seal_private(arrival.envelope.kid)
    if private is None:
        return "unknown_key"
    try:
        body = open_event(arrival.envelope, device_id, private, event_key)
    except EnvelopeError as error:
        return error.reason
    fault = fault_of(body)
    if fault:
        return fault
    corrected = clocks.corrected_at(body.clock, received_at_ms - clock_offset_ms, received_at_ms)
    return Opened(arrival, body, instant(body.clock.recorded_at), instant(corrected))


def fault_of(body: EventBody) -> str:
    """The reason why a body cannot be applied, whatever the house: "" where there is none."""
    if body.v != EVENT_VERSION or (body.visit is not None and body.withdraws is not None):
        return "malformed"
    if body.is_empty:
        return "empty"
    if body.visit is not None and outcomes_table().get(body.visit.outcome) is None:
        return "unknown_outcome"
    return ""


def instant(ms: int) -> datetime:
    """Milliseconds as a time; a device's absurd clock is brought within the years 1970 to 9999."""
    return from_milliseconds(min(max(ms, 0), LATEST_MS))
