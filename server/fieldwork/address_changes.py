"""What a new address file does to coverage, counters and lists: houses retire, come back, move, and are new."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork import activity
from server.fieldwork.bulk import among
from server.fieldwork.ending import take_out
from server.fieldwork.facts import NewFact, insert_facts, lock_lists_of
from server.fieldwork.folding import fold_row, read_coverage, write_changes, write_waiting_wards
from server.fieldwork.rows import refresh_rows
from server.fieldwork.seed import seed
from server.fieldwork.stored import facts_of
from server.fieldwork.tables import Holding, Worklist
from server.geography.changes import PremisesChange
from server.geography.tables import Premises, Street

TOUCHED, MOVED = "premises whose address changed", "premises that moved"  # under these names in Session.info


def apply(session: Session, service: Service, changes: Sequence[PremisesChange]) -> None:
    """Take in a chunk of an import's changes, whose streets are locked; an empty chunk says that it was the last.

    A house that retires, comes back or is no home any more gets an address fact. One that moved to another street or
    ward is counted there, and leaves the lists that held it. Lists, wards and new houses wait for the last chunk: until
    then more streets may be locked, and those come first (DESIGN section 4).
    """
    if not changes:
        _finish(session, service)
        return
    _take_in(session, service, changes)


def apply_on(session: Session, service: Service, usrn: str, changes: Sequence[PremisesChange]) -> None:
    """The same at once, for a decision about one street, which is locked: its new houses get their rows as well."""
    _take_in(session, service, changes)
    _finish(session, service, [usrn])


def _take_in(session: Session, service: Service, changes: Sequence[PremisesChange]) -> None:
    now = service.clock.now()
    facts = [
        NewFact(
            service.new_uuid(),
            one.uprn,
            "address",
            now,
            now,
            now,
            body={"status": one.status, "residential": one.residential},
        )
        for one in changes
        if _is_house(one.status, one.residential) != _is_house(one.old_status, one.old_residential)
    ]
    insert_facts(session, facts)
    places = {one.uprn: (one.new_usrn, one.new_ward or "") for one in changes}
    rows, rules = read_coverage(session, places, every=True)
    known = facts_of(session, places)
    changed = []
    for row in rows:
        usrn, ward_code = places[row.uprn]
        folded = fold_row(service, row, rules[row.campaign_id], known.get(row.uprn, ()))
        after = msgspec.structs.replace(folded, usrn=usrn, ward_code=ward_code)
        if after != row:
            changed.append((row, after))
    write_changes(session, service, changed, wards_later=True)
    activity.move(
        session, service, known, {one.uprn: (one.old_ward or "", one.new_ward or "") for one in changes}
    )
    session.info.setdefault(TOUCHED, set()).update(places)
    session.info.setdefault(MOVED, set()).update(one.uprn for one in changes if one.moved)


def _is_house(status: str, residential: bool) -> bool:
    return status == "live" and residential


def _finish(session: Session, service: Service, usrns: Collection[str] | None = None) -> None:
    touched: set[str] = session.info.pop(TOUCHED, set())
    moved: set[str] = session.info.pop(MOVED, set())
    lock_lists_of(session, touched)
    take_out(session, moved)
    renamed = _take_over_names(session, touched)
    refresh_rows(session, service, sorted(touched | renamed))
    write_waiting_wards(session, service.clock.now())
    activity.write_waiting(session)
    seed(session, service, usrns)


def _take_over_names(session: Session, touched: Collection[str]) -> set[str]:
    """Give the locked lists that hold touched houses their streets' names as they are now.

    The houses on those lists' renamed streets, all of whose rows change with the name.
    """
    lists = session.execute(
        select(Worklist.id, Worklist.streets).where(
            Worklist.id.in_(select(Holding.worklist_id).where(among(Holding.uprn, touched)))
        )
    ).all()
    usrns = {street[0] for one in lists for street in one.streets}
    streets = session.execute(select(Street.usrn, Street.name).where(among(Street.usrn, usrns)))
    names = {row.usrn: row.name for row in streets}
    renamed: set[str] = set()
    for one in lists:
        headers = [[usrn, names[usrn], lon, lat] for usrn, _, lon, lat in one.streets]
        renamed |= {usrn for usrn, name, _, _ in one.streets if name != names[usrn]}
        if headers != [list(street) for street in one.streets]:
            session.execute(
                update(Worklist)
                .where(Worklist.id == one.id)
                .values(streets=headers)
                .execution_options(synchronize_session=False)
            )
    held = select(Holding.uprn).join(Premises, Premises.uprn == Holding.uprn)
    return set(
        session.scalars(
            held.where(among(Premises.usrn, renamed), among(Holding.worklist_id, [one.id for one in lists]))
        )
    )
