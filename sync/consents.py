"""What a person may agree to, purpose by purpose, and the wording that is read out, in each language that it has.

Consent is opt-in per purpose. The wordings are in consents.json. A wording that was ever used is never changed: a new
one gets a new version. English is the wording; the other languages are translations of it under the same version.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import msgspec

from sync.events import ConsentRecord

PURPOSES = ("messages", "surveys", "groups")
SOURCE = "en"


class _Kept(msgspec.Struct, frozen=True):
    """consents.json: the version read out now, and of each version language → purpose → text."""

    current: str
    versions: dict[str, dict[str, dict[str, str]]]


_KEPT = msgspec.json.decode(resources.files("sync").joinpath("consents.json").read_bytes(), type=_Kept)
CURRENT = _KEPT.current
WORDINGS: dict[str, dict[str, str]] = {version: texts[SOURCE] for version, texts in _KEPT.versions.items()}


def translations(version: str) -> dict[str, dict[str, str]]:
    """The same wording version in other languages: language → purpose → text. Raises KeyError for no such version."""
    return {
        language: dict(texts) for language, texts in _KEPT.versions[version].items() if language != SOURCE
    }


def known(version: str) -> bool:
    """True when this version of the wording was ever used."""
    return version in WORDINGS


def problems(consents: Sequence[ConsentRecord]) -> list[str]:
    """What is wrong with the consents of one registration, a sentence each; none when they can be recorded."""
    wrong = []
    purposes = [consent.purpose for consent in consents]
    if len(set(purposes)) != len(purposes):
        wrong.append("A purpose is answered twice.")
    wrong += [
        f"The wording {consent.wording!r} was never used."
        for consent in consents
        if not known(consent.wording) or consent.purpose not in WORDINGS[consent.wording]
    ]
    return wrong
