"""The registration token behind the QR code at the door: which list and which house, and nothing of who lives there.

28 URL-safe characters for 21 bytes, PROTOCOL.md, "Registration tokens":
    10 with n in the low half (1 byte) | worklist (5) | UPRN (5) | HMAC-SHA256 under the list's token key (first 10)
where n is the number of digits of the UPRN, so that leading zeros survive. Whether the list still runs, and how often
a token was used, the service knows; the token only shows that this list's key made it for this house.
"""

from __future__ import annotations

import base64
import hmac
import re

import msgspec

from sync.errors import BadToken, SyncError

_LABEL = b"doorstep/1 token\n"
_VERSION = 0x10
_HEAD_BYTES, _MAC_BYTES = 11, 10
_TEXT = re.compile(r"[A-Za-z0-9_-]{28}\Z")
_UPRN = re.compile(r"[0-9]{1,12}\Z")
_MOST_WORKLIST = (1 << 40) - 1


class Claim(msgspec.Struct, frozen=True):
    """What a token says: this house, on this list."""

    worklist: int
    uprn: str


def make(token_key: bytes, worklist: int, uprn: str) -> str:
    """The token of one house of one list. Raises SyncError when either cannot stand in a token."""
    if not _UPRN.match(uprn) or not 0 <= worklist <= _MOST_WORKLIST:
        raise SyncError("A token is made of a list's number and a UPRN of up to 12 digits.")
    head = bytes([_VERSION | len(uprn)]) + worklist.to_bytes(5, "big") + int(uprn).to_bytes(5, "big")
    return base64.urlsafe_b64encode(head + _mac(token_key, head)).decode()


def read(token: str) -> Claim:
    """What a token says, unchecked: enough to find the list's key. Raises BadToken when it is none."""
    return _claim(_bytes(token))


def check(token_key: bytes, token: str) -> Claim:
    """What a token says, when this key made it. Raises BadToken otherwise."""
    raw = _bytes(token)
    if not hmac.compare_digest(raw[_HEAD_BYTES:], _mac(token_key, raw[:_HEAD_BYTES])):
        raise BadToken("This link was not made for this list.")
    return _claim(raw)


def _bytes(token: str) -> bytes:
    if not _TEXT.match(token):
        raise BadToken("This link is not complete; scan the code again.")
    return base64.urlsafe_b64decode(token)


def _claim(raw: bytes) -> Claim:
    digits, number = raw[0] & 0x0F, int.from_bytes(raw[6:_HEAD_BYTES], "big")
    if raw[0] & 0xF0 != _VERSION or not 1 <= digits <= 12 or len(str(number)) > digits:
        raise BadToken("This link is not one of ours.")
    return Claim(int.from_bytes(raw[1:6], "big"), str(number).zfill(digits))


def _mac(token_key: bytes, head: bytes) -> bytes:
    return hmac.digest(token_key, _LABEL + head, "sha256")[:_MAC_BYTES]
