"""Campaigns, worklists, facts and coverage: who is to knock where, what happened, and how far it has got."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime
from server.base.vault import register_sealed

EVERY_CAMPAIGN = 0  # coverage rows under this number sum up all campaigns; it has no campaign row


class Campaign(Base):
    """A priority set-up: where, for whom, until when. state: draft | active | archived. Nothing is deleted."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text, default="draft", index=True)
    version: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    policy: Mapped[dict[str, Any]] = mapped_column(Json)
    questionnaire_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcTime)
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    drawn: Mapped[dict[str, Any] | None] = mapped_column(
        Json, deferred=True
    )  # a GeoJSON geometry, to be shown


class CampaignArea(Base):
    """An area that a campaign covers whole."""

    __tablename__ = "campaign_area"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"), primary_key=True)


class CampaignStreet(Base):
    """A street that a campaign covers, chosen by hand."""

    __tablename__ = "campaign_street"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)


class CampaignPremises(Base):
    """A house that a campaign covers, chosen by a list or by a drawn shape."""

    __tablename__ = "campaign_premises"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), primary_key=True)


class CampaignChange(Base):
    """What became of a campaign: one row for each version. what: create | edit | activate | warn | archive | unarchive.

    `changes` is field → [before, after]; `account_id` is None for what the service did by itself.
    """

    __tablename__ = "campaign_change"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, Any]] = mapped_column(Json)


