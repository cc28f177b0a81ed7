"""Opens what devices sealed to the service: an event's body, or the reason why it has to be held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server.base.clock import from_milliseconds
from server.base.service import Service
from server.devices.known import KnownDevice, open_event_key
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
        return self.arrival.name


class Opener:
    """Opens one device's events. Its keys are fetched once, and only when there is something to open."""

    def __init__(self, service: Service, device: KnownDevice) -> None:
        self._service = service
        self._device = device
        self._event_key: bytes | None = None
        self._privates: dict[str, EllipticCurvePrivateKey | None] = {}

    def open(self, arrival: Arrival, *, clock_offset_ms: int, received_at_ms: int) -> Opened | str:
        """The opened event, or a reason code of sync.receipts. `clock_offset_ms`: service's time less the device's."""
        if arrival.fault:
            return "malformed"
        private = self._private(arrival.envelope.kid)
        if private is None:
            return "unknown_key"
        if self._event_key is None:
            self._event_key = open_event_key(self._service, self._device)
        try:
            body = open_event(arrival.envelope, self._device.id, private, self._event_key)
        except EnvelopeError as error:
            return error.reason
        fault = fault_of(body)
        if fault:
            return fault
        corrected = clocks.corrected_at(body.clock, received_at_ms - clock_offset_ms, received_at_ms)
        return Opened(arrival, body, instant(body.clock.recorded_at), instant(corrected))

    def _private(self, kid: str) -> EllipticCurvePrivateKey | None:
        if kid not in self._privates:
            self._privates[kid] = self._service.keys.seal_private(kid)
        return self._privates[kid]


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
