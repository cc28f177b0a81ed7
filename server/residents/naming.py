"""Whether what a resident heard or read at the door names this officer. Pure."""

from __future__ import annotations

import re
import unicodedata

RANKS = frozenset(
    [
        "pc",
        "wpc",
        "pcso",
        "cso",
        "ps",
        "sgt",
        "insp",
        "dc",
        "ds",
        "di",
        "police",
        "constable",
        "officer",
        "community",
        "support",
        "special",
        "sergeant",
        "inspector",
        "mr",
        "mrs",
        "ms",
        "miss",
    ]
)
_WORD = re.compile(r"[^\W_]+")


def is_named(said: str, display_name: str, collar_number: str) -> bool:
    """True where everything said is of this officer's name and number, and the surname or the number is among it.

    Ranks, capitals, accents and apostrophes are no matter: "pc o'brien" names Síle O’Brien.
    """
    words, name, number = set(_words(said)), _words(display_name), _words(collar_number)
    whole = "".join(number)
    if not words or not words <= {*name, *number, whole}:
        return False
    by_surname = words.intersection(name[-1:])
    return bool(by_surname or (number and (whole in words or words.issuperset(number))))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("’", "")
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _WORD.findall(bare) if word not in RANKS]
