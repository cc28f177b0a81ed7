"""Addresses as people write them, out of files that shout."""

from __future__ import annotations

import re
from functools import lru_cache

SMALL_WORDS = frozenset({
    "and", "at", "by", "de", "en", "in", "le", "la", "next", "of", "on", "the", "to", "under", "upon", "with", "y",
})  # fmt: skip
KEPT_IN_CAPITALS = frozenset({
    "HM", "HMP", "HMS", "NHS", "PO", "RAF", "TA", "UK", "YHA", "YMCA", "YWCA", "II", "III", "IV",
})  # fmt: skip

_PART = re.compile(r"[^,()/-]+")
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH)")
_PREFIXED = re.compile(r"([OD]')(.{2,})")


def as_written(text: str) -> str:
    """'FLAT 2, 10TH AVENUE' → 'Flat 2, 10th Avenue'. Text that has small letters already is left as it is."""
    if not text or text != text.upper():
        return text
    first, *others = text.split(" ")
    return " ".join([_word(first, True), *[_word(word, False) for word in others]])


@lru_cache(maxsize=65_536)
def name_as_written(name: str) -> str:
    """`as_written` for what comes many times in a file: streets, towns, names of buildings."""
    return as_written(name)


@lru_cache(maxsize=65_536)
def _word(word: str, first: bool) -> str:
    """One word between spaces; 'BARTON-UPON-HUMBER,' has three parts."""
    return _PART.sub(lambda found: _part(found[0], first=first and not found.start()), word)


def _part(part: str, *, first: bool) -> str:
    small = part.lower()
    if small in SMALL_WORDS:
        return small.capitalize() if first else small
    if part in KEPT_IN_CAPITALS:
        return part
    if any(character.isdigit() for character in part):
        return small if _ORDINAL.fullmatch(part) else part
    prefixed = _PREFIXED.fullmatch(part)
    if prefixed:
        return prefixed[1] + prefixed[2].capitalize()
    return small.capitalize()


def with_postcode(parts: list[str], postcode: str) -> str:
    """The parts that say something, in capitals and small letters, and the postcode as it is."""
    written = [as_written(part) for part in parts if part]
    return ", ".join([*written, postcode] if postcode else written)
