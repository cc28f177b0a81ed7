"""Passwords: Argon2id (RFC 9106's second recommended choice: 64 MiB, 3 passes, 4 lanes), and what is refused."""

from __future__ import annotations

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH = 12
MOST_LENGTH = 256
AT_ONCE = threading.BoundedSemaphore(4)  # 64 MiB each: a flood of sign-ins must not take the memory
TOO_COMMON = ("password", "qwerty", "123456", "letmein", "welcome", "doorstep", "policeforce", "humberside")

# fmt: off
WORDS = (
    "amber", "anchor", "apple", "barley", "basket", "beacon", "birch", "bramble", "bridge", "candle",
    "cedar", "clover", "copper", "cotton", "crane", "daisy", "ember", "falcon", "fennel", "ferry",
    "garden", "ginger", "harbour", "hazel", "heron", "island", "ivory", "jasper", "kettle", "lantern",
    "linen", "maple", "marble", "meadow", "mill", "moss", "oak", "olive", "otter", "paddle", "pebble",
    "pepper", "plum", "quarry", "rabbit", "river", "rowan", "saddle", "sail", "sparrow", "spring",
    "tartan", "thistle", "timber", "velvet", "violet", "walnut", "willow",
)
# fmt: on
MADE_OF = 8  # words of a password that is made: some 46 bits

_hasher = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def weakness(password: str, username: str) -> str:
    """What is wrong with a new password, as a sentence, or "" where nothing is."""
    folded = _prepared(password).casefold()
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        return f"A password has {LEAST_LENGTH} to {MOST_LENGTH} characters; three or four words do well."
    if len(set(folded)) < 5:
        return "This password repeats too few characters."
    if username and username.casefold() in folded:
        return "A password does not contain the username."
    rest = folded
    for common in TOO_COMMON:
        rest = rest.replace(common, "")
    if len(rest) < LEAST_LENGTH // 2:
        return "This password is among the first that a guesser tries."
    return ""


def make() -> str:
    """A new password of random words, to be handed to somebody."""
    return "-".join(secrets.choice(WORDS) for _ in range(MADE_OF))


def hash_password(password: str) -> str:
    """The salted Argon2id hash to keep."""
    with AT_ONCE:
        return _hasher.hash(_prepared(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """True for the password behind the hash; takes as long where there is none (no such account, or one of
    single sign-on)."""
    if len(password) > MOST_LENGTH:
        return False
    with AT_ONCE:
        try:
            return _hasher.verify(password_hash or _NOBODY, _prepared(password)) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def _prepared(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
