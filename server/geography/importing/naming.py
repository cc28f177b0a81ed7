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

_WORD = re.compile(r"[^\s,()/-]+")
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH)")
_PREFIXED = re.compile(r"([OD]')(.{2,})")


def as_written(text: str) -> str:
    """'FLAT 2, 10TH AVENUE' → 'Flat 2, 10th Avenue'. Text that has small letters already is left as it is."""
    if text != text.upper():
        return text
    return _in_small_letters(text)


@lru_cache(maxsize=65_536)
def _in_small_letters(text: str) -> str:
    return _WORD.sub(lambda found: _word(found[0], first=not found.start()), text)


def _word(word: str, *, first: bool) -> str:
    small = word.lower()
    if small in SMALL_WORDS:
        return small.capitalize() if first else small
    if word in KEPT_IN_CAPITALS:
        return word
    if any(character.isdigit() for character in word):
        return small if _ORDINAL.fullmatch(word) else word
    prefixed = _PREFIXED.fullmatch(word)
    if prefixed:
        return prefixed[1] + prefixed[2].capitalize()
    return small.capitalize()


def with_postcode(parts: list[str], postcode: str) -> str:
    """The parts that say something, in capitals and small letters, and the postcode as it is."""
    written = [as_written(part) for part in parts if part]
    return ", ".join([*written, postcode] if postcode else written)
