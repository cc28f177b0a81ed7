"""How a door is named, from what a coordinator types: "12A", "Flat 3", "The Lodge". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBERED = re.compile(r"(?P<number>[0-9]{1,5})(?P<rest>[A-Za-z]?(?:[/-][0-9]{1,5}[A-Za-z]?)?)\Z")
MOST_LONG = 80


@dataclass(frozen=True)
class Door:
    """The parts of an address that stand before the street: flat, building's name, number (0 for none)."""

    sub_building: str = ""
    building: str = ""
    number_text: str = ""
    number: int | None = None

    def address(self, *, street: str, locality: str, town: str, postcode: str) -> str:
        """The whole address in one line, as an address file has it."""
        numbered = f"{self.number_text} {street}" if self.number_text else street
        parts = (self.sub_building, self.building, numbered, locality, town, postcode)
        return ", ".join(part for part in parts if part)

    def columns(self) -> dict[str, Any]:
        """The same as columns of a premises."""
        return {
            "sub_building": self.sub_building,
            "building": self.building,
            "number_text": self.number_text,
            "number": self.number,
        }


def door(text: str) -> Door:
    """A house of its own: a number ("12A", "3/1") or a name."""
    text = tidy(text)
    found = NUMBERED.match(text)
    if found is None:
        return Door(building=text)
    return Door(number_text=text.upper(), number=int(found["number"]))


def flat(text: str, of: Mapping[str, Any]) -> Door:
    """A flat of a house; `of` has the house's columns."""
    within = ", ".join(part for part in (of["sub_building"], of["building"]) if part)
    return Door(tidy(text), within, of["number_text"], of["number"])


def renamed(text: str, was: Mapping[str, Any]) -> Door:
    """A house under another name: of a flat only the flat's own name changes, of a numbered one the number."""
    if was["sub_building"]:
        return Door(tidy(text), was["building"], was["number_text"], was["number"])
    return door(text)


def lines(text: str) -> list[str]:
    """What is typed one a line (or between semicolons), tidied, without empty ones."""
    return [line for line in map(tidy, re.split(r"[\n;]", text)) if line]


def tidy(text: str) -> str:
    """Without spaces too many."""
    return " ".join(text.split())


def faults(names: Iterable[str], *, least: int, most: int) -> str:
    """What is wrong with the names of doors, in a sentence, or ""."""
    named = list(names)
    if len(named) < least:
        return f"Name at least {least}, one on a line." if least > 1 else "Name the house."
    if len(named) > most:
        return f"At most {most} at once."
    if len({name.casefold() for name in named}) < len(named):
        return "One of them stands there twice."
    if any(len(name) > MOST_LONG or not name.isprintable() for name in named):
        return f"A name has at most {MOST_LONG} characters that can be printed."
    return ""
