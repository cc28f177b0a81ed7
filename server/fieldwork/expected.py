"""How many hours at the door a campaign is likely to take, before anybody has knocked: pure.

An estimate to plan officers by, not a promise. The two times and the share are assumptions, said on the page: about a
third of doors are answered at a knock, a knock with the walk to it takes two minutes, a conversation six.
"""

from __future__ import annotations

SHARE_ANSWERED = 0.35
MINUTES_A_KNOCK = 2.0
MINUTES_A_CONVERSATION = 6.0


def hours_at_the_door(houses: int, most_attempts: int) -> float:
    """Hours for so many houses, each tried until it answers or has been tried `most_attempts` times."""
    unanswered = (1 - SHARE_ANSWERED) ** most_attempts
    knocks = (1 - unanswered) / SHARE_ANSWERED
    minutes = knocks * MINUTES_A_KNOCK + (1 - unanswered) * MINUTES_A_CONVERSATION
    return houses * minutes / 60
