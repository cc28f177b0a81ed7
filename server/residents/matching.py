"""When two registrations are of the same person. Pure: it compares blind indexes, never a name or a contact.

At one house an e-mail address is one person's, however the name is spelt; a phone is often the household's, so it takes
the same name as well. The same name alone is the same person unless both gave a contact of one kind and they differ
(father and son); but only of somebody whom an officer met: a name can be read on the bell by whoever registers from
afar. At another house it takes the same name and a contact (somebody who moved): an address may be mistyped.
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
    """A person whom the service knows: blind indexes as they are stored, of confirmed contacts only.

    `vouched`: an officer registered them at the door.
    """

    resident_id: str
    uprn: str
    state: str
    name: bytes | None
    contacts: dict[str, set[bytes]] = field(default_factory=dict)
    vouched: bool = True


def shares(sought: Sought, known: Known, kind: str) -> bool:
    """True where both have one and the same contact of a kind."""
    return bool(sought.contacts.get(kind, frozenset()) & known.contacts.get(kind, set()))


def has_same_name(sought: Sought, known: Known) -> bool:
    """True where the names agree, wherever the two live."""
    names = sought.names if known.uprn == sought.uprn else sought.names_at.get(known.uprn, frozenset())
    return known.name is not None and known.name in names


def is_same_person(sought: Sought, known: Known) -> bool:
    """True where `known` is the person sought, at this house or at another one."""
    at_home = known.uprn == sought.uprn
    if at_home and shares(sought, known, EMAIL):
        return True
    if not has_same_name(sought, known):
        return False
    if any(shares(sought, known, kind) for kind in KINDS):
        return True
    return at_home and known.vouched and not any(_differ(sought, known, kind) for kind in KINDS)


def is_bound(sought: Sought, known: Known) -> bool:
    """True where a withdrawal by `known` binds a registration of the person sought: theirs, or the same address's."""
    return shares(sought, known, EMAIL) or is_same_person(sought, known)


def _differ(sought: Sought, known: Known, kind: str) -> bool:
    return (
        bool(sought.contacts.get(kind)) and bool(known.contacts.get(kind)) and not shares(sought, known, kind)
    )
