"""What the public calls: the same answer for everybody, links that work any time, and GETs that change nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from server.base.clock import SetClock
from server.base.edge import routes
from server.base.problems import Problem
from server.base.service import Service
from server.residents import throttle
from server.residents.confirmation import confirmations_due
from server.residents.links import PREFERENCES, make_link
from server.residents.tables import Resident
from server.residents.throttle import Limit
from server.surveys.answer import invite_link
from server.surveys.invites import open_due
from server.surveys.questionnaires import ensure_default
from server.surveys.tables import Invite, Response
from server.tables import METADATA
from sync import consents as wordings
from tests.factories.app import Caller, create_application
from tests.factories.residents import HOUSE, POSTCODE, a_record, create_houses, register
from tests.residents.test_self_registration import create_list


@pytest.fixture
def app(service: Service) -> Flask:
    create_houses(service)
    ensure_default(service)
    return create_application(service)


@pytest.fixture
def anybody(app: Flask) -> Caller:
    return Caller(app)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Anna Nowak",
        "email": "anna@example.org",
        "postcode": POSTCODE,
        "uprn": HOUSE,
        "consents": [{"purpose": "surveys", "wording": wordings.CURRENT, "given": True}],
    } | changes


def content(service: Service) -> str:
    """A digest of every row of the database."""

    def work(session: Any) -> str:
        digest = hashlib.sha256()
        for table in METADATA.sorted_tables:
            found = session.execute(text(f'SELECT * FROM "{table.name}"')).all()
            digest.update(repr(sorted(map(repr, found))).encode())
        return digest.hexdigest()

    return service.db.read(work)


def test_somebody_registers_confirms_changes_and_stops_without_signing_in(
    service: Service, anybody: Caller
) -> None:
    houses = anybody.post("/api/registrations/houses/look-ups", {"postcode": "hu6 7ab"}).json["rows"]
    assert HOUSE in [one["uprn"] for one in houses]
    assert anybody.post("/api/registrations", form()).status_code == 202
    link = confirmations_due(service)[0].link
    welcome = anybody.post("/api/registrations/confirm", {"link": link}).json
    assert welcome["preferences"]["consents"] == {"messages": False, "surveys": True, "groups": False}
    mine = welcome["link"]
    changed = anybody.send("PATCH", "/api/preferences", json={"link": mine, "consents": {"messages": True}})
    assert changed.json["consents"]["messages"]
    assert anybody.post(f"/api/preferences/unsubscribe?link={mine}").status_code == 204
    assert not anybody.post("/api/preferences/look-ups", {"link": mine}).json["consents"]["messages"]
    stopped = anybody.send("PATCH", "/api/preferences", json={"link": mine, "opt_out": True})
    assert stopped.json["state"] == "opted_out"


def test_one_click_unsubscribing_takes_the_form_that_mail_programs_send(
    service: Service, anybody: Caller
) -> None:
    link = make_link(service, PREFERENCES, register(service))
    answer = anybody.send(
        "POST", f"/api/preferences/unsubscribe?link={link}", data={"List-Unsubscribe": "One-Click"}
    )
    assert answer.status_code == 204
    assert anybody.post("/api/preferences/look-ups", {"link": link}).json["consents"]["messages"] is False


def test_the_answer_never_tells_who_is_registered(service: Service, anybody: Caller) -> None:
    register(service, a_record(email="anna@example.org"))
    known = anybody.post("/api/registrations", form())
    unknown = anybody.post("/api/registrations", form(name="Nobody", email="nobody@example.org"))
    for _ in range(5):
        repeated = anybody.post("/api/registrations", form())
    assert {(one.status_code, one.text) for one in (known, unknown, repeated)} == {(202, known.text)}


def test_neither_a_get_nor_a_look_up_changes_anything(
    service: Service, app: Flask, anybody: Caller, clock: SetClock
) -> None:
    token = create_list(service)
    link = make_link(service, PREFERENCES, register(service))
    clock.set(clock.now().replace(month=4))
    open_due(service)
    invite = invite_link(service, service.db.read(lambda s: s.scalars(select(Invite.id)).one()))
    before = content(service)
    for path in (
        "registrations/form",
        f"preferences?link={link}",
        f"preferences/unsubscribe?link={link}",
        f"registrations/confirm?link={link}",
    ):
        anybody.get(f"/api/{path}")
    for path, body in (
        ("registrations/houses", {"postcode": POSTCODE}),
        ("registrations/house", {"token": token}),
        ("preferences", {"link": link}),
        ("preferences", {"link": f"{link[:-3]}xyz"}),
        ("surveys/invite", {"link": invite}),
    ):
        assert anybody.post(f"/api/{path}/look-ups", body).status_code in (200, 410)
    assert content(service) == before


def test_no_address_holds_a_link_a_code_or_what_a_resident_typed(app: Flask) -> None:
    public = {rule for rule, _, access in routes(app) if access.kind == "public"}
    asked = {
        (path, one["name"])
        for path, operations in app.extensions["doorstep_openapi"]["paths"].items()
        if path in public
        for operation in operations.values()
        for one in operation.get("parameters", ())
        if one["in"] in ("query", "path")
    }
    assert asked == {("/api/preferences/unsubscribe", "link")}, "RFC 8058 has it in the address"


def test_a_survey_is_read_and_answered_behind_its_link_once(
    service: Service, anybody: Caller, clock: SetClock
) -> None:
    key = register(service)
    invite = service.db.read(lambda s: s.scalars(select(Invite.id)).one())
    link = invite_link(service, invite)
    assert anybody.post("/api/surveys/invite/look-ups", {"link": link}).json["code"] == "wrong_state"
    clock.set(clock.now().replace(month=4))
    assert open_due(service) == 1
    shown = anybody.post("/api/surveys/invite/look-ups", {"link": link}).json
    assert shown["questionnaire"]["title"]["pl"]
    body = {"link": link, "questionnaire": "doorstep", "version": 1, "choices": {"concerns": ["noise"]}}
    wrong = anybody.post("/api/surveys/answers", body | {"choices": {"concerns": ["dragons"]}})
    assert (wrong.status_code, wrong.json["code"]) == (422, "validation_failed")
    other = anybody.post("/api/surveys/answers", body | {"questionnaire": "other"})
    assert (other.status_code, list(other.json["errors"])) == (422, ["questionnaire"])
    assert anybody.post("/api/surveys/answers", body).status_code == 204
    again = anybody.post("/api/surveys/answers", body)
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")
    (response,) = service.db.read(lambda s: list(s.scalars(select(Response))))
    assert (response.how, response.pseudonym) == ("self", service.vault.pseudonym(key))
    states = service.db.read(lambda s: list(s.scalars(select(Invite.state).order_by(Invite.round))))
    assert states == ["answered", "due"]


def test_links_that_open_nothing_all_get_one_answer(service: Service, anybody: Caller) -> None:
    gone = register(service)
    service.db.transact(lambda s: s.execute(update(Resident).values(state="erased")))
    links = [
        "",
        "x",
        "A" * 51,
        make_link(service, PREFERENCES, gone),
        make_link(service, PREFERENCES, service.new_uuid()),
    ]
    answers = [anybody.post("/api/preferences/look-ups", {"link": link}) for link in links]
    assert {(one.status_code, one.json["detail"]) for one in answers} == {(410, answers[0].json["detail"])}


def test_whoever_tries_again_and_again_is_slowed_down_and_others_are_not(
    service: Service, app: Flask
) -> None:
    here, there = Caller(app), Caller(app)
    statuses = [here.post("/api/registrations", {}).status_code for _ in range(5)]
    assert statuses == [422] * 5, "what cannot be read is not counted"
    for number in range(30):
        assert here.post("/api/registrations", form(email=f"x{number}@example.org")).status_code == 202
    refused = here.post("/api/registrations", form())
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert refused.json["retry_after"] > 0
    elsewhere = {"REMOTE_ADDR": "198.51.100.9"}
    other = there.client.post("/api/registrations", json=form(), environ_overrides=elsewhere)
    assert other.status_code == 202


@pytest.mark.parametrize("count", ["count_try", "Pace"])
def test_one_ipv6_network_counts_as_one_caller(service: Service, count: str) -> None:
    tried = throttle.count_try if count == "count_try" else throttle.Pace().count
    few = Limit("look-ups", 2)
    tried(service, few, "2001:db8:0:1::1")
    tried(service, few, "2001:db8:0:1:ffff::2")
    with pytest.raises(Problem, match="Try again"):
        tried(service, few, "2001:db8:0:1::3")
    tried(service, few, "2001:db8:0:2::3")


def test_reading_is_slowed_down_too(anybody: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.surveys.public.api.LOOK_UPS", Limit("look-ups", 3))
    look_up = ("/api/registrations/houses/look-ups", {"postcode": POSTCODE})
    statuses = [anybody.post(*look_up).status_code for _ in range(4)]
    assert statuses == [200] * 3 + [429]


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "no address"},
        {"phone": "call me"},
        {"uprn": "12 Any Street"},
        {"consents": [{"purpose": "marketing", "wording": "x", "given": True}]},
        {"demographics": {"ethnicity": "purple"}},
        {"name": ""},
        {"groups": ["x" * 201]},
        {"name": "a\u0000b"},
        {"language": "Klingon, please"},
    ],
)
def test_what_cannot_be_taken_is_a_problem_document(anybody: Caller, changes: dict[str, Any]) -> None:
    answer = anybody.post("/api/registrations", form(**changes))
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_a_code_at_the_door_prefills_the_address_alone(service: Service, anybody: Caller) -> None:
    register(service)
    token = create_list(service)
    shown = anybody.post("/api/registrations/house/look-ups", {"token": token}).json
    assert set(shown) == {"uprn", "address"}
    taken = anybody.post("/api/registrations", form(token=token, uprn="", postcode=""))
    assert taken.status_code == 202
