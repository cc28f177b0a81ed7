"""Looks for texts in bytes, in every shape in which a careless program would leave them.

The bytes are unwrapped instead of the texts being wrapped: whatever looks like hexadecimal digits or base64 is decoded
(twice over, at every alignment), then read as UTF-8 and UTF-16, with JSON's and a URL's escapes undone, without case.
Compression is not looked into.
"""

from __future__ import annotations

import base64
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_plus

from server.residents.contacts import normal_email, normal_name, normal_phone

SHORTEST_WORD = 5  # shorter parts of a name are found in random bytes
LAYERS = 2
HEX_RUN = re.compile(rb"[0-9a-fA-F]{12,}")
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
URL_SAFE = bytes.maketrans(b"-_", b"+/")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Secrets:
    """The texts that were put in. Each method keeps one with the forms it is normalised to, and gives it back."""

    def __init__(self) -> None:
        self.forms: dict[str, set[str]] = {}

    def name(self, text: str) -> str:
        """A person's name: the whole, and each of its longer words."""
        words = [word for word in (*text.split(), *normal_name(text).split()) if len(word) >= SHORTEST_WORD]
        return self._keep(text, normal_name(text), *words)

    def email(self, text: str) -> str:
        """An e-mail address: as typed, normalised, and what stands before the @."""
        return self._keep(text, normal_email(text), normal_email(text).split("@")[0])

    def phone(self, text: str) -> str:
        """A phone number: as typed, normalised, and its digits without the country."""
        return self._keep(text, normal_phone(text), normal_phone(text).removeprefix("+44"))

    def text(self, text: str) -> str:
        """A free text: the whole, and its first and last 16 characters, in case it was cut."""
        return self._keep(text, text[:16], text[-16:])

    def _keep(self, text: str, *forms: str) -> str:
        self.forms[text] = {folded(form) for form in (text, *forms) if form}
        return text


def folded(text: str) -> str:
    """A text without case, composed."""
    return unicodedata.normalize("NFC", text.casefold())


def found_in(raw: bytes, secrets: Secrets) -> list[str]:
    """Which of the texts can be read in these bytes."""
    left = dict(secrets.forms)
    for view in _views(raw):
        for text in [text for text, forms in left.items() if any(form in view for form in forms)]:
            del left[text]
    return [text for text in secrets.forms if text not in left]


def found_in_files(paths: Iterable[Path], secrets: Secrets) -> dict[str, list[str]]:
    """File → which of the texts can be read in it; files in which none can are left out."""
    found = {path.name: found_in(path.read_bytes(), secrets) for path in paths}
    return {name: texts for name, texts in found.items() if texts}


def found_plainly(paths: Iterable[Path], secrets: Secrets) -> set[str]:
    """Which forms stand in these (large) files in plain UTF-8, whatever the case of ASCII letters."""
    forms = {form for every in secrets.forms.values() for form in every}
    lines = "\n".join(sorted(forms | {form.upper() for form in forms}))
    command = ["grep", "-a", "-o", "-h", "-i", "-F", "-e", lines, "--", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, env={"LC_ALL": "C"}, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {folded(line) for line in done.stdout.decode(errors="replace").split("\n") if line}


def _views(raw: bytes) -> Iterator[str]:
    for layer in _layers(raw, LAYERS):
        plain = layer.decode("utf-8", "ignore")
        yield folded(plain)
        yield folded(ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain))
        yield folded(unquote_plus(plain, errors="ignore"))
        for code in ("utf-16-le", "utf-16-be"):
            yield folded(layer.decode(code, "ignore"))
            yield folded(layer[1:].decode(code, "ignore"))


def _layers(raw: bytes, depth: int) -> Iterator[bytes]:
    yield raw
    if depth == 0:
        return
    digits = HEX_RUN.findall(raw)
    for skipped in range(2):
        even = (run[skipped : len(run) - (len(run) - skipped) % 2] for run in digits)
        yield from _layers(b"\n".join(bytes.fromhex(run.decode()) for run in even), depth - 1)
    letters = [run.translate(URL_SAFE) for run in BASE64_RUN.findall(raw)]
    for skipped in range(4):
        whole = (run[skipped : len(run) - (len(run) - skipped) % 4] for run in letters)
        yield from _layers(b"\n".join(base64.b64decode(run) for run in whole), depth - 1)
