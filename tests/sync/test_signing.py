"""Our two signature bases are those of RFC 9421: a general library takes what we sign, and we what it signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.digests import ContentDigest
from hypothesis import given
from hypothesis import strategies as st

from sync import keys, signing
from sync.errors import BadSignature
from sync.events import MOST

KEY = keys.generate_private()
COMPONENTS = {
    "request": ("@method", "@path", "content-digest"),
    "reply": ("@status", '"signature";req;key="doorstep"', "content-digest"),
}
ids = st.text("abcdefXYZ0189-_.", min_size=1, max_size=64)
segments = st.sampled_from(("api", "exchange", "a-1", "x%20y", "~.z"))
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
instants = st.integers(0, 4_000_000_000_000)


@dataclass
class Request:
    """A request as the library takes it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Reply:
    """A reply as the library takes it."""

    status_code: int
    request: Request
    headers: dict[str, str] = field(default_factory=dict)


class OneKey(HTTPSignatureKeyResolver):  # type: ignore[misc]
    """Whatever the name, KEY."""

    def resolve_public_key(self, key_id: str) -> ec.EllipticCurvePublicKey:
        return KEY.public_key()

    def resolve_private_key(self, key_id: str) -> ec.EllipticCurvePrivateKey:
        return KEY


class Timeless(HTTPMessageVerifier):  # type: ignore[misc]
    """The library's verifier, which asks no clock."""

    def validate_created_and_expires(self, *_: Any, **__: Any) -> None:
        """Any time will do."""


def library_accepts(message: Request | Reply, body: bytes, of: str) -> None:
    ContentDigest.verify(message.headers["Content-Digest"], body)
    verifier = Timeless(signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=OneKey())
    verifier.verify(message, max_age=None, expect_tag="doorstep", require_components=COMPONENTS[of])


def library_signs(message: Request | Reply, body: bytes, of: str, now_ms: int, **more: str) -> None:
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=OneKey())
    signer.sign(
        message,
        created=datetime.fromtimestamp(now_ms // 1000, UTC),
        label="doorstep",
        tag="doorstep",
        covered_component_ids=COMPONENTS[of][:2],
        body=body,
        **more,
    )


@given(ids, st.integers(1, MOST), paths, st.binary(max_size=200), instants)
def test_a_request_that_we_sign_holds_for_a_library_and_the_other_way(
    key_id: str, number: int, path: str, body: bytes, now_ms: int
) -> None:
    message = Request("POST", f"https://doorstep.invalid{path}")
    message.headers = signing.sign_request(
        KEY, key_id=key_id, number=number, method="POST", path=path, body=body, now_ms=now_ms
    )
    library_accepts(message, body, "request")
    message.headers = {}
    library_signs(message, body, "request", now_ms, key_id=key_id, nonce=str(number))
    signer = signing.verify_request(
        KEY.public_key(), method="POST", path=path, headers=message.headers, body=body
    )
    assert signer == signing.Signer(key_id, number)


@given(ids, st.integers(100, 599), st.binary(max_size=64), st.binary(max_size=200), instants)
def test_a_reply_that_we_sign_holds_for_a_library_and_the_other_way(
    key_id: str, status: int, request_signature: bytes, body: bytes, now_ms: int
) -> None:
    asked = f"doorstep={signing._byte_sequence(request_signature)}"
    message = Reply(status, Request("POST", "https://doorstep.invalid/", {"Signature": asked}))
    message.headers = signing.sign_reply(
        KEY, key_id=key_id, status=status, body=body, request_signature=asked, now_ms=now_ms
    )
    library_accepts(message, body, "reply")
    message.headers = {}
    library_signs(message, body, "reply", now_ms, key_id=key_id)
    signing.verify_reply(
        KEY.public_key(), status=status, headers=message.headers, body=body, request_signature=asked
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tag="doorstep"', 'tag="another"'),
        (';tag="doorstep"', ""),
        ('alg="ecdsa-p256-sha256"', 'alg="hmac-sha256"'),
        ("created=0", 'created="0"'),
        ("created=0;", ""),
        ('nonce="3"', "nonce=3"),
        ('nonce="3"', 'nonce="3";nonce="4"'),
        ('keyid="d"', 'keyid="d";colour="red"'),
        ('keyid="d";', ""),
    ],
)
def test_parameters_that_are_not_ours_are_refused(old: str, new: str) -> None:
    headers = signing.sign_request(KEY, key_id="d", number=3, method="POST", path="/", body=b"")
    changed = headers["Signature-Input"].replace(old, new)
    assert changed != headers["Signature-Input"]
    with pytest.raises(BadSignature) as refusal:
        signing.read_signer(headers | {"Signature-Input": changed})
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("path", ["/a\nb", "/é", "/a\rb"])
def test_what_would_add_a_line_to_the_signature_base_is_refused(path: str) -> None:
    with pytest.raises(BadSignature):
        signing.sign_request(KEY, key_id="d", number=3, method="POST", path=path, body=b"")


def test_a_key_id_that_could_not_be_read_back_is_not_signed() -> None:
    with pytest.raises(ValueError, match="key's id"):
        signing.sign_request(KEY, key_id='d"', number=3, method="POST", path="/", body=b"")
