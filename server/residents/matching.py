"""When two registrations are of the same person. Pure: it compares blind indexes, never a name or a contact.

An e-mail address is one person's. A phone is often a household's, so it takes the same name as well. The same name at
the same house is the same person unless both gave a contact of one kind and they differ (father and son).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.residents.contacts import EMAIL, PHONE

KINDS = (EMAIL, PHONE)


@dataclass(frozen=True)
class Sought:
    """A person as a registration gives them: blind indexes under every index key.

    `names` are of the name at the registration's own house; `names_at` of the same name at other houses.
    """

    uprn: str
    names: frozenset[bytes]
    contacts: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    names_at: Mapping[str, frozenset[bytes]] = field(default_factory=dict)


@dataclass
class Known:
    """A person whom the service knows: blind indexes as they are stored."""

    resident_id: str
    uprn: str
    state: str
    name: bytes | None
    contacts: dict[str, set[bytes]] = field(default_factory=dict)


def shares(sought: Sought, known: Known, kind: str) -> bool:
    """True where both have one and the same contact of a kind."""
    return bool(sought.contacts.get(kind, frozenset()) & known.contacts.get(kind, set()))


def has_same_name(sought: Sought, known: Known) -> bool:
    """True where the names agree, wherever the two live."""
    names = sought.names if known.uprn == sought.uprn else sought.names_at.get(known.uprn, frozenset())
    return known.name is not None and known.name in names


def is_same_person(sought: Sought, known: Known) -> bool:
    """True where `known` is the person sought, at this house or at another one."""
    if shares(sought, known, EMAIL):
        return True
    if not has_same_name(sought, known):
        return False
    if shares(sought, known, PHONE):
        return True
    at_home = known.uprn == sought.uprn
    return at_home and not any(_differ(sought, known, kind) for kind in KINDS)


def _differ(sought: Sought, known: Known, kind: str) -> bool:
    return (
        bool(sought.contacts.get(kind)) and bool(known.contacts.get(kind)) and not shares(sought, known, kind)
    )