class Worklist(Base):
    """Streets' houses of one campaign held by one officer. state: active | recalled | expired | closed.

    `version` only grows, taken under this row's lock. `streets` are the headers of its streets in walking order, each
    [usrn, name, lon, lat] with the origin in 1e-6 degrees: they stay as they are while the list lives, since they
    stand in every row's digest. `digest` is of the whole list (sync.worklist_codec), kept up row by row. `ward_code` is
    where most of its houses lay when it was made ("": unknown), for the ward's best slots.
    """

    __tablename__ = "worklist"
    __table_args__ = (
        Index("ix_worklist_account_state", "account_id", "state"),
        Index("ix_worklist_state_not_after", "state", "not_after"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(Text, default="active")
    version: Mapped[int] = mapped_column(BigId, default=1)
    digest: Mapped[str] = mapped_column(Text)
    streets: Mapped[list[tuple[str, str, int, int]]] = mapped_column(Json)
    ward_code: Mapped[str] = mapped_column(Text, default="")
    not_after: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class AllocationProposal(Base):
    """Who is to walk which streets of a campaign, as proposed to a coordinator and changed by hand.

    state: draft | allocated | undone | dropped; one draft for each campaign and author. `options` are those asked for
    {officers, most_houses, hours, outstanding_only, areas}; `streets` are [usrn, account, houses, door minutes, walking
    minutes, {ward: houses}] each; `lists` the worklists that it became.
    """

    __tablename__ = "allocation_proposal"
    __table_args__ = (Index("ix_allocation_proposal_campaign_id_created_by", "campaign_id", "created_by"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(Text, default="draft")
    version: Mapped[int] = mapped_column(default=1)
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    streets: Mapped[list[list[Any]]] = mapped_column(Json)
    lists: Mapped[list[int]] = mapped_column(Json, default=list)


class WorklistHouse(Base):
    """One premises of one list: its place in walking order and the list version at which it last changed.

    `digest` (hex) is of the row as packed, without the flag: what tells whether the row changed at all.
    """

    __tablename__ = "worklist_house"
    __table_args__ = (
        Index("ix_worklist_house_version", "worklist_id", "version"),
        Index("ix_worklist_house_uprn", "uprn"),
    )

    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklist.id"), primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), primary_key=True)
    place: Mapped[int]
    version: Mapped[int] = mapped_column(BigId)
    removed: Mapped[bool] = mapped_column(server_default=text("false"))
    digest: Mapped[str] = mapped_column(Text)


class Holding(Base):
    """Who holds a premises within a campaign: the primary key lets at most one list have it."""

    __tablename__ = "holding"

    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    worklist_id: Mapped[int] = mapped_column(ForeignKey("worklist.id"), index=True)


class PremisesFact(Base):
    """One fact about one premises: what coverage is folded from. Never changed, never deleted.

    kind: visit | withdrawal | lift | override | registration | address. `id` is the event's or a new UUID;
    an event with both a visit and registrations makes one fact each. `body` holds the kind's own codes
    (callback, slot, language, override's reason, registration mark): never a name, contact or free text.
    """

    __tablename__ = "premises_fact"
    __table_args__ = (
        Index("ix_premises_fact_uprn_corrected_at", "uprn", "corrected_at"),
        Index("ix_premises_fact_campaign_id_received_at", "campaign_id", "received_at"),
        Index(
            "ix_premises_fact_visits",
            "corrected_at",
            "id",
            sqlite_where=text("kind = 'visit'"),
            postgresql_where=text("kind = 'visit'"),
        ),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"))
    kind: Mapped[str] = mapped_column(Text)
    campaign_id: Mapped[int] = mapped_column(BigId, default=EVERY_CAMPAIGN)
    worklist_id: Mapped[int | None] = mapped_column(BigId)
    outcome: Mapped[str] = mapped_column(Text, default="")
    withdraws: Mapped[str | None] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigId)
    device_id: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcTime)
    corrected_at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    body: Mapped[dict[str, Any]] = mapped_column(Json)


class Coverage(Base):
    """The folded state of one premises in one campaign (0: all together). `state` is sync.worklist.HouseState.

    The flags are the counters' terms, kept apart so that a recount is one GROUP BY. `standing` is true where the state
    says something that a new campaign must start from (a wish not to be called on, a registration, …). There is no
    foreign key, and no second index but of houses tried and still owed a visit, and of what stands in all campaigns: a
    campaign of a whole force is 400,000 of these rows, made in one statement. `attempts` and `last_at` (ms) are the
    state's, for that index.
    """

    __tablename__ = "coverage"
    __table_args__ = (
        Index(
            "ix_coverage_tried",
            "campaign_id",
            "last_at",
            "uprn",
            "attempts",
            "ward_code",
            sqlite_where=text("visited AND outstanding"),
            postgresql_where=text("visited AND outstanding"),
        ),
        Index(
            "ix_coverage_standing",
            "uprn",
            sqlite_where=text("standing AND campaign_id = 0"),
            postgresql_where=text("standing AND campaign_id = 0"),
        ),
        {"postgresql_with": {"fillfactor": "85"}},  # room for a state to grow on its page
    )

    uprn: Mapped[str] = mapped_column(Text, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    usrn: Mapped[str] = mapped_column(Text)
    ward_code: Mapped[str] = mapped_column(Text, default="")
    premises: Mapped[bool] = mapped_column(server_default=text("true"))
    eligible: Mapped[bool] = mapped_column(server_default=text("true"))
    visited: Mapped[bool] = mapped_column(server_default=text("false"))
    informed: Mapped[bool] = mapped_column(server_default=text("false"))
    contacted: Mapped[bool] = mapped_column(server_default=text("false"))
    registered: Mapped[bool] = mapped_column(server_default=text("false"))
    refused: Mapped[bool] = mapped_column(server_default=text("false"))
    outstanding: Mapped[bool] = mapped_column(server_default=text("true"))
    standing: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_at: Mapped[int] = mapped_column(BigId, server_default=text("0"))
    state: Mapped[dict[str, Any]] = mapped_column(Json)


class StreetCoverage(Base):
    """Counters of one street within one ward and campaign (0: all together); equal to a recount at all times."""

    __tablename__ = "street_coverage"
    __table_args__ = (Index("ix_street_coverage_campaign_id_ward_code", "campaign_id", "ward_code"),)

    campaign_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    premises: Mapped[int] = mapped_column(server_default=text("0"))
    eligible: Mapped[int] = mapped_column(server_default=text("0"))
    visited: Mapped[int] = mapped_column(server_default=text("0"))
    informed: Mapped[int] = mapped_column(server_default=text("0"))
    contacted: Mapped[int] = mapped_column(server_default=text("0"))
    registered: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    outstanding: Mapped[int] = mapped_column(server_default=text("0"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class WardCoverage(Base):
    """The same counters summed to one ward and campaign, so that a force page reads wards, not streets."""

    __tablename__ = "ward_coverage"

    campaign_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    premises: Mapped[int] = mapped_column(server_default=text("0"))
    eligible: Mapped[int] = mapped_column(server_default=text("0"))
    visited: Mapped[int] = mapped_column(server_default=text("0"))
    informed: Mapped[int] = mapped_column(server_default=text("0"))
    contacted: Mapped[int] = mapped_column(server_default=text("0"))
    registered: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    outstanding: Mapped[int] = mapped_column(server_default=text("0"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Activity(Base):
    """How many visits of an outcome an officer made in a ward and campaign on a day, in a slot; equal to a recount.

    `day` (local) and `slot` are of the corrected time; a withdrawn visit leaves its row again. Of the visits,
    `first_visits` are the first that a house had in this campaign, `first_ever` in any. `registrations` are residents
    who registered, in rows with no outcome, under campaign 0 and account 0 where it was not at a visit. There are no
    rows that sum up all campaigns: leave the campaign out of the question.
    """

    __tablename__ = "activity"

    campaign_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    slot: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(Text, primary_key=True)
    visits: Mapped[int] = mapped_column(server_default=text("0"))
    first_visits: Mapped[int] = mapped_column(server_default=text("0"))
    first_ever: Mapped[int] = mapped_column(server_default=text("0"))
    registrations: Mapped[int] = mapped_column(server_default=text("0"))


class WardSlots(Base):
    """The kinds of slot in which clearly more answer in a ward, as lists carry them; see best_slots.py."""

    __tablename__ = "ward_slots"

    ward_code: Mapped[str] = mapped_column(Text, primary_key=True)
    slots: Mapped[list[str]] = mapped_column(Json)
    reckoned_at: Mapped[datetime] = mapped_column(UtcTime)


class Hazard(Base):
    """A danger at an address. state: reported | confirmed | expired | dismissed. Kind and text are sealed as JSON."""

    __tablename__ = "hazard"
    __table_args__ = (Index("ix_hazard_state_reported_at", "state", "reported_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), index=True)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="reported")
    event_id: Mapped[str | None] = mapped_column(Text)
    reported_by: Mapped[int | None] = mapped_column(BigId)
    reported_at: Mapped[datetime] = mapped_column(UtcTime)
    reviewed_by: Mapped[int | None] = mapped_column(BigId)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    expires_on: Mapped[date | None] = mapped_column(Date)


class PremisesNote(Base):
    """A note on an address: kind new | split | gone | not_a_home | not_found | other for the coordinator, or visit.

    `visit` notes are for the next officer. state: open | accepted | dismissed. The text is sealed.
    """

    __tablename__ = "premises_note"
    __table_args__ = (Index("ix_premises_note_state_noted_at", "state", "noted_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="open")
    event_id: Mapped[str | None] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigId)
    noted_at: Mapped[datetime] = mapped_column(UtcTime)
    reviewed_by: Mapped[int | None] = mapped_column(BigId)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcTime)


register_sealed(Hazard, "text_sealed")
register_sealed(PremisesNote, "text_sealed")
