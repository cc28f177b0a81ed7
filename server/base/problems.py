"""Every error a client can see, in one table: code → status and title (RFC 9457 problem documents).

Rules and use cases raise `Problem(code, detail)`; the HTTP edge turns it into `application/problem+json`, the
command line into one sentence. A detail names what is wrong and what to do, never a person, contact or answer.
"""

from __future__ import annotations

from typing import Any

CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be understood"),
    "malformed_body": (400, "The body cannot be read"),
    "unauthenticated": (401, "Sign in first"),
    "bad_signature": (401, "The signature does not fit the message"),
    "sign_in_failed": (401, "The username or password is not right"),
    "code_needed": (401, "A code of the second factor is needed"),
    "code_wrong": (401, "The code is not right"),
    "setup_needed": (403, "Set up a second factor first"),
    "passkey_failed": (401, "The passkey did not open an account"),
    "sso_failed": (401, "Single sign-on did not work"),
    "no_group": (403, "You are in no group that may use Doorstep"),
    "forbidden": (403, "You may not do this"),
    "cross_site": (403, "The request did not come from our own pages"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This address does not answer that method"),
    "not_acceptable": (406, "The answer cannot be given in that form"),
    "conflict": (409, "This does not fit what is already there"),
    "already_held": (409, "Another officer holds this already"),
    "already_there": (409, "There is one already"),
    "wrong_state": (409, "This cannot be done in its present state"),
    "replayed": (409, "This request was taken already"),
    "gone": (410, "This is no longer here"),
    "expired": (410, "The time for this has passed"),
    "stale_version": (412, "Somebody else changed this first"),
    "too_large": (413, "The body is too large"),
    "unsupported": (415, "The body is of a kind that is not read here"),
    "validation_failed": (422, "Some of what was sent is not right"),
    "unknown_code": (422, "A code is not known"),
    "wrong_version": (422, "This version of the protocol is not spoken here"),
    "precondition_required": (428, "Say which version you are changing"),
    "too_many_requests": (429, "Too many tries: wait a little"),
    "internal": (500, "Something went wrong on our side"),
    "not_ready": (503, "The service is not ready"),
    "other_http": (400, "The request was refused"),
}


class Problem(Exception):
    """A refusal that a client sees. `code` is a row of CATALOGUE; `fields` become members of the document."""

    def __init__(self, code: str, detail: str = "", **fields: Any) -> None:
        self.status, self.title = CATALOGUE[code]
        self.code = code
        self.detail = detail
        self.fields = fields
        super().__init__(code, detail)

    def __str__(self) -> str:
        return self.detail or self.title

    def document(self, *, instance: str = "") -> dict[str, Any]:
        """The problem document: type, title, status, code, and detail, instance and fields where there are any."""
        document: dict[str, Any] = {
            "type": f"urn:doorstep:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            document["detail"] = self.detail
        if instance:
            document["instance"] = instance
        return document | self.fields


class UserError(Exception):
    """A sentence for whoever runs the service: what is wrong with settings, keys or files, and what to do."""
