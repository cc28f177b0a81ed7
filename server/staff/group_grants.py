"""What a force's groups at its single sign-on give here: accounts made or matched, roles and areas set by group.

The file `oidc_groups.json` in the home folder names them:
{"groups": {"<group>": {"roles": ["supervisor"], "areas": ["E05000001"]}}}. Only grants that came from groups are ever
taken away by them; what a colleague granted stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal
from server.base.db import insert_missing
from server.base.problems import Problem, UserError
from server.base.service import Service
from server.geography.tables import Area
from server.staff.accounts import USERNAME
from server.staff.roles import BESIDE, ROLES
from server.staff.sign_in import SSO, SSO_ANEW, Browser, SignedIn, folded, issue
from server.staff.single_sign_on import Known
from server.staff.tables import Account, AreaGrant, Identity, RoleGrant

log = structlog.get_logger()

FILE = "oidc_groups.json"
NO_PASSWORD = ""


@dataclass(frozen=True)
class Given:
    """What somebody's groups give together."""

    roles: frozenset[str]
    areas: frozenset[str]


def sign_in_known(service: Service, known: Known, browser: Browser) -> SignedIn:
    """A session for whom the issuer knows; it counts as both factors.

    Problem("no_group") where none of their groups gives a role here and no colleague has granted one either;
    Problem("sso_failed") for a leaver's account.
    """
    try:
        given = given_by(read_groups(service), known.groups)
    except UserError as error:
        log.error("sso_groups_unreadable", why=str(error))
        raise Problem(
            "sso_failed", "Single sign-on is not fully set up: tell whoever runs Doorstep."
        ) from None

    def work(session: Session) -> tuple[int, bool]:
        account_id = _account_of(session, service, known, make=not BESIDE.issuperset(given.roles))
        if account_id is None:
            return 0, False
        _set_grants(session, service, account_id, given)
        held = session.scalars(select(RoleGrant.role).where(RoleGrant.account_id == account_id)).all()
        return account_id, not BESIDE.issuperset(held)

    try:
        account_id, may = service.db.transact(work)
    except IntegrityError:  # the same person's first sign-in, in two windows at once
        raise Problem("sso_failed", "You are signing in elsewhere too. Try again.") from None
    if not may:
        raise Problem(
            "no_group",
            "You signed in, but none of your groups is given anything here. Ask your administrator to put you in one.",
        )
    try:
        return issue(service, account_id, browser, kind="session", by=SSO_ANEW if known.anew else SSO)
    except Problem:
        raise Problem("sso_failed", "Your account here is closed. Ask your administrator.") from None


def read_groups(service: Service) -> dict[str, Given]:
    """The file of groups; UserError where it is missing or names what there is not."""
    path = service.settings.home / FILE
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["groups"]
        found = {
            str(group): Given(frozenset(map(str, one["roles"])), frozenset(map(str, one.get("areas", []))))
            for group, one in groups.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f'{path} cannot be read as {{"groups": {{"<group>": {{"roles": […], "areas": […]}}}}}}.'
        ) from None
    if unknown := sorted(frozenset().union(*(one.roles for one in found.values())) - ROLES.keys()):
        raise UserError(f"{path} names {', '.join(unknown)}; the roles are {', '.join(ROLES)}.")
    return found


def given_by(groups: dict[str, Given], names: Iterable[str]) -> Given:
    """What these groups give together; those that the file does not name give nothing."""
    mine = [groups[name] for name in names if name in groups]
    return Given(
        frozenset().union(*(one.roles for one in mine)), frozenset().union(*(one.areas for one in mine))
    )


def _account_of(session: Session, service: Service, known: Known, *, make: bool) -> int | None:
    """The account linked with this person at the issuer, locked; a new one where there is none and `make` says so."""
    mine = (Identity.issuer == known.issuer, Identity.subject == known.subject)
    account_id = session.scalar(select(Identity.account_id).where(*mine))
    if account_id is not None:
        session.execute(select(Account.id).where(Account.id == account_id).with_for_update()).one()
        return account_id
    if not make:
        return None
    username = _username_for(session, known)
    row = {"username": username, "display_name": known.name or username, "password_hash": NO_PASSWORD}
    made = insert(Account).values(row | {"created_at": service.clock.now()}).returning(Account.id)
    account_id = session.execute(made).scalar_one()
    link = {"issuer": known.issuer, "subject": known.subject, "account_id": account_id}
    session.execute(insert(Identity).values(link | {"linked_at": service.clock.now()}))
    audit.record(session, service, SYSTEM, "account.create", f"account:{account_id}", by="sso")
    return account_id


def _username_for(session: Session, known: Known) -> str:
    """The issuer's name for them where it is free and fits, else one made of who they are there."""
    wanted = folded(known.username)
    taken = session.scalar(select(Account.id).where(Account.username == wanted))
    if USERNAME.match(wanted) and taken is None:
        return wanted
    return "sso-" + hashlib.sha256(f"{known.issuer}\0{known.subject}".encode()).hexdigest()[:16]


def _set_grants(session: Session, service: Service, account_id: int, given: Given) -> None:
    """Set the grants that come from groups to just these; the trail tells where that changed something."""
    areas = set(session.scalars(select(Area.code).where(Area.code.in_(given.areas))))
    before = _granted(session, account_id)
    gone_roles = delete(RoleGrant).where(RoleGrant.account_id == account_id, RoleGrant.source == "sso")
    gone_areas = delete(AreaGrant).where(AreaGrant.account_id == account_id, AreaGrant.source == "sso")
    session.execute(gone_roles.where(RoleGrant.role.not_in(given.roles)))
    session.execute(gone_areas.where(AreaGrant.area_code.not_in(areas)))
    mine = {"account_id": account_id, "source": "sso"}
    insert_missing(session, RoleGrant, [mine | {"role": role} for role in sorted(given.roles)])
    insert_missing(session, AreaGrant, [mine | {"area_code": code} for code in sorted(areas)])
    if (after := _granted(session, account_id)) != before:
        principal: Principal = SYSTEM
        told = {"roles": after[0], "areas": after[1], "by": "sso"}
        audit.record(session, service, principal, "account.change", f"account:{account_id}", **told)


def _granted(session: Session, account_id: int) -> tuple[list[str], list[str]]:
    roles = select(RoleGrant.role).where(RoleGrant.account_id == account_id).order_by(RoleGrant.role)
    areas = select(AreaGrant.area_code).where(AreaGrant.account_id == account_id)
    return list(session.scalars(roles)), list(session.scalars(areas.order_by(AreaGrant.area_code)))
