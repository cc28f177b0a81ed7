"""How many hours at the door a campaign is likely to take, before anybody has knocked: pure.

An estimate to plan officers by, not a promise: each house is tried until it answers or its attempts are used up, by the
same assumptions as a proposal of lists (effort.py), the ways between doors left out.
"""

from __future__ import annotations

from server.fieldwork.effort import KEEPS, Pace, door_minutes


def hours_at_the_door(houses: int, most_attempts: int, pace: Pace) -> float:
    """Hours for so many houses, each tried until it answers or has been tried `most_attempts` times."""
    minutes, still_to_meet = 0.0, 1.0
    for attempt in range(most_attempts):
        minutes += still_to_meet * door_minutes(attempt, pace)
        still_to_meet *= 1 - pace.share * KEEPS**attempt
    return houses * minutes / 60
