"""What an officer tells at the door: it comes with the lists from the real service, and is read with no connection."""

from __future__ import annotations

from datetime import date

from field_client.terminal import show
from server.engagement.publish import NewFeedback, publish
from tests.factories.exchange import STREETS, WARD
from tests.field_client.test_end_to_end import Beat, beat

__all__ = ["beat"]  # the fixture


def test_an_officer_tells_what_was_done_on_the_street(beat: Beat) -> None:
    client, supervisor = beat.clients[0], beat.field.supervisor
    assert show.told(client.told("street 1")) == "There is nothing to tell on this street yet."
    day = date(2026, 3, 2)
    publish(
        beat.service,
        supervisor,
        NewFeedback("said_did", "The alley is dark.", "Two lamps were mended.", day, usrn=STREETS[0]),
    )
    publish(
        beat.service,
        supervisor,
        NewFeedback("priority", "Speeding past the school", "", day, ward_code=WARD),
    )
    client.sync()
    assert show.told(client.told("street 1")).splitlines() == [
        "Street 1",
        "  2026-03-02  We are working on: Speeding past the school",
        "  2026-03-02  You said: The alley is dark.",
        "              We did: Two lamps were mended.",
    ]
