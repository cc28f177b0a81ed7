"""The rows of worklists as officers get them, their digests, and the versions that tell a client what changed.

A row changes its list's version exactly when what is packed for it changes (its flag apart, which ages by itself): the
row's digest is kept and compared. Precondition of everything that writes: streets, then lists, are locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Text, and_, bindparam, cast, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.base.vault import Vault
from server.fieldwork.bulk import among_selected, bound, upsert
from server.fieldwork.tables import Coverage, Hazard, Holding, PremisesNote, Worklist, WorklistHouse
from server.geography.tables import Premises
from sync.worklist import House, HouseState, StreetHouses
from sync.worklist_codec import row_digest, shift_digest

MICRODEGREES = 1_000_000
OPEN_HAZARDS = ("reported", "confirmed")
_STATE = msgspec.json.Decoder(HouseState)
MOST_NOTES = 3  # of those for the next officer, the newest


class Texts(NamedTuple):
    """What officers wrote of a house for the next one: hazards, and notes, each in order of time."""

    hazards: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ListHeads(NamedTuple):
    """A list's version and digest, and its streets without houses, by USRN."""

    version: int
    digest: str
    streets: Mapping[str, StreetHouses]


def refresh_rows(session: Session, service: Service, uprns: Collection[str]) -> dict[int, int]:
    """Bring the rows of these premises up to date in every active list that holds them.

    Gives the version of each of those lists, raised by one where any of its rows changed.
    """
    lists = heads(_HOLDING.rows(session, uprns=list(uprns)))
    if not lists:
        return {}
    found = _HELD.rows(session, uprns=list(uprns))
    return write_rows(session, lists, found, texts_of(session, service.vault, uprns))


def heads(rows: Iterable[Any]) -> dict[int, ListHeads]:
    """Version, digest and street headers of lists, by id, from rows of HEAD_COLUMNS."""
    return {row.id: ListHeads(row.version, row.digest, headers(row.streets)) for row in rows}


def headers(stored: Iterable[Sequence[Any]]) -> dict[str, StreetHouses]:
    """Stored [usrn, name, lon, lat] as streets without houses, by USRN, in walking order."""
    return {
        usrn: StreetHouses(usrn, name, place, lon, lat, ())
        for place, (usrn, name, lon, lat) in enumerate(stored)
    }


def write_rows(
    session: Session,
    lists: Mapping[int, ListHeads],
    found: Sequence[Any],
    texts: Mapping[str, Texts],
) -> dict[int, int]:
    """Write the rows that differ from their stored digests under the next version, and shift the lists' digests."""
    changed: dict[int, list[tuple[Any, bytes]]] = defaultdict(list)
    for row in found:
        street = lists[row.worklist_id].streets[row.usrn]
        digest = row_digest(street, house_of(row, street, texts.get(row.uprn, Texts())))
        if row.removed or digest.hex() != row.digest:
            changed[row.worklist_id].append((row, digest))
    versions = {key: head.version + (key in changed) for key, head in lists.items()}
    upsert(
        session,
        WorklistHouse,
        [
            {
                "worklist_id": key,
                "uprn": row.uprn,
                "place": row.place,
                "version": versions[key],
                "removed": False,
                "digest": digest.hex(),
            }
            for key, rows in changed.items()
            for row, digest in rows
        ],
    )
    write_heads(
        session,
        {
            key: (
                versions[key],
                shift_digest(
                    lists[key].digest,
                    (digest for _, digest in rows),
                    (bytes.fromhex(row.digest) for row, _ in rows if not row.removed),
                ),
            )
            for key, rows in changed.items()
        },
    )
    return versions


def write_heads(session: Session, heads: Mapping[int, tuple[int, str]]) -> None:
    """Write version and digest of lists, by id."""
    for key, (version, digest) in heads.items():
        _WRITE_HEAD.run(session, key=key, new_version=version, new_digest=digest)


def house_of(row: Any, street: StreetHouses, texts: Texts) -> House:
    """The row of a house as packed, its flag and reason still empty. x and y are offsets from the street's origin."""
    return House(
        uprn=row.uprn,
        place=row.place,
        address=short_address(row, street.name),
        x=round(row.lon * MICRODEGREES) - street.lon,
        y=round(row.lat * MICRODEGREES) - street.lat,
        flag="",
        reason="",
        state=_STATE.decode(row.state),
        parent=row.parent_uprn or "",
        postcode=row.postcode,
        hazards=texts.hazards,
        notes=texts.notes,
    )


def short_address(row: Any, street_name: str) -> str:
    """The address as said on its own street: flat, building, number and street, without town and postcode."""
    numbered = f"{row.number_text} {street_name}" if row.number_text else ""
    named = [part for part in (row.sub_building, row.building, numbered) if part]
    return ", ".join(named) if named else str(row.address)


