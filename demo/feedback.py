"""What the demonstration's force tells the public: invented lines for wards and streets that exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from demo.console import Console

EVERY = 3  # every third street has news of its own; the others tell what is told of the ward
PRIORITIES = (
    (
        "Burglary from unlocked back doors and sheds.",
        "Patrols in the evening; free shed alarms at the library on Saturdays.",
    ),
    (
        "Speeding on the roads where children walk to school.",
        "Speed checks twice a week; the results come here each month.",
    ),
)
SAID_DID = (
    (
        "The alley behind the houses is dark and used for dealing.",
        "Two lamps are mended, and the alley is on every evening patrol.",
    ),
    (
        "Cars are parked across the pavement, and prams have to go on the road.",
        "Wardens come at school time. Eleven drivers were warned, two were fined.",
    ),
    (
        "Nobody tells us what came of what we report.",
        "Everybody who reported something in spring was called back; now you read it here.",
    ),
    (
        "Mopeds race through at night.",
        "Two mopeds were seized in May. It has been quiet since; tell us if it starts again.",
    ),
    (
        "Parcels are taken from doorsteps.",
        "One man was charged. The corner shop now takes parcels in for neighbours.",
    ),
)


def publish(desk: Console, wards: Sequence[str], streets: Sequence[str], first: date) -> int:
    """Publish a priority for each ward, and what was done on every third street; how many lines."""
    lines: list[dict[str, str]] = []
    for place, ward in enumerate(wards):
        said, did = PRIORITIES[place % len(PRIORITIES)]
        lines.append({"kind": "priority", "ward_code": ward, "said": said, "did": did})
    for place, usrn in enumerate(streets[::EVERY]):
        said, did = SAID_DID[place % len(SAID_DID)]
        lines.append({"kind": "said_did", "usrn": usrn, "said": said, "did": did})
    for place, line in enumerate(lines):
        desk.post("/api/feedback", **line, on=(first - timedelta(days=1 + place % 20)).isoformat())
    return len(lines)
