"""What each role may do: a table, asked for nowhere else by a role's name."""

from __future__ import annotations

from collections.abc import Iterable

OFFICER = frozenset(
    {"geography.read", "campaign.read", "worklist.read", "coverage.read", "target.read", "feedback.read"}
)
ANALYST = frozenset({"geography.read", "coverage.read", "target.read", "survey.aggregates", "feedback.read"})
COORDINATOR = OFFICER | {
    "campaign.write",
    "worklist.allocate",
    "worklist.recall",
    "device.enrol",
    "device.read",
    "feedback.write",
    "hazard.review",
    "held.mend",
    "held.read",
    "staff.find",
    "visit.read",
    "survey.aggregates",
    "survey.read",
    "survey.write",
}
SUPERVISOR = COORDINATOR | {
    "visit.withdraw",
    "override.write",
    "do_not_call.lift",
    "held.dismiss",
    "device.revoke",
    "privacy.export",
    "resident.read",
    "resident.write",
    "target.act",
}
ADMINISTRATOR = frozenset(
    {
        "audit.read",
        "campaign.read",
        "coverage.read",
        "device.read",
        "device.revoke",
        "feedback.read",
        "geography.import",
        "geography.read",
        "held.read",
        "operations.read",
        "privacy.erase",
        "staff.find",
        "staff.read",
        "staff.write",
        "survey.aggregates",
        "survey.read",
        "target.read",
        "visit.read",
        "worklist.read",
    }
)
KEY_CONTACTS = frozenset({"key_contact.read"})
ROLES: dict[str, frozenset[str]] = {
    "officer": OFFICER,
    "coordinator": COORDINATOR,
    "supervisor": SUPERVISOR,
    "analyst": ANALYST,
    "administrator": ADMINISTRATOR,
    "key_contacts": KEY_CONTACTS,
}
BESIDE = frozenset({"key_contacts"})  # given to single people beside the role of their work, and never alone
WORDS: dict[str, tuple[str, str]] = {  # role → its name, and what it is for
    "officer": ("Officer", "Knocks on doors with lists on a phone."),
    "coordinator": ("Coordinator", "Makes campaigns, allocates lists, enrols phones."),
    "supervisor": ("Supervisor", "Decides what waits for a decision; looks residents up, with a reason."),
    "analyst": ("Analyst", "Reads coverage, targets and survey results."),
    "administrator": (
        "Administrator",
        "Gives accounts, roles and areas; reads the audit trail. Sees the whole force.",
    ),
    "key_contacts": ("Key contacts", "May see key contacts, beside the role of the work."),
}
EVERYWHERE_ROLES = frozenset({"administrator"})  # these see the whole force without an area grant
PERMISSIONS = frozenset().union(*ROLES.values())


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """All that these roles together may do; a role that is not in the table gives nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
