"""Making a campaign active: every house it covers gets a row of coverage, counted, in sets."""

from __future__ import annotations

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.campaign_history import keep
from server.fieldwork.campaigns import Match
from server.fieldwork.folding import changes, read_coverage_of, write_changes
from server.fieldwork.members import campaign_seen, in_campaign, is_house, require_whole_campaign
from server.fieldwork.refold import chunks
from server.fieldwork.seed import add_rows
from server.fieldwork.stored import facts_of
from server.fieldwork.tables import EVERY_CAMPAIGN, Campaign, Coverage
from server.geography.lock import lock_streets
from server.geography.scope import in_scope
from server.geography.tables import Premises


def activate(
    service: Service, principal: Principal, campaign_id: int, *, match: Match = lambda _: None
) -> int:
    """Make a draft active; the number of houses it covers in the principal's areas (a street may cross their border).

    A house of which something stands (a wish not to be called on, a registration) starts from that, the others as
    houses nobody has been to. Raises Problem: not_found, forbidden, wrong_state (not a draft, or its last day is over,
    or it covers no house), and what `match` raises of the version.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> int:
        campaign_seen(session, principal, campaign_id)
        require_whole_campaign(session, principal, campaign_id)
        lock_places(session, campaign_id)
        campaign = campaign_seen(session, principal, campaign_id, lock=True)
        match(campaign.version)
        _require_ready(service, campaign)
        houses = materialise(session, service, campaign_id)
        if not houses:
            raise Problem("wrong_state", "There is no house in the areas and streets of this campaign.")
        session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(state="active", version=campaign.version + 1, activated_at=service.clock.now())
            .execution_options(synchronize_session=False)
        )
        keep(session, service, principal, campaign_id, version=campaign.version + 1, what="activate")
        audit.record(
            session, service, principal, "campaign.activate", f"campaign:{campaign_id}", houses=houses
        )
        return _count_seen(session, principal, campaign_id)

    return service.db.transact(work)


def lock_places(session: Session, campaign_id: int) -> None:
    """Lock every street with a house that the campaign's areas and streets take in."""
    lock_streets(
        session,
        session.scalars(
            select(Premises.usrn).where(is_house(), in_campaign(session, campaign_id)).distinct()
        ).all(),
    )


def materialise(session: Session, service: Service, campaign_id: int) -> int:
    """Give the campaign a row for every house it covers and lacks; how many rows it has then. Streets are locked."""
    add_rows(session, service, campaign_id, and_(is_house(), in_campaign(session, campaign_id)))
    ours, everywhere = Coverage.__table__.alias("ours"), Coverage.__table__.alias("everywhere")
    standing = (
        session.execute(
            select(ours.c.uprn)
            .join(everywhere, everywhere.c.uprn == ours.c.uprn)
            .where(
                ours.c.campaign_id == campaign_id,
                everywhere.c.campaign_id == EVERY_CAMPAIGN,
                everywhere.c.standing,
            )
            .order_by(ours.c.uprn)
        )
        .scalars()
        .all()
    )
    for chunk in chunks(standing):
        rows, rules = read_coverage_of(session, chunk, campaign_id)
        write_changes(session, service, changes(service, rows, rules, facts_of(session, chunk)))
    return count_rows(session, campaign_id)


def count_rows(session: Session, campaign_id: int) -> int:
    """How many premises a campaign has rows for."""
    counted = select(Coverage.uprn).where(Coverage.campaign_id == campaign_id).subquery()
    return session.execute(select(func.count()).select_from(counted)).scalar_one()


def _count_seen(session: Session, principal: Principal, campaign_id: int) -> int:
    """How many premises of a campaign lie in the principal's areas."""
    seen = (
        select(func.count())
        .select_from(Coverage)
        .join(Premises, Premises.uprn == Coverage.uprn)
        .where(Coverage.campaign_id == campaign_id, in_scope(principal, Premises.ward_code))
    )
    return session.execute(seen).scalar_one()


def _require_ready(service: Service, campaign: Campaign) -> None:
    if campaign.state != "draft":
        raise Problem("wrong_state", "Only a draft can be made active.", state=campaign.state)
    if campaign.ends_on < service.clock.now().astimezone(service.zone).date():
        raise Problem(
            "wrong_state", "The last day of this campaign is over: set a later one.", state=campaign.state
        )
