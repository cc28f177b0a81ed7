"""Who is asking, and what they may see: the one place where permission and area scope are decided.

`staff` and `devices` make a Principal; every room asks here. An area path is '/force/district/ward/'; '/' is
everything. A premises without a ward is seen only by those who see the whole force.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.base.problems import Problem

EVERYWHERE = "/"


@dataclass(frozen=True)
class Principal:
    """`actor` is what the audit trail names: "account:7", "device:<id>", "system" or "public".

    `limited`: by a token for programs, which opens what its permissions name and nothing of its owner's account.
    """

    actor: str
    account_id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    limited: bool = False

    @property
    def may_everything(self) -> bool:
        """True for the service itself, which no permission binds."""
        return self.actor == "system"


SYSTEM = Principal(actor="system", name="the service", areas=(EVERYWHERE,))
PUBLIC = Principal(actor="public", name="the public")


def has(principal: Principal, permission: str) -> bool:
    """True where the principal holds the permission."""
    return principal.may_everything or permission in principal.permissions


def require(principal: Principal, permission: str) -> None:
    """Raise Problem("forbidden") unless the principal holds the permission."""
    if not has(principal, permission):
        raise Problem("forbidden", f"This needs the permission {permission}.", needs=permission)


def sees(principal: Principal, path: str) -> bool:
    """True where the area at `path` is one of the principal's, or lies below one. An empty path is nowhere."""
    return any(path.startswith(area) for area in principal.areas) if path else sees_whole_force(principal)


def sees_whole_force(principal: Principal) -> bool:
    """True for those whose area is the top of the tree ('/' or '/force/'): one instance is one force."""
    return any(area.count("/") <= 2 for area in principal.areas)


def require_area(principal: Principal, path: str) -> None:
    """Raise Problem("forbidden") unless the principal sees the area; the HTTP edge puts the try on the audit trail."""
    if not sees(principal, path):
        raise Problem("forbidden", "This lies outside the areas you were granted.", outside_area=True)
