"""What residents' pages say of states, ways and consents."""

from __future__ import annotations

import marshmallow as ma

from server.residents.reasons import REASONS
from server.residents.schemas import LookReasonSchema

STATES = {
    "unconfirmed": "Registered, not confirmed yet",
    "current": "Registered",
    "opted_out": "Opted out of everything",
    "merged": "Joined with another registration",
    "erased": "Erased",
    "held": "Held for a supervisor",
}
HOW = {
    "door": "at the door",
    "qr": "by the code at the door",
    "self": "online",
    "link": "by a link in a message",
}
PURPOSES = {
    "messages": "Messages about the neighbourhood",
    "surveys": "Surveys",
    "groups": "Contact through groups",
}
REASON_CHOICES = [("", "Choose"), *REASONS.items()]


class ReasonForm(LookReasonSchema):
    """Why somebody looks, or acts; asked on every form that opens or changes what is held on a person."""

    reason = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(list(REASONS), error="Choose a reason."),
        error_messages={"required": "Choose a reason."},
    )
