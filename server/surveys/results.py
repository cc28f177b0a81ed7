"""What residents answered, counted by ward or street; small numbers never leave (statistics/disclosure).

A ward or street with fewer than eight responses shows none of its counts; and where one street of a ward would be the
only such, the next smallest is hidden with it, since the ward's own counts would give it away. Periods are whole
quarters of the year and of wards alone, and a ward is hidden in a period that begins or ends beside a quarter with
fewer than eight: else queries taken from each other would tell what those few answered. Tables by a demographic list
are for whole areas only and for all time, rounded to 5, with counts of 1 to 7 hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select, tuple_
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.geography.scope import in_scope, ward_codes
from server.geography.tables import Area, Premises, Street
from server.residents.sealed import open_detail
from server.residents.tables import Resident
from server.statistics.disclosure import SMALLEST_SHOWN, cuts_of, is_small, suppress_table, whole_quarters
from server.surveys.questionnaires import DEFAULT
from server.surveys.rounds import midnight_of
from server.surveys.tables import Answer, Questionnaire, Response
from sync.demographics import LISTS
from sync.questionnaires import Document, parse

WARD, STREET = "ward", "street"
NOT_GIVEN = "not_given"  # the row of a demographic table for those who said nothing of it

Place = tuple[str, str]  # USRN ("" for a ward's row), ward code


@dataclass(frozen=True)
class PlaceResults:
    """The counts of a ward (usrn "") or a street within a ward. Hidden ones: `responses` None and no counts."""

    usrn: str
    ward_code: str
    name: str
    responses: int | None
    counts: dict[str, dict[str, int]] | None


@dataclass(frozen=True)
class Results:
    """Counts of one questionnaire version: question → choice → how many, by place.

    `since` and `until` are the first and last day counted; None is open.
    """

    questionnaire: Document
    as_of: datetime
    since: date | None
    until: date | None
    places: list[PlaceResults]
    next: str | None


@dataclass(frozen=True)
class Crosstab:
    """One question by one demographic list. None stands for a hidden count; all are rounded to 5."""

    question: str
    demographic: str
    rows: list[str]
    columns: list[str]
    cells: list[list[int | None]]
    row_totals: list[int | None]
    column_totals: list[int | None]
    total: int | None


def read_results(service: Service, principal: Principal, query: Mapping[str, Any]) -> Results:
    """Results within the principal's areas. `query`: questionnaire, version, level (ward | street), area, since, until
    (the quarters of the year that these two days fall in are counted whole), limit, after (the place after which the
    page begins, as `next` of the page before gave it).

    Raises Problem("not_found") for an unknown questionnaire or area, Problem("validation_failed") for a period of
    streets: what is hidden of a ward's streets in one period would follow from another.
    """
    by_street = query.get("level", WARD) == STREET
    if by_street and (query.get("since") or query.get("until")):
        sentence = "Streets are counted over all time only; leave the period out, or ask for wards."
        raise Problem("validation_failed", sentence, errors={"level": sentence})

    def work(session: Session) -> Results:
        key, document = _questionnaire(session, query)
        since, until = whole_quarters(query.get("since"), query.get("until"))
        everything = and_(*_wanted(session, principal, key, query))
        wanted = and_(everything, *_within(service, since, until))
        totals = _totals(session, wanted, by_street)
        few = {place for place, many in totals.items() if is_small(many)}
        if since or until:
            few |= _parted(session, service, everything, (since, until))
        hidden = few | (_next_smallest(totals, few) if by_street else set())
        after = query.get("after") or ""
        places = [place for place in sorted(totals) if _cursor(place) > after]
        page, rest = places[: query["limit"]], places[query["limit"] :]
        counts = _counts(session, wanted, [place for place in page if place not in hidden], by_street)
        names = _names(session, page)
        rows = [
            PlaceResults(
                usrn=place[0],
                ward_code=place[1],
                name=names.get(place[0] or place[1], ""),
                responses=None if place in hidden else totals[place],
                counts=None if place in hidden else _complete(document, counts.get(place, {})),
            )
            for place in page
        ]
        return Results(document, service.clock.now(), since, until, rows, _cursor(page[-1]) if rest else None)

    return service.db.read(work)


def read_crosstab(service: Service, principal: Principal, query: Mapping[str, Any]) -> Crosstab:
    """One question by one demographic list, of the newest response of each person. `query`: questionnaire, version,
    question, demographic, area. Raises Problem("not_found") for anything that is not there.
    """
    demographic, code = query["demographic"], query["question"]

    def work(session: Session) -> Crosstab:
        key, document = _questionnaire(session, query)
        question = next((one for one in document.questions if one.code == code and one.choices), None)
        if question is None:
            raise Problem("not_found", "This questionnaire has no such question with choices.")
        chosen = _newest_choices(session, and_(*_wanted(session, principal, key, query)), code)
        said = _said(session, service, principal, demographic) if chosen else {}
        rows = [choice.code for choice in LISTS[demographic]] + [NOT_GIVEN]
        columns = [choice.code for choice in question.choices]
        counts = {row: dict.fromkeys(columns, 0) for row in rows}
        for pseudonym, choices in chosen.items():
            row = said.get(pseudonym, NOT_GIVEN)
            for choice in choices:
                counts[row if row in counts else NOT_GIVEN][choice] += 1
        table = suppress_table([[counts[row][column] for column in columns] for row in rows])
        return Crosstab(
            code,
            demographic,
            rows,
            columns,
            table.cells,
            table.row_totals,
            table.column_totals,
            table.total,
        )

    return service.db.read(work)


def _questionnaire(session: Session, query: Mapping[str, Any]) -> tuple[int, Document]:
    statement = select(Questionnaire.id, Questionnaire.body).where(
        Questionnaire.code == query.get("questionnaire", DEFAULT)
    )
    if query.get("version"):
        statement = statement.where(Questionnaire.version == query["version"])
    row = session.execute(statement.order_by(Questionnaire.version.desc()).limit(1)).first()
    if row is None:
        raise Problem("not_found", "There is no such questionnaire, or no such version of it.")
    return row.id, parse(row.body)


def _wanted(
    session: Session, principal: Principal, questionnaire_id: int, query: Mapping[str, Any]
) -> Iterable[ColumnElement[bool]]:
    yield Response.questionnaire_id == questionnaire_id
    yield in_scope(principal, Response.ward_code)
    if query.get("area"):
        yield Response.ward_code.in_(ward_codes(session, query["area"]))


def _within(service: Service, since: date | None, until: date | None) -> Iterable[ColumnElement[bool]]:
    if since:
        yield Response.answered_at >= midnight_of(since, service.zone)
    if until:
        yield Response.answered_at < midnight_of(until + timedelta(days=1), service.zone)


def _totals(session: Session, wanted: ColumnElement[bool], by_street: bool) -> dict[Place, int]:
    columns = [Response.usrn, Response.ward_code] if by_street else [Response.ward_code]
    found: dict[Place, int] = {}
    for *place, count in session.execute(select(*columns, func.count()).where(wanted).group_by(*columns)):
        found[_place(place)] = count
    return found


def _parted(
    session: Session,
    service: Service,
    wanted: ColumnElement[bool],
    period: tuple[date | None, date | None],
) -> set[Place]:
    """The wards where this period begins or ends beside a quarter with few responses, which other periods take in."""
    quarters = _quarters(session, service, wanted)
    since, until = period
    ends = {
        sum(since is not None and quarter < since for quarter in quarters),
        sum(until is None or quarter <= until for quarter in quarters),
    }
    by_quarter = _by_quarter(session, service, wanted, quarters)
    return {place for place, counts in by_quarter.items() if not ends <= cuts_of(counts)}


def _quarters(session: Session, service: Service, wanted: ColumnElement[bool]) -> list[date]:
    """The first days of the quarters of the year from the first response to the last."""
    bounds = select(func.min(Response.answered_at), func.max(Response.answered_at)).where(wanted)
    row = session.execute(bounds.having(func.count() > 0)).one_or_none()
    if row is None:
        return []
    at, end = (moment.astimezone(service.zone).date() for moment in row)
    found = []
    while at <= end:
        begins, ends = whole_quarters(at, at)
        found.append(begins or at)
        at = (ends or at) + timedelta(days=1)
    return found


def _by_quarter(
    session: Session,
    service: Service,
    wanted: ColumnElement[bool],
    quarters: Sequence[date],
) -> dict[Place, list[int]]:
    """The responses of each ward in each of these quarters."""
    if not quarters:
        return {}
    later = [midnight_of(quarter, service.zone) for quarter in quarters[1:]]
    number = case(
        *((Response.answered_at < moment, place) for place, moment in enumerate(later)), else_=len(later)
    )
    each = (
        select(Response.ward_code, (number if later else literal(0)).label("quarter"))
        .where(wanted)
        .subquery()
    )
    found: dict[Place, list[int]] = defaultdict(lambda: [0] * len(quarters))
    for *place, quarter, many in session.execute(select(*each.c, func.count()).group_by(*each.c)):
        found[_place(place)][quarter] = many
    return found


def _next_smallest(totals: Mapping[Place, int], few: Collection[Place]) -> set[Place]:
    """The streets to hide besides, where the ward's counts would give away what little is hidden of it."""
    by_ward: dict[str, list[Place]] = defaultdict(list)
    for place in totals:
        by_ward[place[1]].append(place)
    more: set[Place] = set()
    for places in by_ward.values():
        hidden = [place for place in places if place in few]
        if len(hidden) == 1 or (hidden and sum(totals[place] for place in hidden) < SMALLEST_SHOWN):
            others = sorted((totals[place], place) for place in places if place not in few)
            more |= {place for _, place in others[:1]}
    return more


