"""Copying a campaign: a draft with the same places, rules and survey, its dates moved so that it starts today."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.campaign_history import keep
from server.fieldwork.campaign_places import Places, read_places, write_places
from server.fieldwork.members import campaign_seen, is_house, require_whole_campaign
from server.fieldwork.tables import Campaign
from server.geography.tables import Premises

LONGEST_NAME = 120
COPY = " (copy)"


def copy_campaign(service: Service, principal: Principal, campaign_id: int) -> int:
    """Make a draft like this campaign, of the same length and owned by the principal; its id.

    Chosen houses that have retired since are left out. Raises Problem: not_found, forbidden.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> int:
        old = campaign_seen(session, principal, campaign_id)
        require_whole_campaign(session, principal, campaign_id)
        today = service.clock.now().astimezone(service.zone).date()
        made = session.execute(
            insert(Campaign)
            .values(
                name=old.name.removesuffix(COPY)[: LONGEST_NAME - len(COPY)] + COPY,
                purpose=old.purpose,
                owner_id=principal.account_id,
                policy=old.policy,
                questionnaire_id=old.questionnaire_id,
                starts_on=today,
                ends_on=today + (old.ends_on - old.starts_on),
                drawn=session.scalar(select(Campaign.drawn).where(Campaign.id == campaign_id)),
                created_at=service.clock.now(),
            )
            .returning(Campaign.id)
        ).scalar_one()
        places = read_places(session, campaign_id)
        write_places(session, made, Places.of(places.areas, places.usrns, _still_there(session, places)))
        keep(session, service, principal, made, version=1, what="create", changes={"copy_of": ["", old.name]})
        audit.record(session, service, principal, "campaign.copy", f"campaign:{made}", of=campaign_id)
        return made

    return service.db.transact(work)


def _still_there(session: Session, places: Places) -> list[str]:
    if not places.uprns:
        return []
    return list(session.scalars(select(Premises.uprn).where(among(Premises.uprn, places.uprns), is_house())))
