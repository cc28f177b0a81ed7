"""Registering by oneself: kept apart until the contact confirms, telling nobody anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.tables import Campaign, Coverage, Worklist, WorklistHouse
from server.residents.confirmation import confirmations_due
from server.residents.links import CONFIRM, PREFERENCES, make_link, read_link
from server.residents.preferences import PreferenceChange
from server.residents.self_registration import SelfRegistration, house_of, houses_at, register_self
from server.residents.tables import Consent, Contact, Resident
from server.residents.tokens import token_key
from server.surveys.self_service import change_by_link, confirm, decline, read_by_link
from server.surveys.tables import Invite
from sync import consents as wordings
from sync import tokens
from sync.events import ConsentRecord
from tests.factories.residents import (
    FAR_AWAY,
    HOUSE,
    NEXT_DOOR,
    POSTCODE,
    a_record,
    create_houses,
    register,
)
from tests.factories.staff import create_account


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    create_houses(service)


def form(**changes: object) -> SelfRegistration:
    consents = [
        ConsentRecord("messages", wordings.CURRENT, True),
        ConsentRecord("surveys", wordings.CURRENT, True),
    ]
    plain = SelfRegistration("Anna Nowak", consents, email="anna@example.org", postcode=POSTCODE, uprn=HOUSE)
    return replace(plain, **changes)  # type: ignore[arg-type]


def links(service: Service) -> dict[str, str]:
    """Contact → link, for the contacts that have one coming."""
    return {one.value: one.link for one in confirmations_due(service)}


def states(service: Service) -> list[str]:
    return service.db.read(lambda s: sorted(s.scalars(select(Resident.state))))


def house_state(service: Service, uprn: str = HOUSE) -> str:
    statement = select(Coverage.state).where(Coverage.uprn == uprn, Coverage.campaign_id == 0)
    return str((service.db.read(lambda s: s.scalar(statement)) or {}).get("registered", "none"))


def create_list(service: Service, *, uprn: str = HOUSE) -> str:
    """A running list with one house, whose officer has a device; the house's token."""
    officer = create_account(service, "pc.example")
    now = service.clock.now()

    def work(session) -> int:  # type: ignore[no-untyped-def]
        campaign = session.execute(
            insert(Campaign)
            .values(
                name="Spring",
                purpose="",
                state="active",
                version=1,
                owner_id=officer,
                policy={},
                starts_on=now.date(),
                ends_on=now.date(),
                created_at=now,
            )
            .returning(Campaign.id)
        ).scalar_one()
        worklist = session.execute(
            insert(Worklist)
            .values(
                campaign_id=campaign,
                account_id=officer,
                state="active",
                version=1,
                digest="",
                streets=[],
                not_after=now + timedelta(hours=72),
                created_by=officer,
                created_at=now,
            )
            .returning(Worklist.id)
        ).scalar_one()
        session.execute(
            insert(WorklistHouse).values(worklist_id=worklist, uprn=uprn, place=1, version=1, digest="")
        )
        session.execute(
            insert(Device).values(
                id="device-1",
                account_id=officer,
                name="phone",
                verify_key=b"",
                seal_key=b"",
                event_key_sealed=b"",
                state="active",
                number=0,
                seq=0,
                chain_hash="",
                app="",
                waiting=0,
                enrolled_at=now,
            )
        )
        return int(worklist)

    worklist = service.db.transact(work)
    return tokens.make(token_key(service, worklist), worklist, uprn)


def test_houses_are_found_by_postcode_however_it_is_written(service: Service) -> None:
    assert [house.uprn for house in houses_at(service, "hu67ab")] == [HOUSE, FAR_AWAY, NEXT_DOOR]
    assert houses_at(service, "ZZ1 1ZZ") == []


def test_a_self_registration_waits_and_counts_only_once_its_contact_confirms(service: Service) -> None:
    register_self(service, form())
    assert (states(service), house_state(service)) == (["unconfirmed"], "unconfirmed")
    welcome = confirm(service, links(service)["anna@example.org"])
    assert (states(service), house_state(service)) == (["current"], "registered")
    assert welcome.preferences.consents == {"messages": True, "surveys": True, "groups": False}
    assert service.db.read(lambda s: s.scalar(select(func.count()).select_from(Invite))) == 1


