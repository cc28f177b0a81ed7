"""Syncing: only the service's own signed answer to this very request changes anything."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from field_client import outbox
from field_client.client import Client
from field_client.problems import NotEnrolled, NotReached, NotTrusted, Refused, Revoked
from field_client.transport import Answer
from sync import worklist_codec
from sync.worklist import PackageHeader
from tests.field_client.conftest import PASSPHRASE, Field
from tests.field_client.fake_service import DAY_MS, LIST, STREETS, a_street, a_worklist, problem

HOUSE = "100000012"


def all_but_the_number(client: Client) -> dict[str, Any]:
    """Everything that the store holds, but for the request number, which is used up by every try."""
    tables = ("meta", "outbox", "own", "package", "list", "secret", "slot", "draft")
    held = {
        table: [tuple(row) for row in client.store.rows(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in tables
    }
    held["meta"] = [row for row in held["meta"] if row[0] != "number"]
    return held


TROUBLES = {
    "no way there": (NotReached, "cannot be reached"),
    "portal": (NotReached, "Wi-Fi"),
    "redirect": (NotReached, "Wi-Fi"),
    "server error": (NotReached, "502"),
    "reply lost": (NotReached, "broke off"),
    "reply cut": (NotTrusted, "not signed by this device's service"),
    "unsigned": (NotTrusted, "not signed by this device's service"),
    "forged": (NotTrusted, "not signed by this device's service"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_any_answer_but_the_services_own_changes_nothing_and_says_so(field: Field, trouble: str) -> None:
    client = field.client
    client.record_visit(HOUSE, "spoke")
    before = all_but_the_number(client)
    field.wire.trouble = [trouble]
    expected, words = TROUBLES[trouble]
    with pytest.raises(expected, match=words):
        client.sync()
    assert all_but_the_number(client) == before
    done = client.sync()
    assert (done.receipted, len(field.service.bodies), done.revoked) == (1, 1, "")


def test_a_reply_to_an_earlier_request_is_not_taken_for_the_reply_to_this_one(field: Field) -> None:
    client, replies = field.client, []
    real = field.wire.send

    def remember(*request: Any) -> Answer:
        replies.append(real(*request))
        return replies[-1]

    field.wire.send = remember  # type: ignore[method-assign]
    client.sync()
    client.record_visit(HOUSE, "spoke")
    field.wire.send = lambda *request: replies[0]  # type: ignore[method-assign]
    with pytest.raises(NotTrusted):
        client.sync()
    assert client.status().counts.waiting == 1


def test_an_event_whose_receipt_was_lost_is_sent_again_and_counted_once(field: Field) -> None:
    event = field.client.record_visit(HOUSE, "spoke")
    field.wire.trouble = ["reply lost"]
    with pytest.raises(NotReached):
        field.client.sync()
    field.client.sync()
    assert [one.id for _, one in field.service.journal] == [event]
    assert outbox.fates(field.client.store)[event].status == "duplicate"


def test_a_receipt_that_names_other_bytes_lets_nothing_leave_the_outbox(field: Field) -> None:
    client = field.client
    event = client.record_visit(HOUSE, "spoke")
    real = field.service._receive
    field.service._receive = lambda *given: msgspec.structs.replace(real(*given), hash="0" * 64)  # type: ignore[method-assign]
    assert client.sync().left == 1
    assert outbox.fates(client.store)[event].state == "waiting"


def test_a_long_outbox_goes_up_in_batches(field: Field) -> None:
    client = field.start(most_events=4)
    for _ in range(10):
        client.record_visit(HOUSE, "no_reply")
    done = client.sync()
    assert (done.sent, done.receipted, done.left) == (10, 10, 0)
    assert [len(one.events) for one in field.service.requests][-4:-1] == [4, 4, 2] or [
        len(one.events) for one in field.service.requests
    ][-3:] == [4, 4, 2]
    assert [one.waiting for one in field.service.requests if one.events] == [6, 2, 0]


def test_a_batch_that_is_too_large_for_the_service_is_halved(field: Field) -> None:
    client = field.start(most_events=8)
    for _ in range(8):
        client.record_visit(HOUSE, "no_reply")
    real = field.wire.send

    def small_door(method: str, path: str, headers: Any, body: bytes) -> Answer:
        return problem(413, "too_large") if len(body) > 6000 else real(method, path, headers, body)

    field.wire.send = small_door  # type: ignore[method-assign]
    assert client.sync().receipted == 8


def test_a_number_that_the_service_has_seen_is_followed_by_a_higher_one(field: Field) -> None:
    device = next(iter(field.service.devices.values()))
    device.number = field.client.store.number("number") + 2
    field.clock.skew_ms = -DAY_MS
    field.client.record_visit(HOUSE, "spoke")
    assert field.client.sync().receipted == 1


def test_a_store_put_back_from_a_copy_is_heard_again(field: Field) -> None:
    before = field.path.with_name("copy.db")
    field.client.store.rows("VACUUM INTO ?", str(before))
    for _ in range(3):
        field.pass_time(1000)
        field.client.sync()
    field.client.store.close()
    for path in field.path.parent.glob("store.db*"):
        path.unlink()
    before.rename(field.path)
    field.pass_time(1000)
    assert field.start().sync().rounds == 1


def test_syncing_needs_no_passphrase_and_stacks_contiguous_changes_unopened(field: Field) -> None:
    client = field.start(unlocked=False)
    for uprn in (HOUSE, "100000013", "100000101"):
        field.service.facts.setdefault(uprn, []).append(_fact(uprn))
        field.service._refold(uprn, "")
        client.sync()
    [held] = client.status().lists
    assert (held.version, held.stacked) == (4, 3)
    client.unlock(PASSPHRASE)
    assert client.worklists() == [field.service.lists[LIST]]


def _fact(uprn: str) -> Any:
    from sync.fold import Fact

    return Fact(id=f"other {uprn}", kind="visit", at=1_772_400_000_000, campaign=3, outcome="no_reply")


def test_a_change_that_does_not_follow_what_is_held_is_left_and_fetched_again(field: Field) -> None:
    client, service = field.client, field.service
    device = service.devices[client.store.device]
    first = service.lists[LIST]
    service.facts[HOUSE] = [_fact(HOUSE)]
    service._refold(HOUSE, "")
    second = service.lists[LIST]
    service._refold(HOUSE, "dog")
    real = service._pack
    service._pack = lambda *_: [service.package(device, service.lists[LIST], second)]  # type: ignore[method-assign]
    client.sync()
    assert client.worklists() == [first]
    service._pack = real  # type: ignore[method-assign]
    client.sync()
    assert client.worklists() == [service.lists[LIST]]


def test_a_list_that_does_not_open_or_fit_is_asked_for_whole_at_once(field: Field) -> None:
    client, service = field.client, field.service
    service.facts[HOUSE] = [_fact(HOUSE)]
    service._refold(HOUSE, "")
    held = service.lists[LIST]
    service.lists[LIST] = msgspec.structs.replace(held, digest="f" * 64)
    done = []
    real = service._pack

    def once_wrong(*given: Any) -> Any:
        packages = real(*given)
        service.lists[LIST] = held
        done.append(len(packages))
        return packages

    service._pack = once_wrong  # type: ignore[method-assign]
    client.sync()
    assert client.worklists() == [held]
    assert service.requests[-1].have[0].version == 0
    assert not client.damaged_lists()


def test_a_list_damaged_in_the_store_is_said_and_fetched_again(field: Field) -> None:
    with field.client.store.writing("damage") as db:
        db.execute("UPDATE package SET body = zeroblob(length(body))")
    client = field.start()
    assert client.worklists() == []
    assert list(client.damaged_lists()) == [LIST]
    client.sync()
    assert client.worklists() == [field.service.lists[LIST]]


def test_a_stack_of_many_changes_is_replaced_by_a_whole_list(field: Field) -> None:
    client = field.start(unlocked=False)
    for _ in range(45):
        field.service._refold(HOUSE, "x") if HOUSE in field.service.facts else field.service.facts.update(
            {HOUSE: []}
        )
        client.sync()
    assert client.status().lists[0].stacked < 41
    client.unlock(PASSPHRASE)
    assert client.worklists() == [field.service.lists[LIST]]


def test_a_recalled_list_is_deleted_and_said(field: Field) -> None:
    field.service.recall(LIST)
    done = field.client.sync()
    assert done.removed == [(LIST, "recalled")]
    assert field.client.worklists() == []
    assert field.client.store.rows("SELECT * FROM package") == []


def test_a_list_is_deleted_unread_when_its_time_is_up_though_the_wall_clock_was_put_back(
    field: Field,
) -> None:
    client = field.start(unlocked=False)
    field.clock.advance(8 * DAY_MS)
    field.clock.skew_ms = -30 * DAY_MS
    assert client.status().lists == ()
    assert client.store.rows("SELECT * FROM package") == []


def test_after_a_restart_the_wall_clock_counts_put_right_by_how_far_it_was_out(field: Field) -> None:
    field.clock.skew_ms = 5 * DAY_MS
    field.client.sync()
    field.clock.restart("after reboot")
    field.pass_time(3 * DAY_MS)
    client = field.start(unlocked=False)
    assert client.now_ms() == field.service.now_ms
    assert len(client.status().lists) == 1
    field.pass_time(5 * DAY_MS)
    assert client.status().lists == ()


def test_ticks_of_another_run_of_the_machine_are_not_counted(field: Field) -> None:
    field.clock.restart("second run")
    field.pass_time(1000)
    field.client.sync()
    field.clock.restart("third run")
    field.pass_time(5 * 3_600_000)
    client = field.start()
    assert client.now_ms() == field.service.now_ms
    event = client.record_visit(HOUSE, "no_reply")
    client.sync()
    assert field.service.bodies[event].clock.ticks is None
    event = client.record_visit(HOUSE, "no_reply")
    client.sync()
    assert field.service.bodies[event].clock.ticks == 0


@pytest.mark.parametrize(
    "changes", [{"device": "another"}, {"epoch": "e9"}, {"not_after": 1}], ids=["device", "epoch", "time"]
)
def test_a_list_for_another_device_or_epoch_or_past_its_time_is_not_kept(
    field: Field, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = worklist_codec.seal_package

    def other(header: PackageHeader, *rest: Any) -> Any:
        return real(msgspec.structs.replace(header, **changes), *rest)

    monkeypatch.setattr(worklist_codec, "seal_package", other)
    field.service.give(a_worklist(worklist=77))
    assert field.client.sync().packages == 0
    assert [held.worklist for held in field.client.status().lists] == [LIST]


def test_what_is_recorded_on_a_clock_a_day_wrong_is_counted_at_its_true_time(field: Field) -> None:
    field.clock.skew_ms = -DAY_MS
    field.pass_time(3_600_000)
    field.client.record_visit(HOUSE, "no_reply")
    field.pass_time(5 * 3_600_000)
    field.client.sync()
    assert field.service.facts[HOUSE][0].at == field.service.now_ms - 5 * 3_600_000


def test_own_events_are_shown_until_the_list_has_caught_up_with_them(field: Field) -> None:
    client, service = field.client, field.service
    client.record_visit(HOUSE, "spoke")
    assert client.house(HOUSE).decision.code == "contacted"
    real = service._pack
    service._pack, service.more = lambda *_: [], True  # type: ignore[method-assign]
    client.sync()
    view = client.house(HOUSE)
    assert (view.decision.code, len(view.own), view.house.state.visited) == ("contacted", 1, False)
    service._pack, service.more = real, False  # type: ignore[method-assign]
    client.sync()
    view = client.house(HOUSE)
    assert (view.decision.code, len(view.own), view.house.state.visited) == ("contacted", 0, True)


def test_a_held_event_counts_on_the_screen_until_its_receipt_came_and_is_told_from_then_on(
    field: Field,
) -> None:
    client = field.client
    event = client.record_visit(HOUSE, "spoke")
    field.service.hold[event] = "not_held"
    assert client.house(HOUSE).decision.code == "contacted"
    done = client.sync()
    assert done.held == [(event, "The address is not one of yours, or is not known.")]
    assert client.status().counts.held == 1
    view = client.house(HOUSE)
    assert (view.decision.code, [one.record.id for one in view.own]) == ("not_visited", [event])


def test_an_event_that_is_held_stays_so_when_its_first_receipt_was_lost(field: Field) -> None:
    event = field.client.record_visit(HOUSE, "spoke")
    field.service.hold[event] = "unreadable"
    field.wire.trouble = ["reply lost"]
    with pytest.raises(NotReached):
        field.client.sync()
    assert [one for one, _ in field.client.sync().held] == [event]
    assert field.client.status().counts.held == 1


def test_a_new_epoch_brings_up_the_last_fourteen_days_again_and_whole_lists(field: Field) -> None:
    client, service = field.client, field.service
    old = client.record_visit("100000011", "spoke")
    client.sync()
    field.pass_time(2 * DAY_MS)
    service.lists[LIST] = msgspec.structs.replace(service.lists[LIST], not_after=service.now_ms + 60 * DAY_MS)
    service.give(service.lists[LIST])
    service.epoch = "e0"  # full lists once more, with a longer life
    client.sync()
    field.pass_time(13 * DAY_MS)
    young = client.record_visit(HOUSE, "spoke")
    client.sync()
    service.journal.clear()
    service.receipts.clear()
    service.epoch = "e2"
    done = client.sync()
    assert done.sent_again == 2, "the older one was receipted again 13 days ago"
    field.pass_time(2 * DAY_MS)
    client.sync()
    service.journal.clear()
    service.receipts.clear()
    service.epoch = "e3"
    field.pass_time(13 * DAY_MS)
    assert client.sync().sent_again == 0, "both are more than 14 days old by now"
    assert old != young
    assert not service.journal
    assert client.worklists()[0].epoch == "e3"


def test_a_list_made_after_the_copy_that_was_restored_is_asked_for_from_the_start(field: Field) -> None:
    field.service.epoch = "e2"
    field.client.sync()
    assert field.service.requests[-1].epoch == "e1"
    field.client.sync()
    assert [(one.worklist, one.version) for one in field.service.requests[-1].have] == [(LIST, 1)]


def test_events_are_sealed_to_the_services_newest_key(field: Field) -> None:
    field.service.new_seal_key()
    old = field.client.record_visit(HOUSE, "spoke")
    field.client.sync()
    new = field.client.record_visit("100000013", "spoke")
    field.client.sync()
    kids = {event.id: event.kid for _, event in field.service.journal}
    assert kids[new] == field.service.seal_key.kid != kids[old]
    assert sorted(field.service.bodies) == sorted([old, new])


@pytest.mark.parametrize("how", ["lost", "leaver"])
def test_a_revoked_device_sends_what_it_has_keeps_nothing_to_read_and_records_no_more(
    field: Field, how: str
) -> None:
    client = field.start(most_events=2)
    for _ in range(5):
        client.record_visit(HOUSE, "no_reply")
    next(iter(field.service.devices.values())).revoked = how
    done = client.sync()
    assert (done.revoked, done.receipted, done.left) == (how, 5, 0)
    assert len(field.service.bodies) == (0 if how == "lost" else 5)
    for table in ("slot", "secret", "list", "package", "own", "draft"):
        assert not client.store.rows(f"SELECT * FROM {table}"), table
    assert (field.service.requests[-1].have, field.service.requests[-1].waiting) == ([], 0)
    with pytest.raises(Revoked):
        client.record_visit(HOUSE, "spoke")
    assert field.start(unlocked=False).sync().revoked == how


def test_the_service_hears_at_once_that_a_leavers_lists_are_gone(field: Field) -> None:
    next(iter(field.service.devices.values())).revoked = "leaver"
    assert field.client.sync().revoked == "leaver"
    assert [len(request.have) for request in field.service.requests[-2:]] == [1, 0]


def test_two_lists_of_two_campaigns_may_hold_one_house(field: Field) -> None:
    other = msgspec.structs.replace(a_worklist(worklist=12), officer="PC Made Up")
    other = msgspec.structs.replace(
        other, campaign=msgspec.structs.replace(other.campaign, id=4, name="Second")
    )
    field.service.give(other)
    field.client.sync()
    assert field.client.house(HOUSE).worklist.worklist == LIST
    event = field.client.record_visit(HOUSE, "spoke", campaign=4)
    assert field.client.house(HOUSE, campaign=4).decision.code == "contacted"
    assert field.client.house(HOUSE, campaign=3).decision.code == "not_visited"
    field.client.sync()
    assert (field.service.bodies[event].campaign, field.service.bodies[event].worklist) == (4, 12)


def test_houses_that_leave_and_join_a_list_come_and_go(field: Field) -> None:
    streets = (STREETS[0], a_street("30009", "Salmon Grove", 3, range(1, 3), 100_000_300))
    held = field.service.lists[LIST]
    field.service.give(
        msgspec.structs.replace(held, version=2, streets=streets, digest=worklist_codec.digest(streets))
    )
    field.client.sync()
    assert [view.street.name for view in field.client.streets()] == ["Newland Avenue", "Salmon Grove"]


def test_an_export_file_holds_the_outbox_signed_and_sealed_and_needs_no_passphrase(field: Field) -> None:
    from sync import codec, export, keys

    event = field.client.record_visit(HOUSE, "spoke", undo_ms=0)
    client = field.start(unlocked=False)
    content = client.export()
    file = codec.decode_outbox_file(content)
    device = field.service.devices[file.device]
    export.verify_export(keys.load_public(device.verify_key), file)
    assert [one.id for one in file.events] == [event]
    assert client.status().counts.waiting == 1
    assert b"spoke" not in content


def test_nothing_works_before_enrolment_and_it_is_said(field: Field, tmp_path: Any) -> None:
    from field_client.store import Store

    client = Client(Store(tmp_path / "new" / "store.db"), field.wire, field.clock)
    for work in (client.sync, client.streets, client.export, lambda: client.unlock(PASSPHRASE)):
        with pytest.raises(NotEnrolled):
            work()


def test_a_service_that_no_longer_knows_the_device_says_whom_to_ask(field: Field) -> None:
    field.service.devices.clear()
    with pytest.raises(NotReached, match="coordinator"):
        field.client.sync()


def test_what_is_recorded_must_be_on_a_list(field: Field) -> None:
    from field_client.problems import UnknownHouse

    with pytest.raises(UnknownHouse):
        field.client.record_visit("999", "spoke")
    with pytest.raises(Refused, match="no outcome"):
        field.client.record_visit(HOUSE, "went_in")
