"""Making and changing campaigns. What becomes of one with time is in activate.py and archive.py."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import case, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require, sees
from server.base.db import UtcTime, insert_many, table_of
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.members import COVERED_KINDS, campaign_seen, is_house, require_whole_campaign
from server.fieldwork.refold import refold_campaign
from server.fieldwork.rules import last_moment
from server.fieldwork.tables import Campaign, CampaignArea, CampaignStreet, Worklist
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, Premises
from sync.worklist import Policy

Match = Callable[[int], None]
DEFAULT_POLICY = Policy()


@dataclass(frozen=True)
class CampaignPlan:
    """What a campaign is to be: areas (codes) and streets (USRNs) together, first and last day, rules for revisits."""

    name: str
    starts_on: date
    ends_on: date
    areas: tuple[str, ...] = ()
    usrns: tuple[str, ...] = ()
    purpose: str = ""
    policy: Policy = DEFAULT_POLICY
    questionnaire_id: int | None = None


def create_campaign(service: Service, principal: Principal, plan: CampaignPlan) -> int:
    """Make a draft; its id. Raises Problem: validation_failed; not_found for places outside the principal's areas."""
    require(principal, "campaign.write")
    _require_dates(plan.starts_on, plan.ends_on)

    def work(session: Session) -> int:
        _require_places(session, principal, plan.areas, plan.usrns)
        _require_questionnaire(session, plan.questionnaire_id)
        campaign_id = session.execute(
            insert(Campaign)
            .values(
                name=plan.name,
                purpose=plan.purpose,
                owner_id=principal.account_id,
                policy=msgspec.to_builtins(plan.policy),
                questionnaire_id=plan.questionnaire_id,
                starts_on=plan.starts_on,
                ends_on=plan.ends_on,
                created_at=service.clock.now(),
            )
            .returning(Campaign.id)
        ).scalar_one()
        _write_places(session, campaign_id, plan.areas, plan.usrns)
        audit.record(
            session,
            service,
            principal,
            "campaign.create",
            f"campaign:{campaign_id}",
            areas=sorted(plan.areas),
            streets=len(plan.usrns),
        )
        return campaign_id

    return service.db.transact(work)


