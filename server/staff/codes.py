"""Six-digit codes of an authenticator app (TOTP, RFC 6238: SHA-1, 30 s) and recovery codes: the rules, without storing.

A code of the step before or after is accepted, for clocks that are a little off; a step at or before the last one used
never is, so that a code seen over a shoulder is worth nothing.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
STEPS_OFF = 1
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


def new_key() -> str:
    """A new key: 160 random bits as 32 letters of base32."""
    return pyotp.random_base32()


def address_of(key: str, username: str, force: str) -> str:
    """The otpauth:// address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=username, issuer_name=f"Doorstep {force}")


def in_fours(key: str) -> str:
    """A key as it is typed by hand: in groups of four."""
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def picture_of(address: str) -> str:
    """The QR code as SVG in black on white, 5 units a module, without any style of its own."""
    return segno.make(address, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=False, svgclass="qr", lineclass=None
    )


def step_of(key: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step that a code is of, or None where it is none that holds now and is later than `last_step`."""
    code = "".join(code.split())
    here = int(now.timestamp()) // STEP_SECONDS
    totp, found = pyotp.TOTP(key), None
    for step in range(here - STEPS_OFF, here + STEPS_OFF + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes of twelve letters (59 bits each), as they are printed: "abcd-efgh-jkmn"."""
    return [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
        for _ in range(RECOVERY_CODES)
    ]


def bare(code: str) -> str:
    """A recovery code as it is compared: lower case, letters and digits only."""
    return "".join(character for character in code.casefold() if character.isalnum())
