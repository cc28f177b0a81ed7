"""The audit trail in plain words: what was done, to what, and what is noted with it. Pure.

An action that is not in the table is shown by its own code in words, so that nothing on the trail is ever left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.fieldwork.reasons import REASONS as FIELD_REASONS
from server.residents.reasons import REASONS as LOOK_REASONS

ACTIONS: dict[str, str] = {
    "access_token.make": "Made an access token for a program",
    "account.change": "Changed an account",
    "account.create": "Made an account",
    "account.daily_mail": "Chose whether the day’s inbox is mailed",
    "account.leave": "Closed a leaver’s account",
    "account.password": "Changed a password",
    "address_note.review": "Decided on an address note",
    "allocation.drop": "Threw a proposal of lists away",
    "allocation.propose": "Proposed who walks which streets",
    "allocation.reassign": "Moved streets within a proposal",
    "allocation.undo": "Undid an allocation",
    "audit.export": "Exported the audit trail",
    "best_slots.reckon": "Reckoned anew when most answer",
    "campaign.activate": "Started a campaign",
    "campaign.archive": "Archived a campaign",
    "campaign.copy": "Copied a campaign",
    "campaign.create": "Made a campaign",
    "campaign.edit": "Changed a campaign",
    "campaign.unarchive": "Brought a campaign back from the archive",
    "campaign.warn": "Was warned about a campaign",
    "coverage.download": "Took figures of coverage away as a file",
    "coverage.refold": "Built the coverage anew",
    "device.code_made": "Made a one-time code for a phone",
    "device.enrolled": "Enrolled a phone",
    "device.revoked": "Revoked a phone",
    "epoch.new": "Began a new epoch",
    "exchange": "Synced a phone",
    "factor.code_added": "Set up an authenticator app",
    "factor.code_removed": "Removed an authenticator app",
    "factor.passkey_added": "Added a passkey",
    "factor.passkey_named": "Renamed a passkey",
    "factor.passkey_removed": "Removed a passkey",
    "factor.recovery_renewed": "Made new recovery codes",
    "factor.reset": "Reset somebody’s second factors",
    "feedback.publish": "Told the public what was done",
    "feedback.withdraw": "Took back what the public was told",
    "force.make": "Made the force",
    "hazard.expire": "Ended a hazard whose time was over",
    "hazard.read": "Read hazards that officers reported",
    "hazard.review": "Decided on a hazard",
    "held.dismissed": "Dismissed a held event",
    "held.mended": "Applied a held event again",
    "house.end_provisional": "Ended a house that the address file lacked",
    "house.lift": "Lifted a mark from a house",
    "house.override": "Overruled whether to call at a house",
    "house.read_texts": "Read what officers wrote of a house",
    "houses.download": "Took a list of houses away as a file",
    "import.boundaries": "Imported boundaries",
    "import.lookups": "Imported look-ups",
    "import.postcodes": "Imported postcodes",
    "import.premises": "Imported an address file",
    "inbox.mailed": "Mailed the day’s inbox",
    "keys.add": "Brought in new keys",
    "keys.retire": "Retired old keys",
    "keys.rotate": "Brought in a new key",
    "note.read": "Read notes on addresses",
    "note.review": "Decided on an address note",
    "officer.check": "Checked whether an officer is genuine",
    "privacy.erase": "Erased a person",
    "privacy.export": "Exported everything held on a person",
    "privacy.forget_held": "Forgot held registrations whose time was over",
    "privacy.forget_unconfirmed": "Forgot registrations never confirmed",
    "privacy.retention": "Deleted what is kept no longer",
    "questionnaire.create": "Made a questionnaire",
    "questionnaire.offer": "Offered a questionnaire",
    "questionnaire.retire": "Retired a questionnaire",
    "refused": "Was refused",
    "resident.confirm": "Confirmed a registration",
    "resident.confirmations": "Sent confirmations",
    "resident.decline": "Declined a registration",
    "resident.disclose": "Read a resident’s name and contacts",
    "resident.join": "Opened the page to register",
    "resident.look_at": "Looked at a resident’s consents and registrations",
    "resident.look_up": "Looked a resident up",
    "resident.preferences": "Changed a resident’s preferences",
    "resident.reindex": "Indexed residents anew",
    "resident.self_register": "Registered online",
    "sign_in.code_failed": "Failed to sign in: the code was wrong",
    "sign_in.end": "Ended one of their own sign-ins",
    "sign_in.end_others": "Ended their other sign-ins",
    "sign_in.failed": "Failed to sign in",
    "sign_in.half": "Gave the right password, before the second factor",
    "sign_in.passkey_failed": "Failed to sign in by passkey",
    "sign_in.session": "Signed in",
    "sign_in.token": "Got a token for a program",
    "sign_out": "Signed out",
    "survey.answer": "Answered a survey",
    "survey.lapse": "Let survey invites lapse",
    "survey.open": "Opened a survey",
    "targeting.forget": "Forgot old rankings",
    "targeting.rank": "Ranked streets",
    "visit.enter": "Typed in visits of a printed list",
    "visit.withdraw": "Took a visit out of the count",
    "worklist.allocate": "Allocated lists",
    "worklist.expire": "Ended a list whose time was over",
    "worklist.extend": "Gave a list more time",
    "worklist.move": "Moved an officer’s lists to others",
    "worklist.print": "Printed a list",
    "worklist.recall": "Recalled a list",
    "worklist.recall_streets": "Took streets out of a list",
    "worklist.take_back": "Took back houses no longer granted",
}
GROUPS: dict[str, str] = {  # what a reader filters by → beginnings of actions
    "account": "Accounts and roles",
    "sign": "Signing in and out",
    "factor": "Second factors",
    "access": "Access tokens",
    "resident": "Looks at residents",
    "privacy": "Exports and erasures",
    "campaign": "Campaigns",
    "worklist": "Lists",
    "house": "Decisions on houses",
    "held": "Held events",
    "device": "Phones",
    "refused": "Refusals",
    "audit": "Exports of this trail",
}
THINGS: dict[str, tuple[str, str]] = {  # kind of target → word, where its page is
    "account": ("Account", "/console/people/{}"),
    "area": ("Area", "/console/coverage/{}"),
    "campaign": ("Campaign", "/console/campaigns/{}"),
    "device": ("Phone", "/console/devices/{}"),
    "held": ("Held event", "/console/held/{}"),
    "premises": ("House", "/console/houses/{}"),
    "resident": ("Resident", "/console/residents/{}"),
    "street": ("Street", "/console/streets/{}"),
    "worklist": ("List", "/console/lists/{}"),
}
NO_PAGE: dict[str, str] = {  # targets that are no thing of their kind
    "account:none": "No account here",
    "campaign:0": "All campaigns together",
}
LABELS: dict[str, str] = {
    "now": "became",
    "not_after": "until",
    "usrn": "street",
    "usrns": "streets",
    "uprn": "house",
    "found": "found",
    "code": "answer",
}
_REASONS = {code: words for table in FIELD_REASONS.values() for code, words in table.items()} | LOOK_REASONS
ACTORS = {"system": "The service itself", "public": "A member of the public"}


@dataclass(frozen=True)
class Line:
    """An entry in words. `href` is the target's page, "" where it has none; `detail` is (label, words) pairs."""

    action: str
    target: str
    href: str
    detail: list[tuple[str, str]]


