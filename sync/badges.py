"""The code by which a resident checks at the service that the officer at the door is genuine (PROTOCOL.md, section 9).

The phone makes it without a connection from the list's token key, so whoever shows one holds an officer's list today.
    worklist "-" XXXX "-" XXXX, where the X are Crockford's base 32 of the first 40 bits of
    HMAC-SHA256(token key, "doorstep/1 badge" LF worklist LF local date)
"""

from __future__ import annotations

import hmac
import re
from datetime import date, timedelta

import msgspec

from sync.enrolment import ALPHABET
from sync.errors import BadToken

LIVES = timedelta(
    days=1
)  # after its own date, for a visit around midnight or a resident who checks the next morning

_LABEL = "doorstep/1 badge"
_SYMBOLS, _BITS = 8, 40
_SEPARATORS = re.compile(r"[\s\-–—.]+")
_READ_ALIKE = str.maketrans("OIL", "011")
_TEXT = re.compile(r"(0|[1-9][0-9]{0,12})([0-9A-Z]{8})\Z")


class Badge(msgspec.Struct, frozen=True):
    """What was typed: the number of a list, and eight symbols."""

    worklist: int
    symbols: str


def make(token_key: bytes, worklist: int, on: date) -> str:
    """The code of a list on a local date, such as 17-8KQ2-M0XT."""
    symbols = _symbols(token_key, worklist, on)
    return f"{worklist}-{symbols[:4]}-{symbols[4:]}"


def read(text: str) -> Badge:
    """What a person typed, unchecked: enough to find the list's key. Raises BadToken when it can be no code."""
    found = _TEXT.match(_SEPARATORS.sub("", text).upper().translate(_READ_ALIKE))
    if found is None:
        raise BadToken("This is not a whole code. It looks like 17-8KQ2-M0XT.")
    return Badge(int(found[1]), found[2])


def check(token_key: bytes, text: str, today: date) -> Badge:
    """What a person typed, when this key made it for today or the day before. Raises BadToken otherwise."""
    badge = read(text)
    days = (today, today - LIVES)
    if not any(hmac.compare_digest(badge.symbols, _symbols(token_key, badge.worklist, day)) for day in days):
        raise BadToken("This code was not made for this list today.")
    return badge


def _symbols(token_key: bytes, worklist: int, on: date) -> str:
    mac = hmac.digest(token_key, f"{_LABEL}\n{worklist}\n{on.isoformat()}".encode(), "sha256")
    number = int.from_bytes(mac[: _BITS // 8], "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
