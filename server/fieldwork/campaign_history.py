"""A campaign's history: each version with who made it, when, and which fields became what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.campaign_choices import questionnaire_names
from server.fieldwork.campaign_places import Places
from server.fieldwork.members import campaign_seen
from server.fieldwork.tables import Campaign, CampaignChange
from server.geography.scope import areas_in_scope
from server.geography.tables import Area
from server.staff.tables import Account
from sync.worklist import Policy

PLAIN = ("name", "purpose", "owner_id", "questionnaire_id", "starts_on", "ends_on")
Change = list[Any]  # [before, after]


@dataclass(frozen=True)
class Version:
    """One version: what was done (see CampaignChange), by whom ("": by the service), and field → [before, after].

    Areas are named where the reader may see them, else by their code; owners and questionnaires are named.
    """

    version: int
    at: datetime
    who: str
    what: str
    changes: dict[str, Change]


def differences(campaign: Campaign, changes: Mapping[str, Any]) -> dict[str, Change]:
    """Which plain fields and rules for revisits are to become what: field → [before, after]; equal ones are absent."""
    found = {
        name: [_plain(getattr(campaign, name)), _plain(changes[name])] for name in PLAIN if name in changes
    }
    if "policy" in changes:
        before = msgspec.convert(campaign.policy, Policy)
        found |= {
            f"policy.{name}": [getattr(before, name), getattr(changes["policy"], name)]
            for name in Policy.__struct_fields__
        }
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def place_differences(before: Places, after: Places) -> dict[str, Change]:
    """Which areas and streets were let go and added, and how many chosen houses there were and are."""
    found: dict[str, Change] = {}
    if before.areas != after.areas:
        found["areas"] = [list(before.areas), list(after.areas)]
    if before.usrns != after.usrns:
        found["streets"] = [len(before.usrns), len(after.usrns)]
    if before.uprns != after.uprns:
        found["houses"] = [len(before.uprns), len(after.uprns)]
    return found


def keep(
    session: Session,
    service: Service,
    principal: Principal,
    campaign_id: int,
    *,
    version: int,
    what: str,
    changes: Mapping[str, Change] | None = None,
) -> None:
    """Keep what made this version. The campaign's row is locked, or new."""
    session.execute(
        insert(CampaignChange).values(
            campaign_id=campaign_id,
            version=version,
            at=service.clock.now(),
            account_id=principal.account_id,
            what=what,
            changes=dict(changes or {}),
        )
    )


def read_history(
    service: Service, principal: Principal, campaign_id: int, *, since: int = 0
) -> list[Version]:
    """The versions after `since`, the newest first. Raises Problem("not_found")."""

    def work(session: Session) -> list[Version]:
        campaign_seen(session, principal, campaign_id)
        rows = session.execute(
            select(CampaignChange, Account.display_name)
            .outerjoin(Account, Account.id == CampaignChange.account_id)
            .where(CampaignChange.campaign_id == campaign_id, CampaignChange.version > since)
            .order_by(CampaignChange.version.desc())
        ).all()
        changes = {row.CampaignChange.version: dict(row.CampaignChange.changes) for row in rows}
        _name(session, principal, list(changes.values()))
        return [Version(one.version, one.at, who or "", one.what, changes[one.version]) for one, who in rows]

    return service.db.read(work)


def _name(session: Session, principal: Principal, found: list[dict[str, Change]]) -> None:
    """Put names in the place of areas' codes and owners' numbers."""
    codes = {code for one in found for side in one.get("areas", ()) for code in side}
    owners = {owner for one in found for owner in one.get("owner_id", ())}
    areas = dict(
        session.execute(
            select(Area.code, Area.name).where(among(Area.code, codes), areas_in_scope(principal))
        ).all()
        if codes
        else ()
    )
    names = dict(
        session.execute(select(Account.id, Account.display_name).where(among(Account.id, owners))).all()
        if owners
        else ()
    )
    asked = questionnaire_names(session) if any("questionnaire_id" in one for one in found) else {}
    for one in found:
        if "areas" in one:
            one["areas"] = [[areas.get(code, code) for code in side] for side in one["areas"]]
        if "owner_id" in one:
            one["owner_id"] = [names.get(owner, str(owner)) for owner in one["owner_id"]]
        if "questionnaire_id" in one:
            one["questionnaire_id"] = [asked.get(key, key or "") for key in one["questionnaire_id"]]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
