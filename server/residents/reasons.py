"""Why a member of staff looks at what is held on a person: codes, since the audit trail holds no free text."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "person_asked": "The person asked us to",
    "correction": "Something held is wrong and is being put right",
    "held_registration": "A registration is held and is being decided",
    "complaint": "A complaint is being looked into",
    "safeguarding": "Somebody may be in danger",
    "investigation": "An investigation, under its reference",
    "audit": "A check of how we handle personal data",
}
