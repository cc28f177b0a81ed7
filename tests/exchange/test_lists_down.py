"""What comes down: full lists, changes that follow, recalls; after a new epoch everything afresh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as sa_event

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.service import Service
from server.base.state import new_epoch
from server.base.tables import AuditEntry
from server.exchange import pack
from server.exchange.pack import ended, plan
from server.fieldwork.campaigns import edit_campaign
from server.fieldwork.lists import ListHead
from server.fieldwork.recall import recall, recall_streets
from sync import worklist_codec
from sync.exchange import Have
from sync.worklist import Policy
from tests.factories.exchange import STREETS, allocate_street, create_field, statuses, uprn

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def head(number: int = 1, version: int = 5, state: str = "active", digest: str = "d5") -> ListHead:
    return ListHead(number, 1, version, state, NOW + timedelta(hours=1), None, digest)


@pytest.mark.parametrize(
    ("have", "since"),
    [
        ([], [0]),
        ([Have(1, 5, "d5")], []),
        ([Have(1, 5, "")], []),
        ([Have(1, 5, "other")], [0]),
        ([Have(1, 3, "d3")], [3]),
        ([Have(1, 0, "")], [0]),
        ([Have(1, 9, "d9")], [0]),
    ],
)
def test_a_list_is_sent_whole_or_as_changes_by_what_the_device_holds(
    have: list[Have], since: list[int]
) -> None:
    assert [wanted.since for wanted in plan([head()], have, NOW, afresh=False)] == since
    assert [wanted.since for wanted in plan([head()], have, NOW, afresh=True)] == [0]


def test_ended_and_unknown_lists_are_called_back_and_never_sent() -> None:
    heads = [head(1, state="recalled"), head(2, state="closed"), head(3), head(4, state="expired")]
    have = [Have(1, 5), Have(2, 5), Have(3, 5), Have(4, 1), Have(9, 1)]
    assert plan(heads, have, NOW, afresh=False) == []
    told = [(one.worklist, one.reason) for one in ended(heads, have, NOW)]
    assert told == [(1, "recalled"), (2, "closed"), (4, "expired"), (9, "closed")]
    late = NOW + timedelta(hours=1)
    assert plan(heads, [], late, afresh=False) == []
    assert [one.reason for one in ended(heads, have[2:3], late)] == ["expired"]


def test_the_first_exchange_brings_the_whole_list_and_the_next_one_nothing(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    (reply,) = phone.sync()
    header = worklist_codec.read_header(reply.changes[0])
    assert (header.kind, header.base, header.device) == ("full", 0, phone.id)
    held = phone.lists[field.lists[0]]
    assert [house.uprn for _, house in held.houses()] == [uprn(0, number) for number in range(1, 13)]
    assert (held.officer, held.campaign.name) == ("Officer0.Example", "Spring")
    assert held.questionnaires[0].code == "doorstep"
    assert {outcome["code"] for outcome in held.outcomes} >= {"spoke", "no_reply"}
    assert held.token_key
    assert phone.exchange().changes == []


def test_changes_are_small_follow_and_leave_out_what_the_device_has(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    before = phone.lists[field.lists[0]]
    (package,) = phone.exchange(field.visit(phone, uprn(0, 3), "spoke")).changes
    header, body = worklist_codec.open_package(package, phone.seal_private)
    assert (header.kind, header.base) == ("delta", before.version)
    assert [house.uprn for street in body.streets for house in street.houses] == [uprn(0, 3)]
    assert (body.campaign, body.outcomes, body.questionnaires, body.token_key) == (None, None, None, b"")
    after = phone.lists[field.lists[0]]
    assert (after.campaign, after.questionnaires) == (before.campaign, before.questionnaires)


def test_a_locked_device_gets_the_extras_with_the_changes(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    held = phone.lists[field.lists[0]]
    have = [Have(held.worklist, held.version)]
    (package,) = phone.exchange(field.visit(phone, uprn(0, 3), "spoke"), have=have).changes
    header, body = worklist_codec.open_package(package, phone.seal_private)
    assert header.kind == "delta"
    assert body.questionnaires


def test_a_new_policy_comes_with_the_changes(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    edit_campaign(
        service,
        field.supervisor,
        field.campaign,
        {"policy": Policy(most_attempts=9)},
        match=lambda _version: None,
    )
    phone.exchange()
    assert phone.lists[field.lists[0]].campaign.policy.most_attempts == 9


def test_a_digest_that_differs_brings_the_whole_list(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    held = phone.lists[field.lists[0]]
    (package,) = phone.exchange(have=[Have(held.worklist, held.version, "0" * 64)]).changes
    assert worklist_codec.read_header(package).kind == "full"


def test_a_street_taken_out_of_a_list_leaves_the_device(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    field.lists.append(allocate_street(field, field.officers[0], STREETS[1]))
    phone.sync()
    assert len(phone.lists) == 2
    recall(service, field.supervisor, field.lists[0], reason="reallocated")
    field.lists[0] = allocate_street(field, field.officers[0], STREETS[0])
    reply = phone.exchange()
    assert [one.reason for one in reply.recalled] == ["recalled"]
    assert set(phone.lists) == set(field.lists)


def test_houses_that_leave_a_list_are_named_as_removed(service: Service) -> None:
    field = create_field(service, officers=1)
    phone = field.phones[0]
    recall(service, field.supervisor, field.lists[0], reason="reallocated")
    number = allocate_street(field, field.officers[0], *STREETS)
    phone.sync()
    assert len(list(phone.lists[number].houses())) == 24
    recall_streets(service, field.supervisor, number, [STREETS[1]], reason="reallocated")
    (package,) = phone.exchange().changes
    _, body = worklist_codec.open_package(package, phone.seal_private)
    assert set(body.removed) == {uprn(1, number) for number in range(1, 13)}
    assert len(list(phone.lists[number].houses())) == 12


def test_another_device_of_the_officer_sees_the_change(service: Service) -> None:
    from tests.factories.devices import create_device

    field = create_field(service)
    first, second = field.phones[0], create_device(service, field.officers[0])
    first.sync()
    second.sync()
    first.exchange(field.visit(first, uprn(0, 1), "spoke"))
    second.exchange()
    found = second.lists[field.lists[0]].find(uprn(0, 1))
    assert found is not None
    assert found[1].state.last_outcome == "spoke"


def test_a_new_epoch_brings_full_lists_and_resent_events_count_once(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    phone.sync(event)
    old = phone.epoch
    new_epoch(service, SYSTEM)
    reply = phone.exchange()
    assert reply.epoch != old
    assert [worklist_codec.read_header(one).kind for one in reply.changes] == ["full"]
    assert worklist_codec.read_header(reply.changes[0]).epoch == reply.epoch
    assert statuses(phone.exchange(event)) == [("duplicate", "")]
    assert len(field.facts(uprn(0, 1))) == 1


def test_events_lost_with_a_restored_database_come_back_when_they_are_sent_again(service: Service) -> None:
    """What a restore does to the service: identities are gone, the client sends its kept envelopes."""
    from sqlalchemy import delete, update

    from server.devices.tables import Device
    from server.exchange.tables import EventIdentity, JournalEntry
    from server.fieldwork.refold import refold
    from server.fieldwork.tables import PremisesFact
    from sync.journal import chain_start

    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    phone.sync(event)

    def restore(session) -> None:  # type: ignore[no-untyped-def]
        for table in (EventIdentity, JournalEntry, PremisesFact):
            session.execute(delete(table))
        session.execute(update(Device).values(number=0, seq=0, chain_hash=chain_start(phone.id)))

    service.db.transact(restore)
    refold(service)
    new_epoch(service, SYSTEM)
    phone.exchange()
    assert statuses(phone.exchange(event)) == [("applied", "")]
    assert field.counters()["contacted"] == 1


def test_lists_beyond_the_limit_are_left_for_the_next_request(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "MOST_CHANGES_BYTES", 1000)
    field = create_field(service)
    phone = field.phones[0]
    field.lists.append(allocate_street(field, field.officers[0], STREETS[1]))
    replies = phone.sync()
    assert [(len(reply.changes), reply.more) for reply in replies] == [(1, True), (1, False)]
    assert set(phone.lists) == set(field.lists)


def test_receipts_go_out_though_packing_fails(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.exchange import receive

    field = create_field(service)
    phone = field.phones[0]

    def fails(*_arguments: object) -> None:
        raise RuntimeError("packing is broken")

    monkeypatch.setattr(receive, "pack", fails)
    reply = phone.exchange(field.visit(phone, uprn(0, 1)))
    assert statuses(reply) == [("applied", "")]
    with pytest.raises(RuntimeError):
        phone.exchange()


def test_an_idle_exchange_is_a_handful_of_small_statements_and_no_audit_entry(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    entries = field.count(AuditEntry)
    statements: list[str] = []
    sa_event.listen(
        service.db.engine, "before_cursor_execute", lambda *given: statements.append(given[2].split()[0])
    )
    reply = phone.exchange()
    assert reply.changes == []
    work = [one for one in statements if one not in ("BEGIN", "SET")]
    assert work == ["SELECT", "UPDATE", "SELECT"]
    assert field.count(AuditEntry) == entries


def test_a_revisit_flag_is_as_of_packing(service: Service, clock: SetClock) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    phone.exchange(field.visit(phone, uprn(0, 1), "no_reply"))
    found = phone.lists[field.lists[0]].find(uprn(0, 1))
    assert found is not None
    assert found[1].flag == "not_before"
