"""Requests and replies signed by RFC 9421 (HTTP Message Signatures) with ECDSA P-256, bodies by RFC 9530.

A request's signature covers method, path and content digest, with the device's id as keyid and its request number as
nonce; a reply's covers status, content digest and the request's own signature (`"signature";req`). `created` is
written because the standard's libraries want it and never judged, because a device's clock may be days wrong.
Everything takes and gives plain values, so that Flask, httpx and a simulator use the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.structures import VerifyResult

from sync.errors import BadSignature
from sync.events import MOST

LABEL = TAG = "doorstep"
REQUEST_COMPONENTS = ("@method", "@path", "content-digest")
REPLY_COMPONENTS = ("@status", '"signature";req;key="doorstep"', "content-digest")
_ALGORITHM = algorithms.ECDSA_P256_SHA256
_NO_HOST = (
    "https://doorstep.invalid"  # the host is not signed: a force's proxy may be reached by several names
)
_MOST_FIELD_CHARACTERS = 1000
_PARAMETER = re.compile(r';([a-z]+)="([A-Za-z0-9._-]{0,64})"')
_REQUEST_INPUT = re.compile(
    r'doorstep=\("@method" "@path" "content-digest"\)((?:;[a-z]+=(?:"[A-Za-z0-9._-]{0,64}"|[0-9]{1,15})){1,8})\Z'
)
_FIELDS = ("Content-Digest", "Signature-Input", "Signature")


class Signer(msgspec.Struct, frozen=True):
    """Who says to have signed a request, and the number that it gave."""

    key_id: str
    number: int


@dataclass
class _Request:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class _Reply:
    status_code: int
    request: _Request
    headers: dict[str, str] = field(default_factory=dict)


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """No clock is asked: the request number is what makes a request new."""


def content_digest(body: bytes) -> str:
    """The value of Content-Digest (RFC 9530, SHA-256)."""
    return str(ContentDigest.create(body))


def sign_request(
    private_key: ec.EllipticCurvePrivateKey,
    *,
    key_id: str,
    number: int,
    method: str,
    path: str,
    body: bytes,
    now_ms: int = 0,
) -> dict[str, str]:
    """The three headers to send with a request. `path` has no query; `now_ms` only becomes `created`."""
    request = _request(method, path)
    signer = HTTPMessageSigner(signature_algorithm=_ALGORITHM, key_resolver=_OneKey(private_key))
    signer.sign(
        request,
        key_id=key_id,
        nonce=str(number),
        created=_created(now_ms),
        label=LABEL,
        tag=TAG,
        covered_component_ids=REQUEST_COMPONENTS[:2],
        body=body,
    )
    return request.headers


def read_signer(headers: Mapping[str, str]) -> Signer:
    """Who says to have signed, before the key is looked up. Raises BadSignature (missing, malformed)."""
    shape = _REQUEST_INPUT.match(_fields(headers)["Signature-Input"])
    if shape is None:
        _malformed()
    return _signer(dict(_PARAMETER.findall(shape[1])))


def verify_request(
    public_key: ec.EllipticCurvePublicKey, *, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Signer:
    """Who signed this request, when it was signed by this key. Raises BadSignature."""
    request = _request(method, path)
    request.headers = _fields(headers)
    signer = read_signer(request.headers)
    _verify(public_key, request, body, REQUEST_COMPONENTS)
    return signer


def sign_reply(
    private_key: ec.EllipticCurvePrivateKey,
    *,
    key_id: str,
    status: int,
    body: bytes,
    request_signature: str,
    now_ms: int = 0,
) -> dict[str, str]:
    """The three headers to send with a reply to the request that had this Signature header."""
    reply = _reply(status, request_signature)
    signer = HTTPMessageSigner(signature_algorithm=_ALGORITHM, key_resolver=_OneKey(private_key))
    signer.sign(
        reply,
        key_id=key_id,
        created=_created(now_ms),
        label=LABEL,
        tag=TAG,
        covered_component_ids=REPLY_COMPONENTS[:2],
        body=body,
    )
    return reply.headers


def verify_reply(
    public_key: ec.EllipticCurvePublicKey,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    request_signature: str,
) -> None:
    """Returns when the service with this key gave this reply to this very request. Raises BadSignature."""
    reply = _reply(status, request_signature)
    reply.headers = _fields(headers)
    _verify(public_key, reply, body, REPLY_COMPONENTS)


def _request(method: str, path: str) -> _Request:
    if "?" in path or "#" in path or not path.startswith("/"):
        raise BadSignature("malformed", "A signed request has a path without a query.")
    return _Request(method, _NO_HOST + path)


def _reply(status: int, request_signature: str) -> _Reply:
    return _Reply(status, _Request("POST", _NO_HOST + "/", {"Signature": request_signature}))


def _created(now_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(now_ms // 1000, 0), 10**10))


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    """The three fields of a message, whatever case its mapping keeps. Raises BadSignature (missing, malformed)."""
    lower = {name.lower(): value for name, value in headers.items()}
    found = {name: lower.get(name.lower(), "") for name in _FIELDS}
    if not all(found.values()):
        raise BadSignature(
            "missing", "It is not signed: Content-Digest, Signature-Input and Signature are needed."
        )
    if any(len(value) > _MOST_FIELD_CHARACTERS for value in found.values()):
        _malformed()
    return found


def _verify(
    public_key: ec.EllipticCurvePublicKey,
    message: _Request | _Reply,
    body: bytes,
    components: tuple[str, ...],
) -> VerifyResult:
    try:
        ContentDigest.verify(message.headers["Content-Digest"], body)
    except Exception:
        raise BadSignature("digest", "The content is not the one that its digest names.") from None
    verifier = _Verifier(signature_algorithm=_ALGORITHM, key_resolver=_OneKey(public_key))
    try:
        return verifier.verify(
            message, max_age=None, expect_tag=TAG, expect_label=LABEL, require_components=components
        )[0]
    except (InvalidSignature, HTTPMessageSignaturesException):
        raise BadSignature("signature", "The signature is not this key's over this message.") from None
    except Exception:
        _malformed()


def _signer(parameters: Mapping[str, Any]) -> Signer:
    key_id, nonce = parameters.get("keyid"), parameters.get("nonce")
    if (
        not isinstance(key_id, str)
        or not isinstance(nonce, str)
        or not nonce.isascii()
        or not nonce.isdigit()
    ):
        raise BadSignature("malformed", "The signature names no key, or no request number.")
    if len(nonce) > 16 or not 1 <= int(nonce) <= MOST:
        raise BadSignature("malformed", "The request number is out of range.")
    return Signer(key_id, int(nonce))


def _malformed() -> NoReturn:
    raise BadSignature("malformed", "The signature's headers are not as RFC 9421 says.") from None