def action_words(action: str) -> str:
    """What was done: "Recalled a list"."""
    return ACTIONS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


def actions_of(group: str) -> list[str]:
    """The actions in the table that belong to one of GROUPS."""
    return [
        action
        for action in ACTIONS
        if action.replace("_", ".").partition(".")[0] == group or _is_in(action, group)
    ]


def _is_in(action: str, group: str) -> bool:
    return group == "house" and action in ("visit.withdraw", "hazard.review", "note.review")


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """Who did it: a name, "Phone 3f2a…", or the service itself."""
    if actor in names:
        return names[actor]
    kind, _, key = actor.partition(":")
    return ACTORS.get(actor) or (f"Phone {key[:8]}…" if kind == "device" else actor)


def line(action: str, target: str, detail: Mapping[str, Any], names: Mapping[str, str]) -> Line:
    """An entry in words. `names` are those of accounts, by "account:7"."""
    kind, _, key = target.partition(":")
    word, page = THINGS.get(kind, ("", ""))
    told = [(LABELS.get(name, name.replace("_", " ")), _words(value)) for name, value in detail.items()]
    if target in NO_PAGE:
        return Line(action_words(action), NO_PAGE[target], "", told)
    if not word or not key:
        return Line(action_words(action), "" if target == action.partition(".")[0] else target, "", told)
    what = names.get(target) or f"{word} {key[:8] + '…' if len(key) > 20 else key}"
    return Line(action_words(action), what, page.format(key), told)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ([], {}, ""):
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value)
    return _REASONS.get(value, value) if isinstance(value, str) else str(value)
