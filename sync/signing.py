"""Requests and replies signed by RFC 9421 (HTTP Message Signatures) with ECDSA P-256, bodies by RFC 9530.

A request's signature covers method, path and content digest, with the device's id as keyid and its request number as
nonce; a reply's covers status, content digest and the request's own signature (`"signature";req`). `created` is
written because the standard's libraries want it and never judged, because a device's clock may be days wrong.
Everything takes and gives plain values, so that Flask, httpx and a simulator use the same functions.

Only these two forms are ever signed, so their signature bases (RFC 9421, section 2.5) are written out here: a general
library costs several times what the signature itself does. The tests hold both forms against one, in both directions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import NoReturn

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from sync.errors import BadSignature
from sync.events import MOST
from sync.keys import sign_raw, verify_raw

LABEL = TAG = "doorstep"
ALGORITHM = "ecdsa-p256-sha256"
REQUEST_COMPONENTS = '("@method" "@path" "content-digest")'
REPLY_COMPONENTS = '("@status" "signature";req;key="doorstep" "content-digest")'
_TEXT = "[A-Za-z0-9._-]{0,64}"
_PARAMETER = re.compile(f';([a-z]+)=(?:"({_TEXT})"|([0-9]{{1,15}}))')
_PARAMETERS = f'(?:;[a-z]+=(?:"{_TEXT}"|[0-9]{{1,15}})){{1,8}}'
_REQUEST_INPUT = re.compile(f"doorstep=({re.escape(REQUEST_COMPONENTS)}{_PARAMETERS})\\Z")
_REPLY_INPUT = re.compile(f"doorstep=({re.escape(REPLY_COMPONENTS)}{_PARAMETERS})\\Z")
_SIGNATURE = re.compile("doorstep=(:[A-Za-z0-9+/]*={0,2}:)\\Z")
_TEXTS, _NUMBERS = {"keyid", "alg", "nonce", "tag"}, {"created", "expires"}
_MOST_FIELD_CHARACTERS = 1000
_FIELDS = ("Content-Digest", "Signature-Input", "Signature")


class Signer(msgspec.Struct, frozen=True):
    """Who says to have signed a request, and the number that it gave."""

    key_id: str
    number: int


def content_digest(body: bytes) -> str:
    """The value of Content-Digest (RFC 9530, SHA-256)."""
    return f"sha-256={_byte_sequence(hashlib.sha256(body).digest())}"


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
    parameters = f'{_who(key_id, now_ms)};nonce="{number}";tag="{TAG}"'
    digest = content_digest(body)
    signed = REQUEST_COMPONENTS + parameters
    return _headers(private_key, digest, signed, _request_base(method, path, digest, signed))


def read_signer(headers: Mapping[str, str]) -> Signer:
    """Who says to have signed, before the key is looked up. Raises BadSignature (missing, malformed)."""
    return _signer(_parameters(_input(_fields(headers), _REQUEST_INPUT)))


def verify_request(
    public_key: ec.EllipticCurvePublicKey, *, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Signer:
    """Who signed this request, when it was signed by this key. Raises BadSignature."""
    fields = _fields(headers)
    signed = _input(fields, _REQUEST_INPUT)
    signer = _signer(_parameters(signed))
    _verify(public_key, fields, body, _request_base(method, path, fields["Content-Digest"], signed))
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
    digest = content_digest(body)
    signed = f'{REPLY_COMPONENTS}{_who(key_id, now_ms)};tag="{TAG}"'
    return _headers(private_key, digest, signed, _reply_base(status, request_signature, digest, signed))


def verify_reply(
    public_key: ec.EllipticCurvePublicKey,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    request_signature: str,
) -> None:
    """Returns when the service with this key gave this reply to this very request. Raises BadSignature."""
    fields = _fields(headers)
    signed = _input(fields, _REPLY_INPUT)
    _parameters(signed)
    _verify(
        public_key, fields, body, _reply_base(status, request_signature, fields["Content-Digest"], signed)
    )


def _request_base(method: str, path: str, digest: str, signed: str) -> str:
    if "?" in path or "#" in path or not path.startswith("/"):
        raise BadSignature("malformed", "A signed request has a path without a query.")
    return f'"@method": {method}\n"@path": {path}\n"content-digest": {digest}\n"@signature-params": {signed}'


def _reply_base(status: int, request_signature: str, digest: str, signed: str) -> str:
    return (
        f'"@status": {status}\n"signature";req;key="{LABEL}": {_signature(request_signature)}\n'
        f'"content-digest": {digest}\n"@signature-params": {signed}'
    )


def _who(key_id: str, now_ms: int) -> str:
    if not re.fullmatch(_TEXT, key_id):
        raise ValueError("a key's id has letters, digits, '.', '_' and '-' only")
    created = min(max(now_ms // 1000, 0), 10**10)
    return f';created={created};keyid="{key_id}";alg="{ALGORITHM}"'


def _headers(private_key: ec.EllipticCurvePrivateKey, digest: str, signed: str, base: str) -> dict[str, str]:
    signature = _byte_sequence(sign_raw(private_key, _as_bytes(base)))
    values = (digest, f"{LABEL}={signed}", f"{LABEL}={signature}")
    return dict(zip(_FIELDS, values, strict=True))


def _verify(public_key: ec.EllipticCurvePublicKey, fields: Mapping[str, str], body: bytes, base: str) -> None:
    if fields["Content-Digest"] != content_digest(body):
        raise BadSignature("digest", "The content is not the one that its digest names.")
    try:
        signature = base64.b64decode(_signature(fields["Signature"])[1:-1], validate=True)
    except binascii.Error:
        _malformed()
    if not verify_raw(public_key, signature, _as_bytes(base)):
        raise BadSignature("signature", "The signature is not this key's over this message.")


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


def _input(fields: Mapping[str, str], shape: re.Pattern[str]) -> str:
    """What Signature-Input says was signed: the components and their parameters, as they stand in the base."""
    found = shape.match(fields["Signature-Input"])
    return found[1] if found else _malformed()


def _parameters(signed: str) -> dict[str, str]:
    """The parameters of a signature, each of its own kind and named once, with ours among them."""
    found: dict[str, str] = {}
    for name, text, number in _PARAMETER.findall(signed[signed.index(")") + 1 :]):
        if name in found or name not in (_NUMBERS if number else _TEXTS):
            _malformed()
        found[name] = number or text
    if not {"created", "keyid"} <= found.keys() or found.get("tag") != TAG:
        _malformed()
    if found.get("alg", ALGORITHM) != ALGORITHM:
        _malformed()
    return found


def _signature(field: str) -> str:
    """The signature in a Signature field, as `:base64:`."""
    found = _SIGNATURE.match(field)
    return found[1] if found else _malformed()


def _signer(parameters: Mapping[str, str]) -> Signer:
    nonce = parameters.get("nonce", "")
    if not nonce.isascii() or not nonce.isdigit():
        raise BadSignature("malformed", "The signature names no request number.")
    if len(nonce) > 16 or not 1 <= int(nonce) <= MOST:
        raise BadSignature("malformed", "The request number is out of range.")
    return Signer(parameters["keyid"], int(nonce))


def _byte_sequence(raw: bytes) -> str:
    """Bytes as RFC 8941 writes them."""
    return f":{base64.b64encode(raw).decode()}:"


def _as_bytes(base: str) -> bytes:
    """The signature base as signed; only its line ends may part it, and RFC 9421 has it in ASCII."""
    if not base.isascii() or "\r" in base or base.count("\n") != 3:
        _malformed()
    return base.encode()


def _malformed() -> NoReturn:
    raise BadSignature("malformed", "The signature's headers are not as RFC 9421 says.") from None
