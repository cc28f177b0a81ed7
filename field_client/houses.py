"""Streets and houses as the officer sees them: the opened lists with the officer's own latest events folded in.

The revisit flag is computed here and now from the state, the campaign's policy and the estimated service time, so
that it is right offline and on the next day. Pure: lists, own events and the time come in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from field_client import own
from field_client.own import OwnEvent
from field_client.problems import AmbiguousHouse, UnknownHouse
from sync import outcomes
from sync.fold import fold_onto
from sync.outcomes import Table
from sync.revisit import Decision, decide
from sync.worklist import House, HouseState, StreetHouses
from sync.worklist_codec import Worklist

_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.IGNORECASE)
_WORDS = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_MOST_CHOICES = 25


@dataclass(frozen=True)
class HouseView:
    """One house of one list. `state` has the own events in; `decision` is the flag with its reason, now.

    `own` are this officer's events here that the list does not show, oldest first: not yet, or because they are held.
    """

    worklist: Worklist
    street: StreetHouses
    house: House
    state: HouseState
    decision: Decision
    own: tuple[OwnEvent, ...]

    @property
    def uprn(self) -> str:
        """The house's number in the address file."""
        return self.house.uprn

    @property
    def address(self) -> str:
        """The address with its street, as read out."""
        return full_address(self.street, self.house)


@dataclass(frozen=True)
class StreetView:
    """One street of one list: how many of its houses to call on now, later, and not; and own events not sent."""

    worklist: Worklist
    street: StreetHouses
    now: int
    later: int
    done: int
    unsent: int

    @property
    def houses(self) -> int:
        """How many houses of the street are on the list."""
        return self.now + self.later + self.done


def full_address(street: StreetHouses, house: House) -> str:
    """The address of a house, with the street's name where the address leaves it out."""
    if street.name.casefold() in house.address.casefold():
        return house.address
    return f"{house.address} {street.name}".strip()


def table_of(worklist: Worklist) -> Table:
    """The outcomes that this list came with, or those that this program was made with."""
    return outcomes.from_wire(worklist.outcomes) if worklist.outcomes else outcomes.table()


def views(
    worklist: Worklist,
    pairs: Iterable[tuple[StreetHouses, House]],
    events: Mapping[str, Sequence[OwnEvent]],
    now_ms: int,
    number: int,
) -> Iterator[HouseView]:
    """The houses of `pairs` as they stand now. `events` are the officer's own, by UPRN; `number` is that of the last
    request at which the list was current.
    """
    table, zone = table_of(worklist), worklist.time_zone
    for street, house in pairs:
        here = events.get(house.uprn, ())
        unseen = [one for one in here if not one.is_shown_by(worklist.worklist, worklist.version, number)]
        state = house.state
        if unseen:
            known = [fact for fact in own.facts(unseen) if not fact.outcome or fact.outcome in table]
            state = fold_onto(state, known, worklist.campaign.id, zone, table)
        decision = decide(state, worklist.campaign.policy, now_ms, zone, table)
        mine = tuple(one for one in here if one in unseen or one.is_held)
        yield HouseView(worklist, street, house, state, decision, mine)


def street_views(
    worklist: Worklist, events: Mapping[str, Sequence[OwnEvent]], now_ms: int, number: int
) -> Iterator[StreetView]:
    """Every street of a list, in walking order, with what is left to do in it."""
    for street in worklist.streets:
        seen = list(views(worklist, ((street, house) for house in street.houses), events, now_ms, number))
        answers = [view.decision.answer for view in seen]
        unsent = sum(event.fate.state != "receipted" for view in seen for event in view.own)
        yield StreetView(
            worklist, street, answers.count("yes"), answers.count("not_before"), answers.count("no"), unsent
        )


def find_street(lists: Iterable[Worklist], words: str) -> list[tuple[Worklist, StreetHouses]]:
    """The streets whose name, or part of it, is `words` (or whose USRN). Raises UnknownHouse for none."""
    wanted = " ".join(_words(words))
    everywhere = [(worklist, street) for worklist in lists for street in worklist.streets]
    tests: tuple[Callable[[StreetHouses], bool], ...] = (
        lambda street: street.usrn == words.strip(),
        lambda street: " ".join(_words(street.name)) == wanted,
        lambda street: bool(wanted) and wanted in " ".join(_words(street.name)),
    )
    for test in tests:
        found = [(worklist, street) for worklist, street in everywhere if test(street)]
        if found:
            return found
    raise UnknownHouse(
        f'No street on your lists is called "{words}". See them all with: doorstep-field streets'
    )


def find_house(lists: Sequence[Worklist], words: str) -> str:
    """The UPRN that an officer means: by UPRN, by address, by number and street, by postcode.

    Raises UnknownHouse for none and AmbiguousHouse, with what to choose from, for several.
    """
    everywhere = {h.uprn: (s, h) for worklist in lists for s, h in worklist.houses()}
    if words.strip() in everywhere:
        return words.strip()
    found = _matching(everywhere, words)
    if not found:
        raise UnknownHouse(f'No house on your lists fits "{words}". Give its UPRN, or number and street.')
    if len(found) > 1:
        choices = [(uprn, full_address(*everywhere[uprn])) for uprn in found]
        raise AmbiguousHouse(words, choices[:_MOST_CHOICES])
    return found[0]


def _matching(everywhere: Mapping[str, tuple[StreetHouses, House]], words: str) -> list[str]:
    postcode = _POSTCODE.search(words)
    wanted = _words(_POSTCODE.sub(" ", words) if postcode else words)
    if not wanted and not postcode:
        return []
    exact, partly = [], []
    for uprn, (street, house) in everywhere.items():
        if postcode and "".join(postcode.groups()).casefold() != house.postcode.replace(" ", "").casefold():
            continue
        here = _words(full_address(street, house))
        if here == wanted:
            exact.append(uprn)
        elif _fits(wanted, here):
            partly.append(uprn)
    return exact or partly


def _fits(wanted: Sequence[str], here: Sequence[str]) -> bool:
    """Whether every word wanted is here, each number before the same word: "1 High Street" is not Flat 1 at 12."""
    if set(wanted) - set(here):
        return False
    neighbours = set(pairwise(here))
    return all(pair in neighbours for pair in pairwise(wanted) if pair[0][0].isdigit())


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
