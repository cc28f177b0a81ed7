"""Making and changing campaigns. What becomes of one with time is in activate.py and archive.py."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.db import UtcTime, table_of
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.campaign_history import Change, differences, keep, place_differences
from server.fieldwork.campaign_places import (
    PLACES,
    Places,
    changed_places,
    read_places,
    require_places,
    write_places,
)
from server.fieldwork.members import campaign_seen, require_whole_campaign
from server.fieldwork.refold import refold_campaign
from server.fieldwork.rules import last_moment
from server.fieldwork.tables import Campaign, Worklist
from server.staff.roles import permissions_of
from server.staff.tables import Account, RoleGrant
from sync.worklist import Policy

Match = Callable[[int], None]
DEFAULT_POLICY = Policy()


@dataclass(frozen=True)
class CampaignPlan:
    """What a campaign is to be: where (areas, streets and chosen houses together), from when to when, and its rules.

    `drawn` is the GeoJSON geometry that the chosen houses (UPRNs) were found by, to be shown. Whoever makes it owns it
    where no owner is named.
    """

    name: str
    starts_on: date
    ends_on: date
    areas: tuple[str, ...] = ()
    usrns: tuple[str, ...] = ()
    uprns: tuple[str, ...] = ()
    drawn: dict[str, Any] | None = None
    purpose: str = ""
    policy: Policy = DEFAULT_POLICY
    questionnaire_id: int | None = None
    owner_id: int | None = None


def expect(version: int) -> Match:
    """Refuses every version but this: somebody else changed the campaign since it was read."""

    def match(found: int) -> None:
        if found != version:
            raise Problem(
                "stale_version",
                "Somebody else changed this campaign while you were at it: see what became of it.",
            )

    return match


def create_campaign(service: Service, principal: Principal, plan: CampaignPlan) -> int:
    """Make a draft; its id. Raises Problem: validation_failed; not_found for places outside the principal's areas."""
    require(principal, "campaign.write")
    _require_dates(plan.starts_on, plan.ends_on)

    def work(session: Session) -> int:
        places = Places.of(plan.areas, plan.usrns, plan.uprns)
        require_places(session, principal, places)
        _require_questionnaire(session, plan.questionnaire_id)
        _require_owner(session, plan.owner_id)
        campaign_id = session.execute(
            insert(Campaign)
            .values(
                name=plan.name,
                purpose=plan.purpose,
                owner_id=plan.owner_id or principal.account_id,
                drawn=plan.drawn,
                policy=msgspec.to_builtins(plan.policy),
                questionnaire_id=plan.questionnaire_id,
                starts_on=plan.starts_on,
                ends_on=plan.ends_on,
                created_at=service.clock.now(),
            )
            .returning(Campaign.id)
        ).scalar_one()
        write_places(session, campaign_id, places)
        keep(session, service, principal, campaign_id, version=1, what="create")
        audit.record(
            session,
            service,
            principal,
            "campaign.create",
            f"campaign:{campaign_id}",
            areas=list(places.areas),
            streets=len(places.usrns),
            houses=len(places.uprns),
        )
        return campaign_id

    return service.db.transact(work)


def edit_campaign(
    service: Service, principal: Principal, campaign_id: int, changes: dict[str, Any], *, match: Match
) -> int:
    """Change members of a CampaignPlan by name; the new version. `match` is given the version found and may refuse it.

    Where it runs and its first day change in a draft only. An active campaign's officers get the change with their
    lists; another end date takes back the worker's warning, and an earlier one is the lists' end too; another policy is
    counted at once. An archived one is not changed. The history keeps what became what. Raises Problem: not_found,
    forbidden, wrong_state, validation_failed, and what `match` raises.
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
        values = {name: value for name, value in changes.items() if name not in PLACES}
        if "policy" in values:
            values["policy"] = msgspec.to_builtins(values["policy"])
        if changes.get("ends_on", campaign.ends_on) != campaign.ends_on:
            values["warned_at"] = None
        _require_questionnaire(session, changes.get("questionnaire_id"))
        if changes.get("owner_id") != campaign.owner_id:  # who owns it already may have left since
            _require_owner(session, changes.get("owner_id"))
        told = differences(campaign, changes) | _change_places(session, principal, campaign_id, changes)
        session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(**values, version=campaign.version + 1)
            .execution_options(synchronize_session=False)
        )
        latest = last_moment(changes["ends_on"], service.zone) if "ends_on" in changes else None
        bump_lists(session, campaign_id, latest=latest)
        version = campaign.version + 1
        keep(session, service, principal, campaign_id, version=version, what="edit", changes=told)
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
    fixed = {*PLACES, "drawn", "starts_on"} & set(changes)
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
            errors={"ends_on": "Give a last day that is not before the first."},
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


def _require_owner(session: Session, account_id: int | None) -> None:
    """A campaign's owner is somebody who still works here and may change campaigns."""
    if account_id is None:
        return
    roles = select(RoleGrant.role).join(Account, Account.id == RoleGrant.account_id)
    held = session.scalars(roles.where(Account.id == account_id, Account.active)).all()
    if "campaign.write" not in permissions_of(held):
        raise Problem(
            "validation_failed",
            "A campaign is owned by somebody who may change it.",
            errors={"owner_id": "Choose a coordinator or a supervisor."},
        )


def _change_places(
    session: Session, principal: Principal, campaign_id: int, changes: dict[str, Any]
) -> dict[str, Change]:
    """Write other places, where the changes name any; what became of them. What was there is not judged anew."""
    if not set(PLACES) & set(changes):
        return {}
    before = read_places(session, campaign_id)
    after = changed_places(before, changes)
    require_places(session, principal, after, known=before)
    write_places(session, campaign_id, after)
    return place_differences(before, after)