def test_a_link_is_made_once_for_each_contact(service: Service) -> None:
    register_self(service, form(phone="01482 555 0100"))
    assert set(links(service)) == {"anna@example.org", "01482 555 0100"}
    assert links(service) == {}


def test_confirming_twice_changes_nothing(service: Service) -> None:
    register_self(service, form())
    link = links(service)["anna@example.org"]
    assert confirm(service, link) == confirm(service, link)
    assert states(service) == ["current"]


def test_a_confirmation_link_expires_with_its_registration(service: Service, clock: SetClock) -> None:
    register_self(service, form())
    link = links(service)["anna@example.org"]
    clock.advance(timedelta(days=service.settings.unconfirmed_days))
    with pytest.raises(Problem) as caught:
        confirm(service, link)
    assert caught.value.code == "expired"


def test_somebody_known_already_is_joined_with_on_confirming(service: Service, clock: SetClock) -> None:
    key = register(service, a_record(email="anna@example.org", phone="01482 555 0100", yes=["messages"]))
    clock.advance(timedelta(days=1))
    register_self(service, form(name="Anna Nowak-Smith"))
    confirm(service, links(service)["anna@example.org"])
    assert states(service) == ["current", "merged"]
    assert read_by_link(service, make_link(service, PREFERENCES, key)).consents["surveys"]
    assert service.db.read(lambda s: s.scalar(select(func.count()).select_from(Contact))) == 2


def test_somebody_who_moved_takes_the_registration_along(service: Service, clock: SetClock) -> None:
    key = register(service, a_record(email="anna@example.org"))
    clock.advance(timedelta(days=1))
    register_self(service, form(uprn=FAR_AWAY))
    welcome = confirm(service, links(service)["anna@example.org"])
    assert read_link(service, PREFERENCES, welcome.link).subject == key
    assert (house_state(service), house_state(service, FAR_AWAY)) == ("none", "registered")


def test_an_old_consent_does_not_come_back_by_confirming_after_a_withdrawal(
    service: Service, clock: SetClock
) -> None:
    key = register(service, a_record(email="anna@example.org"))
    register_self(service, form())
    link = links(service)["anna@example.org"]
    clock.advance(timedelta(hours=1))
    change_by_link(service, make_link(service, PREFERENCES, key), PreferenceChange(opt_out=True))
    clock.advance(timedelta(hours=1))
    welcome = confirm(service, link)
    assert welcome.preferences.state == "opted_out"
    assert not any(welcome.preferences.consents.values())


def test_whoever_types_somebody_elses_name_and_house_gets_no_hold_of_them(service: Service) -> None:
    key = register(service, a_record("Anna Nowak", phone="01482 555 0100"))
    register_self(service, form(email="thief@example.org", phone="01482 555 0100"))
    welcome = confirm(service, links(service)["thief@example.org"])
    assert read_link(service, PREFERENCES, welcome.link).subject != key
    again = register(service, a_record("Anna Nowak", phone="01482 555 0100"))
    assert again == key, "a contact that nobody confirmed finds nobody"


def test_a_registration_that_was_not_theirs_is_removed_by_the_link(service: Service) -> None:
    register_self(service, form())
    link = links(service)["anna@example.org"]
    decline(service, link)
    assert (states(service), house_state(service)) == (["erased"], "none")
    assert service.db.read(lambda s: s.scalar(select(func.count()).select_from(Contact))) == 0
    for once_more in (confirm, decline):
        with pytest.raises(Problem) as caught:
            once_more(service, link)
        assert caught.value.code == "gone"


