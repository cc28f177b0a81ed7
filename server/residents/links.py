"""Signed links for the public, who never sign in: to confirm a contact, to change preferences, to answer a survey.

A link's token is 51 URL-safe characters for 38 bytes: version (1) | purpose (1) | subject's UUID (16) | expiry in
minutes since 1970, 0 for never (4) | HMAC-SHA256 under the purpose's key, cut to 128 bits (16). Nothing is stored for
it. What it opens is looked up by the subject, so that an erased person's link opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from server.base.clock import from_milliseconds, milliseconds
from server.base.problems import Problem
from server.base.service import Service

CONFIRM, PREFERENCES, SURVEY = "confirm", "preferences", "survey"
SUBJECTS = {CONFIRM: "contact", PREFERENCES: "resident", SURVEY: "invite"}

_VERSION = 1
_PURPOSES = {CONFIRM: 1, PREFERENCES: 2, SURVEY: 3}
_HEAD_BYTES, _MAC_BYTES = 22, 16
_MINUTE_MS = 60_000
_TEXT = re.compile(r"[A-Za-z0-9_-]{51}\Z")


@dataclass(frozen=True)
class Claim:
    """What a link says: the id of its subject, and when it ends (None: never)."""

    subject: str
    expires_at: datetime | None


def make_link(service: Service, purpose: str, subject: str, expires_at: datetime | None = None) -> str:
    """The token of a link for one subject (a UUID), good until `expires_at`, or for ever."""
    minutes = 0 if expires_at is None else milliseconds(expires_at) // _MINUTE_MS
    head = bytes([_VERSION, _PURPOSES[purpose]]) + uuid.UUID(subject).bytes + minutes.to_bytes(4, "big")
    return base64.urlsafe_b64encode(head + _mac(service, purpose, head)).decode().rstrip("=")


def read_link(service: Service, purpose: str, token: str) -> Claim:
    """What a link says. Problem("gone") for one that we did not make for this, Problem("expired") past its time."""
    if not _TEXT.match(token):
        raise not_ours()
    raw = base64.urlsafe_b64decode(token + "=")
    head = raw[:_HEAD_BYTES]
    if not hmac.compare_digest(raw[_HEAD_BYTES:], _mac(service, purpose, head)):
        raise not_ours()
    if head[:2] != bytes([_VERSION, _PURPOSES[purpose]]):
        raise not_ours()
    minutes = int.from_bytes(head[18:], "big")
    expires_at = from_milliseconds(minutes * _MINUTE_MS) if minutes else None
    if expires_at is not None and expires_at <= service.clock.now():
        raise Problem("expired", "This link has expired: ask for a new one.")
    return Claim(str(uuid.UUID(bytes=head[2:18])), expires_at)


def not_ours() -> Problem:
    """The answer to a link that opens nothing, whatever the reason: it tells nobody who is registered."""
    return Problem("gone", "This link does not open anything (any more). Check that it is complete.")


def _mac(service: Service, purpose: str, head: bytes) -> bytes:
    return hmac.digest(service.keys.derive("signed-link", purpose), head, "sha256")[:_MAC_BYTES]
