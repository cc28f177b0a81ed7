"""What somebody who searches may mean: a postcode, a number, a house on a street, or a part of a name. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\Z")
NUMBER = re.compile(r"^[0-9]{5,12}\Z")
HOUSE = re.compile(r"^([0-9]{1,5}[A-Z]?),? +(\S.*)\Z", re.IGNORECASE)
LEAST = 2


@dataclass(frozen=True)
class Wanted:
    """What the words may be; "" where they can't be that. `street` and `name` are parts of names."""

    postcode: str = ""
    number: str = ""
    house: str = ""
    street: str = ""
    name: str = ""

    @property
    def nothing(self) -> bool:
        """True where the words are too short to look for."""
        return self == Wanted()


def wanted(words: str) -> Wanted:
    """What to look for: "HU5 2XQ", a UPRN or USRN, "12 Newland Avenue", or a part of a name of two letters or more."""
    words = " ".join(words.split())
    folded = words.upper()
    if found := POSTCODE.match(folded):
        return Wanted(postcode=f"{found[1]} {found[2]}")
    if NUMBER.match(words):
        return Wanted(number=words)
    if found := HOUSE.match(words):
        return Wanted(house=found[1].upper(), street=found[2], name=words)
    return Wanted(street=words, name=words) if len(words) >= LEAST else Wanted()
