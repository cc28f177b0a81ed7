"""What a person may agree to, purpose by purpose, and the wording that is read out.

Consent is opt-in per purpose. A wording that was ever used is never changed: a new one gets a new version.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.events import ConsentRecord

PURPOSES = ("messages", "surveys", "groups")
CURRENT = "2026-01"
WORDINGS: dict[str, dict[str, str]] = {
    "2026-01": {
        "messages": (
            "May we send you news of policing in your area, and what we did about what you told us? "
            "You can stop it at any time by the link in each message."
        ),
        "surveys": (
            "May we ask you a few questions about your area every three months? "
            "You can skip any question, and stop at any time."
        ),
        "groups": (
            "May we contact you through the local groups that you named, such as a Neighbourhood Watch? "
            "You can stop it at any time."
        ),
    }
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
