"""How names and contacts are brought to one form before a blind index is made of them. Pure.

The same person must be found again whether an officer typed "Łukasz Żak", "LUKASZ ZAK" or "Mr Lukasz Zak", and a phone
number with or without the country's code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from server.base.vault import Vault

EMAIL, PHONE, NAME_AT_HOUSE = "email", "phone", "name_at_house"
COUNTRY = "44"  # a number written without a country's code is a British one

_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "sir", "rev"))
_NOT_DECOMPOSED = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe"}
)
_MARKS_IN_WORDS = re.compile(r"['’`´.\-‐‑]")


def normal_email(text: str) -> str:
    """An e-mail address in the form it is compared in: composed, without spaces around, in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def normal_phone(text: str) -> str:
    """A phone number as '+' and digits; what holds no digit is kept in lower case, so that it still finds itself."""
    composed = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(str(unicodedata.digit(letter)) for letter in composed if letter.isdigit())
    if not digits:
        return composed.casefold()
    if composed.startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = COUNTRY + digits[1:]
    else:
        number = digits
    if number.startswith(COUNTRY + "0"):  # +44 (0) 1482 …
        number = COUNTRY + number[len(COUNTRY) + 1 :]
    return "+" + number


def normal_name(text: str) -> str:
    """A name without accents, titles, marks and case, its words parted by one space."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _MARKS_IN_WORDS.sub("", plain.translate(_NOT_DECOMPOSED)).split()
    while len(words) > 1 and words[0] in _TITLES:
        words.pop(0)
    return " ".join(words)


def normal(kind: str, text: str) -> str:
    """A contact of a kind (email, phone) in the form it is compared in."""
    return normal_email(text) if kind == EMAIL else normal_phone(text)


def contact_indexes(vault: Vault, kind: str, text: str) -> list[bytes]:
    """The blind indexes of a contact under every index key, the newest last."""
    return vault.indexes(kind, normal(kind, text))


def name_indexes(vault: Vault, name: str, uprn: str) -> list[bytes]:
    """The blind indexes of a name at a house under every index key, the newest last."""
    return vault.indexes(NAME_AT_HOUSE, f"{uprn}\0{normal_name(name)}")


def present(contacts: Iterable[tuple[str, str | None]]) -> list[tuple[str, str]]:
    """The (kind, text) pairs that say something: None and blanks are no contacts."""
    return [(kind, text.strip()) for kind, text in contacts if text and text.strip()]
