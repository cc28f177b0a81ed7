"""When something happened, told by three clocks of which none is trusted alone (DESIGN section 5, "Clocks")."""

from __future__ import annotations

from sync.events import EventClock

EARLIEST_MS = 1_577_836_800_000  # 2020-01-01T00:00Z: nothing was recorded before there was a Doorstep


def corrected_at(clock: EventClock, request_now: int, received_at: int) -> int:
    """The instant of an event, in milliseconds UTC; computed once when it is received, and stored.

    The service time that the device last saw, plus its monotonic ticks since, where both are there. After a
    restart of the device the ticks are gone: then its own clock, put right by how far it was out at the moment
    of the request (`received_at - request_now`). The result is kept within [last service time seen, received].
    A last service time later than `received_at` cannot be true (a restored service clock): received_at wins.
    """
    if clock.service_seen is not None and clock.ticks is not None:
        told = clock.service_seen + clock.ticks
    else:
        told = clock.recorded_at + (received_at - request_now)
    earliest = EARLIEST_MS if clock.service_seen is None else clock.service_seen
    return min(max(told, earliest), received_at)
