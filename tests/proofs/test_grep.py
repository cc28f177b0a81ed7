"""The search for what must not be readable finds it in every shape: a check that cannot fail proves nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.proofs.grep import Secrets, found_in, found_in_files, found_plainly

TEXT = "Żaneta Przykładowska"
SHAPES: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "in capitals": lambda text: text.upper().encode(),
    "in UTF-16": lambda text: text.encode("utf-16-le"),
    "in UTF-16, the other way round": lambda text: b"\0" + text.encode("utf-16-be"),
    "in hexadecimal digits": lambda text: b"\\x" + text.encode().hex().encode(),
    "in capital hexadecimal digits": lambda text: b"X'0" + text.encode().hex().upper().encode() + b"0'",
    "escaped in JSON": lambda text: json.dumps({"name": text}).encode(),
    "escaped in a URL": lambda text: b"/api/residents?name=" + quote_plus(text).encode(),
    "normalised": lambda text: b"zaneta przykladowska",
    "a word of it": lambda text: b"Mx Przykladowska",
    "in base64 within hexadecimal digits": lambda text: base64.b64encode(text.encode()).hex().encode(),
    **{
        f"in base64 from byte {before}": lambda text, before=before: base64.b64encode(  # type: ignore[misc]
            b"{" * before + text.encode() + b"}"
        )
        for before in range(4)
    },
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(b"???" + text.encode()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_text_is_found(shape: str) -> None:
    secrets = Secrets()
    secrets.name(TEXT)
    around = bytes(range(256)) * 4
    assert found_in(around + SHAPES[shape](TEXT) + around, secrets) == [TEXT]


def test_a_phone_number_and_an_address_are_found_however_they_are_written() -> None:
    secrets = Secrets()
    secrets.phone("01482 900 123")
    secrets.email("Zaneta.P@Example.ORG")
    assert found_in(b'"+441482900123"', secrets) == ["01482 900 123"]
    assert found_in(b"zaneta.p%40example.org", secrets) == ["Zaneta.P@Example.ORG"]


def test_what_is_not_there_is_not_found() -> None:
    secrets = Secrets()
    secrets.name(TEXT)
    assert found_in(bytes(range(256)) * 400, secrets) == []


def test_files_are_named_and_large_ones_are_searched_plainly(tmp_path: Path) -> None:
    secrets = Secrets()
    secrets.name(TEXT)
    (tmp_path / "clean").write_bytes(b"\0" * 5000)
    (tmp_path / "dirty").write_bytes(b"\0" * 5000 + TEXT.upper().encode())
    files = sorted(tmp_path.iterdir())
    assert found_in_files(files, secrets) == {"dirty": [TEXT]}
    assert found_plainly(files, secrets) == {"żaneta przykładowska"}
    assert found_plainly(files[:1], secrets) == set()