def texts_of(session: Session, vault: Vault, uprns: Collection[str]) -> dict[str, Texts]:
    """Hazards that stand and notes for the next officer, opened, by UPRN; houses without any are absent."""
    found: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    rows = _TEXTS.rows(session, uprns=list(uprns))
    for sort, key, uprn, sealed, _ in sorted(rows, key=lambda row: (row[4], row[1])):
        if sort == "hazard":
            found[uprn][0].append(open_hazard(vault, key, sealed).words)
        else:
            found[uprn][1].append(open_note(vault, key, sealed))
    return {
        uprn: Texts(tuple(hazards), tuple(notes[-MOST_NOTES:])) for uprn, (hazards, notes) in found.items()
    }


class HazardText(msgspec.Struct, frozen=True):
    """What is sealed of a hazard: its kind and the officer's words."""

    kind: str
    text: str = ""

    @property
    def words(self) -> str:
        """Both, as an officer reads them."""
        return f"{self.kind}: {self.text}" if self.text else self.kind


def seal_hazard(vault: Vault, key: str, text: HazardText) -> bytes:
    """The sealed text of the hazard with this id."""
    return vault.seal(msgspec.json.encode(text), table="hazard", column="text_sealed", row=key)


def open_hazard(vault: Vault, key: str, sealed: bytes) -> HazardText:
    """The text of the hazard with this id. Raises VaultError."""
    raw = vault.open_bytes(sealed, table="hazard", column="text_sealed", row=key)
    return msgspec.json.decode(raw, type=HazardText)


def seal_note(vault: Vault, key: str, text: str) -> bytes:
    """The sealed text of the note with this id."""
    return vault.seal(text, table="premises_note", column="text_sealed", row=key)


def open_note(vault: Vault, key: str, sealed: bytes) -> str:
    """The text of the note with this id. Raises VaultError."""
    return vault.open(sealed, table="premises_note", column="text_sealed", row=key)


_W, _R, _H = table_of(Worklist).c, table_of(WorklistHouse).c, table_of(Holding).c
_P, _C = table_of(Premises).c, table_of(Coverage).c
_D, _N = table_of(Hazard).c, table_of(PremisesNote).c
HEAD_COLUMNS = (_W.id, _W.version, _W.digest, _W.streets)
# what a row is made of: its place in the list, the address, the coverage in the list's campaign
_ROW_COLUMNS = (
    _R.worklist_id,
    _R.uprn,
    _R.place,
    _R.version,
    _R.digest,
    _R.removed,
    _P.usrn,
    _P.address,
    _P.number_text,
    _P.sub_building,
    _P.building,
    _P.postcode,
    _P.parent_uprn,
    _P.lon,
    _P.lat,
    cast(_C.state, Text).label("state"),
)
ROWS = (
    select(*_ROW_COLUMNS)
    .join_from(table_of(WorklistHouse), table_of(Worklist), _W.id == _R.worklist_id)
    .join(table_of(Premises), _P.uprn == _R.uprn)
    .join(table_of(Coverage), and_(_C.uprn == _R.uprn, _C.campaign_id == _W.campaign_id))
)
_HOLDING = Prepared(
    select(*HEAD_COLUMNS).where(
        among_selected(_W.id, select(_H.worklist_id).where(bound(_H.uprn, "uprns")).distinct())
    )
)
# From who holds a house, by whole keys; the keys twice, else PostgreSQL may walk the premises in order.
_HELD = Prepared(
    select(*_ROW_COLUMNS)
    .join_from(
        table_of(Holding),
        table_of(WorklistHouse),
        and_(_R.worklist_id == _H.worklist_id, _R.uprn == _H.uprn),
    )
    .join(table_of(Premises), _P.uprn == _H.uprn)
    .join(table_of(Coverage), and_(_C.uprn == _H.uprn, _C.campaign_id == _H.campaign_id))
    .where(bound(_H.uprn, "uprns"), bound(_P.uprn, "uprns"))
)
_TEXTS = Prepared(
    union_all(
        select(
            literal("hazard").label("sort"), _D.id, _D.uprn, _D.text_sealed, _D.reported_at.label("at")
        ).where(bound(_D.uprn, "uprns"), or_(*(_D.state == state for state in OPEN_HAZARDS))),
        select(literal("note"), _N.id, _N.uprn, _N.text_sealed, _N.noted_at).where(
            bound(_N.uprn, "uprns"), _N.state == "open", _N.kind == "visit"
        ),
    )
)
_WRITE_HEAD = Prepared(
    update(table_of(Worklist))
    .where(_W.id == bindparam("key"))
    .values(version=bindparam("new_version"), digest=bindparam("new_digest"))
)
