"""Streets with counters and answers, without going through the doors and phones that make them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.tables import EVERY_CAMPAIGN, StreetCoverage
from server.geography.tables import Area, Street
from server.surveys.tables import Answer, Questionnaire, Response

FORCE, DISTRICT, WARD, OTHER_WARD = "E23000012", "E06000010", "E05011523", "E05011538"
_numbers = itertools.count(1)


def create_wards(service: Service) -> None:
    """A force with one district of two wards."""
    paths = {
        FORCE: ("force", None, f"/{FORCE}/"),
        DISTRICT: ("district", FORCE, f"/{FORCE}/{DISTRICT}/"),
        WARD: ("ward", DISTRICT, f"/{FORCE}/{DISTRICT}/{WARD}/"),
        OTHER_WARD: ("ward", DISTRICT, f"/{FORCE}/{DISTRICT}/{OTHER_WARD}/"),
    }

    def work(session: Session) -> None:
        present = set(session.scalars(select(Area.code)))
        for code, (kind, parent, path) in paths.items():
            if code not in present:
                session.execute(
                    insert(Area).values(
                        code=code, kind=kind, name=f"Area {code}", parent_code=parent, path=path
                    )
                )

    service.db.transact(work)


def create_counted_street(
    service: Service,
    usrn: str,
    *,
    ward_code: str = WARD,
    eligible: int = 40,
    outstanding: int = 40,
    registered: int = 0,
    refused: int = 0,
) -> None:
    """A street whose counters say this, made or changed."""
    counters = {
        "premises": eligible,
        "eligible": eligible,
        "outstanding": outstanding,
        "registered": registered,
        "refused": refused,
    }

    def work(session: Session) -> None:
        if session.get(Street, usrn) is None:
            session.execute(insert(Street).values(usrn=usrn, name=f"STREET {usrn}", locality="", town="HULL"))
        key = (EVERY_CAMPAIGN, usrn, ward_code)
        row = session.get(StreetCoverage, key)
        if row is None:
            session.execute(
                insert(StreetCoverage).values(
                    campaign_id=EVERY_CAMPAIGN, usrn=usrn, ward_code=ward_code, **counters
                )
            )
        else:
            for name, value in counters.items():
                setattr(row, name, value)

    service.db.transact(work)


def create_responses(
    service: Service, usrn: str, choices: Sequence[Sequence[str]], *, ward_code: str = WARD
) -> None:
    """One response for each list of concern codes; "none" is an answer without a concern."""

    def work(session: Session) -> None:
        questionnaire = session.scalar(select(Questionnaire.id))
        now = service.clock.now()
        if questionnaire is None:
            row = Questionnaire(code="doorstep", version=1, title="Doorstep", body={}, created_at=now)
            session.add(row)
            session.flush()
            questionnaire = row.id
        for named in choices:
            response_id = f"response-{next(_numbers)}"
            session.execute(
                insert(Response).values(
                    id=response_id,
                    questionnaire_id=questionnaire,
                    pseudonym=f"person-{response_id}",
                    usrn=usrn,
                    ward_code=ward_code,
                    how="door",
                    answered_at=now,
                    received_at=now,
                )
            )
            for code in named:
                session.execute(
                    insert(Answer).values(
                        response_id=response_id,
                        question="concerns",
                        choice=code,
                        topic="no_concern" if code == "none" else "concern",
                    )
                )

    service.db.transact(work)
