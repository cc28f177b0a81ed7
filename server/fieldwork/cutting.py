"""Cuts streets into lists of at most so many houses, and deals lists to officers: pure, on streets in walking order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Stretch(NamedTuple):
    """Houses of one street in walking order: the whole street, or a contiguous part of one."""

    usrn: str
    uprns: tuple[str, ...]


def cut(streets: Sequence[Stretch], most: int) -> list[list[Stretch]]:
    """Lists of at most `most` houses from streets in walking order.

    A street that fits into one list is never cut: where it does not fit into what is left of a list, a new one begins.
    A longer one is cut into the fewest stretches, of lengths that differ by one at most, each contiguous.
    """
    if most < 1:
        raise ValueError("a list holds at least one house")
    lists: list[list[Stretch]] = []
    room = 0
    for street in streets:
        for stretch in _stretches(street, most):
            if len(stretch.uprns) > room:
                lists.append([])
                room = most
            lists[-1].append(stretch)
            room -= len(stretch.uprns)
    return lists


def deal(lists: Sequence[list[Stretch]], officers: int) -> list[int]:
    """Which officer (0 to officers − 1) gets each list: neighbouring lists together, houses shared out evenly.

    A list goes to the officer in whose equal share of all houses its middle house falls.
    """
    if officers < 1:
        raise ValueError("there is an officer to deal to")
    sizes = [sum(len(stretch.uprns) for stretch in one) for one in lists]
    total, before, dealt = sum(sizes), 0, []
    for size in sizes:
        middle = 2 * before + size
        dealt.append(min(middle * officers // (2 * total), officers - 1) if total else 0)
        before += size
    return dealt


def _stretches(street: Stretch, most: int) -> list[Stretch]:
    houses = len(street.uprns)
    if houses == 0:
        return []
    parts = -(-houses // most)
    bounds = [houses * part // parts for part in range(parts + 1)]
    return [Stretch(street.usrn, street.uprns[start:end]) for start, end in pairwise(bounds)]