def test_too_many_for_one_contact_or_house_are_taken_politely_and_not_kept(service: Service) -> None:
    for _ in range(5):
        register_self(service, form())
    assert len(states(service)) == 3
    for number in range(20):
        register_self(service, form(email=f"x{number}@example.org"))
    assert len(states(service)) == 10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"email": None}, "email"),
        ({"uprn": ""}, "uprn"),
        ({"token": "x" * 28}, "uprn"),
        ({"postcode": "HU1 1AA"}, "uprn"),
        ({"uprn": "999"}, "uprn"),
        ({"demographics": {"ethnicity": "purple"}}, "demographics"),
        ({"consents": [ConsentRecord("messages", "1999-01", True)]}, "consents"),
    ],
)
def test_what_a_person_can_mend_is_named(service: Service, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Problem) as caught:
        register_self(service, form(**changes))
    assert (caught.value.code, list(caught.value.fields["errors"])) == ("validation_failed", [field])
    assert states(service) == []


def test_the_code_at_the_door_names_a_house_and_is_good_for_a_household(service: Service) -> None:
    token = create_list(service)
    assert house_of(service, token).uprn == HOUSE
    for number in range(6):
        register_self(service, form(token=token, uprn="", postcode="", email=f"x{number}@example.org"))
    with pytest.raises(Problem) as caught:
        register_self(service, form(token=token, uprn="", postcode=""))
    assert caught.value.code == "gone"
    assert len(states(service)) == 6


def test_the_code_ends_with_its_list_its_time_its_house_and_its_device(
    service: Service, clock: SetClock
) -> None:
    token = create_list(service)

    def is_good() -> bool:
        try:
            return house_of(service, token).uprn == HOUSE
        except Problem as problem:
            return problem.code != "gone"

    def change(statement) -> None:  # type: ignore[no-untyped-def]
        service.db.transact(lambda session: session.execute(statement))

    assert is_good()
    for ending, beginning in (
        (update(Worklist).values(state="recalled"), update(Worklist).values(state="active")),
        (update(WorklistHouse).values(removed=True), update(WorklistHouse).values(removed=False)),
        (update(Device).values(state="lost"), update(Device).values(state="active")),
    ):
        change(ending)
        assert not is_good()
        change(beginning)
        assert is_good()
    clock.advance(timedelta(hours=73))
    assert not is_good()


@pytest.mark.parametrize("token", ["", "x", "A" * 28, "é" * 28])
def test_a_code_that_is_none_is_refused(service: Service, token: str) -> None:
    with pytest.raises(Problem) as caught:
        house_of(service, token)
    assert caught.value.code == "gone"


def test_a_link_opens_only_what_it_was_made_for(service: Service) -> None:
    key = register(service)
    link = make_link(service, PREFERENCES, key)
    assert read_link(service, PREFERENCES, link).subject == key
    turned = link[:-2] + ("AA" if link[-2:] != "AA" else "BB")
    for purpose, text in ((CONFIRM, link), (PREFERENCES, turned), (PREFERENCES, ""), (PREFERENCES, "é" * 51)):
        with pytest.raises(Problem) as caught:
            read_link(service, purpose, text)
        assert caught.value.code == "gone"


def test_opting_out_withdraws_everything_and_says_the_house_apart(service: Service, clock: SetClock) -> None:
    key = register(service)
    clock.advance(timedelta(hours=1))
    left = change_by_link(service, make_link(service, PREFERENCES, key), PreferenceChange(opt_out=True))
    assert left.state == "opted_out"
    assert house_state(service) == "opted_out"
    assert service.db.read(lambda s: list(s.scalars(select(Invite.state)))) == ["cancelled"]
    rows = service.db.read(
        lambda s: s.scalar(select(func.count()).select_from(Consent).where(~Consent.given))
    )
    assert rows == 3


def test_coming_back_by_the_link_counts_the_house_again(service: Service, clock: SetClock) -> None:
    link = make_link(service, PREFERENCES, register(service))
    clock.advance(timedelta(hours=1))
    change_by_link(service, link, PreferenceChange(opt_out=True))
    clock.advance(timedelta(hours=1))
    back = change_by_link(service, link, PreferenceChange({"surveys": True}, language="pl"))
    assert (back.state, back.language, house_state(service)) == ("current", "pl", "registered")
    assert service.db.read(lambda s: list(s.scalars(select(Invite.state)))) == ["due"]