def edit_campaign(
    service: Service, principal: Principal, campaign_id: int, changes: dict[str, Any], *, match: Match
) -> int:
    """Change members of a CampaignPlan by name; the new version. `match` is given the version found and may refuse it.

    Areas, streets and the first day change in a draft only. An active campaign's officers get the change with their
    lists; another end date takes back the worker's warning, and an earlier one is the lists' end too; another policy is
    counted at once. An archived one is not changed. Raises Problem: not_found, forbidden, wrong_state,
    validation_failed, and what `match` raises.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> int:
        campaign = campaign_seen(session, principal, campaign_id)
        require_whole_campaign(session, principal, campaign_id)
        recount = campaign.state == "active" and "policy" in changes
        if recount:
            refold_campaign(session, service, campaign_id, policy=changes["policy"])
        campaign = campaign_seen(session, principal, campaign_id, lock=True)
        match(campaign.version)
        _require_changeable(campaign, changes)
        _require_dates(changes.get("starts_on", campaign.starts_on), changes.get("ends_on", campaign.ends_on))
        values = {name: value for name, value in changes.items() if name not in ("areas", "usrns")}
        if "policy" in values:
            values["policy"] = msgspec.to_builtins(values["policy"])
        if changes.get("ends_on", campaign.ends_on) != campaign.ends_on:
            values["warned_at"] = None
        _require_questionnaire(session, changes.get("questionnaire_id"))
        if "areas" in changes or "usrns" in changes:
            _change_places(session, principal, campaign_id, changes)
        session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(**values, version=campaign.version + 1)
            .execution_options(synchronize_session=False)
        )
        latest = last_moment(changes["ends_on"], service.zone) if "ends_on" in changes else None
        bump_lists(session, campaign_id, latest=latest)
        audit.record(
            session,
            service,
            principal,
            "campaign.edit",
            f"campaign:{campaign_id}",
            changed=sorted(changes),
            version=campaign.version + 1,
        )
        return campaign.version + 1

    return service.db.transact(work)


def bump_lists(session: Session, campaign_id: int, *, latest: datetime | None = None) -> None:
    """Give every active list of a campaign a new version: what stands in its head has changed.

    With `latest` no list runs longer than that.
    """
    session.execute(
        select(Worklist.id)
        .where(Worklist.campaign_id == campaign_id, Worklist.state == "active")
        .order_by(Worklist.id)
        .with_for_update(key_share=True)
    ).all()
    values: dict[str, Any] = {"version": Worklist.version + 1}
    if latest is not None:
        end = literal(latest, UtcTime())
        values["not_after"] = case((Worklist.not_after > end, end), else_=Worklist.not_after)
    session.execute(
        update(Worklist)
        .where(Worklist.campaign_id == campaign_id, Worklist.state == "active")
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _require_changeable(campaign: Campaign, changes: Collection[str]) -> None:
    if campaign.state == "archived":
        raise Problem("wrong_state", "This campaign is archived: bring it back first.", state=campaign.state)
    fixed = sorted({"areas", "usrns", "starts_on"} & set(changes))
    if campaign.state == "active" and fixed:
        raise Problem(
            "wrong_state",
            "Where and from when a campaign runs is fixed once it is active: make another one.",
            state=campaign.state,
        )


def _require_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Problem(
            "validation_failed",
            "The last day is before the first.",
            errors={"ends_on": "Must not be before starts_on."},
        )


def _require_questionnaire(session: Session, questionnaire_id: int | None) -> None:
    """Questionnaires are of a room higher up: what the foreign key names is all that is known of them here."""
    if questionnaire_id is None:
        return
    (key,) = table_of(Campaign).c.questionnaire_id.foreign_keys
    if session.scalar(select(key.column).where(key.column == questionnaire_id)) is None:
        raise Problem(
            "validation_failed",
            "There is no such questionnaire.",
            errors={"questionnaire_id": "There is no questionnaire of this number."},
        )


def _require_places(
    session: Session, principal: Principal, areas: Collection[str], usrns: Collection[str]
) -> None:
    """Every area is the principal's and of a kind that premises are known by; every street has a house in scope."""
    if not areas and not usrns:
        raise Problem(
            "validation_failed",
            "A campaign covers an area or chosen streets.",
            errors={"areas": "Name at least one area or street."},
        )
    found = {
        area.code: area
        for area in session.execute(select(Area.code, Area.kind, Area.path).where(among(Area.code, areas)))
    }
    for code in areas:
        if code not in found or not sees(principal, found[code].path):
            raise no_such("area", code)
        if found[code].kind not in COVERED_KINDS:
            raise Problem(
                "validation_failed",
                f"{code} is a {found[code].kind}: choose a force, district, ward or 2021 LSOA.",
                errors={"areas": f"{code} is of a kind that no campaign covers."},
            )
    with_houses = set(
        session.scalars(
            select(Premises.usrn)
            .where(among(Premises.usrn, usrns), is_house(), in_scope(principal, Premises.ward_code))
            .distinct()
        )
    )
    for usrn in usrns:
        if usrn not in with_houses:
            raise no_such("street with houses", usrn)


def _change_places(session: Session, principal: Principal, campaign_id: int, changes: dict[str, Any]) -> None:
    areas = changes.get("areas")
    if areas is None:
        areas = session.scalars(
            select(CampaignArea.area_code).where(CampaignArea.campaign_id == campaign_id)
        ).all()
    usrns = changes.get("usrns")
    if usrns is None:
        usrns = session.scalars(
            select(CampaignStreet.usrn).where(CampaignStreet.campaign_id == campaign_id)
        ).all()
    _require_places(session, principal, areas, usrns)
    session.execute(delete(CampaignArea).where(CampaignArea.campaign_id == campaign_id))
    session.execute(delete(CampaignStreet).where(CampaignStreet.campaign_id == campaign_id))
    _write_places(session, campaign_id, areas, usrns)


def _write_places(session: Session, campaign_id: int, areas: Collection[str], usrns: Collection[str]) -> None:
    insert_many(
        session,
        CampaignArea,
        [{"campaign_id": campaign_id, "area_code": code} for code in sorted(set(areas))],
    )
    insert_many(
        session, CampaignStreet, [{"campaign_id": campaign_id, "usrn": usrn} for usrn in sorted(set(usrns))]
    )
