"""Invites follow consents and time: opened when due, lapsed unanswered, answered at the door, cancelled at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.facts import lock_premises
from server.residents.preferences import PreferenceChange, change_preferences
from server.surveys.checks import find_rounds_out_of_line
from server.surveys.invites import Answered, answer_rounds, lapse, open_due, read_wishes, settle
from server.surveys.tables import Invite
from tests.factories.residents import HOUSE, a_record, create_houses, register
from tests.residents.test_register import withdraw


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    create_houses(service)


def invites(service: Service) -> list[tuple[int, str, datetime]]:
    return service.db.read(
        lambda s: [(i.round, i.state, i.due_at) for i in s.scalars(select(Invite).order_by(Invite.round))]
    )


def test_who_consents_is_asked_a_set_number_of_days_after_registering(service: Service) -> None:
    register(service)
    assert invites(service) == [(1, "due", datetime(2026, 3, 16, 9, tzinfo=UTC))]


def test_who_does_not_consent_is_not_asked(service: Service) -> None:
    register(service, a_record(yes=["messages"], no=["surveys"]))
    assert invites(service) == []


def test_registering_again_makes_no_second_invite(service: Service) -> None:
    register(service)
    register(service)
    assert len(invites(service)) == 1


def test_a_due_round_is_opened_and_lapses_and_the_next_follows_three_months_on(
    service: Service, clock: SetClock
) -> None:
    register(service)
    assert open_due(service) == 0, "nothing is due yet"
    clock.set(datetime(2026, 3, 16, 9, tzinfo=UTC))
    assert open_due(service) == 1
    assert open_due(service) == 0
    clock.set(datetime(2026, 4, 13, 7, 59, tzinfo=UTC))
    assert lapse(service) == 0
    clock.set(datetime(2026, 4, 13, 8, tzinfo=UTC))
    assert lapse(service) == 1
    assert [(number, state) for number, state, _ in invites(service)] == [(1, "lapsed"), (2, "due")]
    assert invites(service)[1][2] == datetime(2026, 6, 16, 8, tzinfo=UTC)


def test_withdrawing_cancels_the_round_and_coming_back_takes_it_up_again(
    service: Service, clock: SetClock
) -> None:
    key = register(service)
    clock.advance(timedelta(days=1))
    withdraw(service, key, "surveys")
    service.db.transact(lambda session: settle(session, service, [key]))
    assert [state for _, state, _ in invites(service)] == ["cancelled"]
    clock.advance(timedelta(days=1))
    register(service)
    assert [(number, state) for number, state, _ in invites(service)] == [(1, "due")]


def test_the_worker_never_opens_a_round_for_somebody_who_withdrew(service: Service, clock: SetClock) -> None:
    key = register(service)
    withdraw(service, key, "surveys")
    clock.advance(timedelta(days=30))
    assert open_due(service) == 0
    assert [state for _, state, _ in invites(service)] == ["cancelled"]


def test_an_answer_at_the_door_counts_for_the_round_and_the_next_is_planned(
    service: Service, clock: SetClock
) -> None:
    key = register(service)
    answered = [Answered(key, clock.now(), "door")]

    def answer(session: Session) -> int:
        return answer_rounds(session, service, answered, read_wishes(session, [key]))

    assert service.db.transact(answer) == 1
    assert service.db.transact(answer) == 0, "not twice"
    assert [(number, state) for number, state, _ in invites(service)] == [(1, "answered"), (2, "due")]
    ended = service.db.read(lambda session: session.scalar(select(Invite.ended_at).where(Invite.round == 1)))
    assert ended is not None
    assert ended.astimezone(service.zone).day == 1, "an exact time would join the answers to this resident"


def test_many_residents_are_opened_in_batches_and_none_is_left_out(
    service: Service, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.surveys.invites.BATCH", 3)
    for number in range(8):
        register(service, a_record(f"Person {number}", email=f"p{number}@example.org"), HOUSE)
    clock.advance(timedelta(days=15))
    assert open_due(service) == 8
    clock.advance(timedelta(days=29))
    assert lapse(service) == 8
    assert service.db.read(find_rounds_out_of_line) == []


def test_after_a_long_silence_only_one_round_is_made(service: Service, clock: SetClock) -> None:
    register(service)
    clock.advance(timedelta(days=800))
    assert open_due(service) == 1
    clock.advance(timedelta(days=40))
    assert lapse(service) == 1
    assert [state for _, state, _ in invites(service)] == ["lapsed", "due"]
    assert invites(service)[1][2] > clock.now()


def test_a_round_that_lapses_while_its_resident_withdraws_is_not_followed_by_another(
    service: Service, clock: SetClock
) -> None:
    """The worker waits for the withdrawal, and then reads the consents as they are after it."""
    key = register(service)
    clock.advance(timedelta(days=20))
    assert open_due(service) == 1
    clock.advance(timedelta(days=30))
    withdrawn, may_commit = threading.Event(), threading.Event()
    change = PreferenceChange({"surveys": False})

    def withdraw_slowly(session: Session) -> None:
        lock_premises(session, [HOUSE])
        assert change_preferences(session, service, key, change, how="link", locked=HOUSE)
        settle(session, service, [key])
        withdrawn.set()
        may_commit.wait(30)

    with ThreadPoolExecutor(2) as pool:
        withdrawing = pool.submit(service.db.transact, withdraw_slowly)
        assert withdrawn.wait(30)
        lapsing = pool.submit(lapse, service)
        wait([lapsing], timeout=0.5)
        may_commit.set()
        withdrawing.result(30)
        lapsing.result(30)
    assert [state for _, state, _ in invites(service)] == ["cancelled"]
    assert service.db.read(find_rounds_out_of_line) == []