def _counts(
    session: Session, wanted: ColumnElement[bool], places: Sequence[Place], by_street: bool
) -> dict[Place, dict[tuple[str, str], int]]:
    if not places:
        return {}
    columns = [Response.usrn, Response.ward_code] if by_street else [Response.ward_code]
    here = tuple_(*columns).in_([place if by_street else place[1:] for place in places])
    statement = (
        select(*columns, Answer.question, Answer.choice, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .where(wanted, here)
        .group_by(*columns, Answer.question, Answer.choice)
    )
    found: dict[Place, dict[tuple[str, str], int]] = defaultdict(dict)
    for *place, question, choice, count in session.execute(statement):
        found[_place(place)][question, choice] = count
    return found


def _complete(document: Document, counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    return {
        question.code: {
            choice.code: counts.get((question.code, choice.code), 0) for choice in question.choices
        }
        for question in document.questions
        if question.choices
    }


def _names(session: Session, places: Sequence[Place]) -> dict[str, str]:
    streets = {usrn for usrn, _ in places if usrn}
    if streets:
        rows = session.execute(select(Street.usrn, Street.name).where(Street.usrn.in_(streets)))
    else:
        rows = session.execute(
            select(Area.code, Area.name).where(Area.code.in_([ward for _, ward in places]))
        )
    return {key: name for key, name in rows}  # noqa: C416 - rows are no pairs to mypy


def _newest_choices(session: Session, wanted: ColumnElement[bool], question: str) -> dict[str, list[str]]:
    """Pseudonym (or, for an anonymous one, the response) → the choices of the newest response."""
    person = func.coalesce(Response.pseudonym, Response.id)
    place = func.row_number().over(
        partition_by=person, order_by=(Response.answered_at.desc(), Response.id.desc())
    )
    ranked = select(Response.id, person.label("person"), place.label("place")).where(wanted).subquery()
    rows = session.execute(
        select(ranked.c.person, Answer.choice)
        .join(Answer, Answer.response_id == ranked.c.id)
        .where(ranked.c.place == 1, Answer.question == question)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for pseudonym, choice in rows:
        found[pseudonym].append(choice)
    return found


def _said(session: Session, service: Service, principal: Principal, demographic: str) -> dict[str, str]:
    """Pseudonym → what the person said of themselves; opened here and never given out."""
    rows = session.execute(
        select(Resident.id, Resident.detail_sealed)
        .join(Premises, Premises.uprn == Resident.uprn)
        .where(in_scope(principal, Premises.ward_code), Resident.detail_sealed.is_not(None))
        .execution_options(yield_per=2000)
    )
    said = {}
    for key, sealed in rows:
        code = open_detail(service.vault, key, sealed).get("demographics", {}).get(demographic)
        if code:
            said[service.vault.pseudonym(key)] = code
    return said


def _place(columns: Sequence[str]) -> Place:
    return (columns[0], columns[1]) if len(columns) == 2 else ("", columns[0])


def _cursor(place: Place) -> str:
    return f"{place[0]}/{place[1]}"
