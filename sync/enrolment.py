"""The one-time code with which a device enrols: easy to read out, hard to guess, and it pins the service.

Forty characters in eight groups of five, in Crockford's base 32 (no I, L, O, U; case and dashes do not matter). Each
group is four characters of content and one check character, so that a typo is found in its group. Content: 80
random bits that the service looks up, and 80 bits of the SHA-256 of the service's signing key, by which the device
knows the service that it enrols with before it trusts anything that it says.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from sync.errors import BadSignature, MistypedCode
from sync.exchange import SealKey, ServiceCard
from sync.keys import load_public, public_bytes, sign_raw, verify_raw

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES = PIN_BYTES = 10
GROUPS, GROUP_CONTENT = 8, 4
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_SEPARATORS = re.compile(r"[\s\-–—.]+")


class EnrolmentCode(msgspec.Struct, frozen=True):
    """What a code carries: the secret (10 bytes) and the pin (10 bytes)."""

    secret: bytes
    pin: bytes


def pin_of(verify_key: bytes) -> bytes:
    """The pin of a service's signing key (its 65 public bytes): the first 80 bits of the SHA-256."""
    return hashlib.sha256(b"doorstep/1 pin\n" + verify_key).digest()[:PIN_BYTES]


def pinned(code: EnrolmentCode, verify_key: bytes) -> bool:
    """True when the code was made by the service with this signing key."""
    return hmac.compare_digest(code.pin, pin_of(verify_key))


def new_code(verify_key: bytes, secret: bytes | None = None) -> EnrolmentCode:
    """A new code of the service with this signing key; `secret` is 10 random bytes unless given."""
    return EnrolmentCode(os.urandom(SECRET_BYTES) if secret is None else secret, pin_of(verify_key))


def stored_form(code: EnrolmentCode) -> str:
    """What the service stores of a code and looks it up by: a hex SHA-256, as 80 random bits cannot be guessed."""
    return hashlib.sha256(b"doorstep/1 enrolment\n" + code.secret).hexdigest()


def format_code(code: EnrolmentCode) -> str:
    """The code as it is read out and typed: `XXXXX-XXXXX-…`, eight groups."""
    number = int.from_bytes(code.secret + code.pin, "big")
    count = GROUPS * GROUP_CONTENT
    values = [number >> 5 * (count - 1 - place) & 31 for place in range(count)]
    groups = [values[start : start + GROUP_CONTENT] for start in range(0, count, GROUP_CONTENT)]
    return "-".join(
        "".join(ALPHABET[value] for value in (*group, _check(group, index)))
        for index, group in enumerate(groups)
    )


def parse_code(text: str) -> EnrolmentCode:
    """The code that a person typed. Raises MistypedCode, which says where to look."""
    letters = _SEPARATORS.sub("", text).upper()
    width = GROUP_CONTENT + 1
    number = 0
    for index in range(min(GROUPS, -(-len(letters) // width))):
        group = letters[index * width : (index + 1) * width]
        wrong = next((letter for letter in group if letter not in _VALUES), None)
        if wrong is not None:
            raise MistypedCode(f"Group {index + 1} holds {wrong!r}, which no code has.", index + 1)
        values = [_VALUES[letter] for letter in group]
        if len(values) == width and _check(values[:GROUP_CONTENT], index) != values[GROUP_CONTENT]:
            raise MistypedCode(f"Group {index + 1} ({group}) has a typo; read it again.", index + 1)
        for value in values[:GROUP_CONTENT]:
            number = number << 5 | value
    if len(letters) != GROUPS * width:
        raise MistypedCode(f"A code has {GROUPS * width} letters and digits; this has {len(letters)}.")
    raw = number.to_bytes(SECRET_BYTES + PIN_BYTES, "big")
    return EnrolmentCode(raw[:SECRET_BYTES], raw[SECRET_BYTES:])


def _check(values: list[int], index: int) -> int:
    """A check value over GF(32): weights 2, 4, 8, 16 catch every single typo and every swap of two characters.

    The group's index is mixed in, so that two groups typed in the wrong order are caught too.
    """
    check = index
    for place, value in enumerate(values, start=1):
        weighted = value
        for _ in range(place):
            weighted = (weighted << 1) ^ (0b100101 if weighted & 16 else 0)
        check ^= weighted
    return check


def link(base_url: str, code: EnrolmentCode) -> str:
    """What the QR holds: the service's address, and the code where no server and no log sees it (the fragment)."""
    return f"{base_url.rstrip('/')}/enrol#{format_code(code)}"


def parse_link(text: str) -> tuple[str, EnrolmentCode]:
    """The service's address ("" when only a code was typed) and the code. Raises MistypedCode."""
    before, hash_sign, after = text.strip().partition("#")
    if not hash_sign:
        return "", parse_code(before)
    return before.removesuffix("/enrol").rstrip("/"), parse_code(after)


def make_card(
    private_key: ec.EllipticCurvePrivateKey, *, seal_key: SealKey, epoch: str, now: int, name: str
) -> ServiceCard:
    """The service's card, signed with its signing key, for a device that is about to enrol."""
    card = ServiceCard(public_bytes(private_key), seal_key, epoch, now, name)
    return msgspec.structs.replace(card, signature=sign_raw(private_key, _card_text(card)))


def check_card(card: ServiceCard, code: EnrolmentCode) -> None:
    """Returns when the card is that of the service which made the code. Raises BadSignature (or SyncError)."""
    if not pinned(code, card.verify_key):
        raise BadSignature("signature", "This is not the service that the code was made for.")
    if not verify_raw(load_public(card.verify_key), card.signature, _card_text(card)):
        raise BadSignature("signature", "The service's card was changed on the way.")


def _card_text(card: ServiceCard) -> bytes:
    lines = (
        "doorstep/1 card",
        str(card.protocol),
        card.verify_key.hex(),
        card.seal_key.kid,
        card.seal_key.public.hex(),
        card.epoch,
        str(card.now),
        card.name,
    )
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
