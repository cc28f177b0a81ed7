"""Second factors: six-digit codes, recovery codes, and what signing in asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.staff import accounts, codes, factors, own_sign_ins, sign_in
from server.staff.sign_in import Browser
from server.staff.tables import CodeKey, RecoveryCode, SignIn
from tests.factories.app import create_application
from tests.factories.staff import PASSWORD, create_account, principal_for

HERE = Browser("192.0.2.7", "Firefox on Windows")


def enrol(service: Service, account_id: int) -> tuple[pyotp.TOTP, list[str]]:
    """Set an authenticator app up; it and the recovery codes."""
    factors.start_code_key(service, account_id)
    totp = pyotp.TOTP(factors.pending_key(service, account_id) or "")
    shown = totp.at(service.clock.now())
    return totp, factors.confirm_code_key(service, principal_for(service, account_id), shown)


def half(service: Service, browser: Browser = HERE) -> sign_in.SignedIn:
    return sign_in.begin(service, username="pat.example", password=PASSWORD, browser=browser)


def finish(service: Service, token: str, code: str, browser: Browser = HERE) -> str:
    """The kind of sign-in that comes of it, or the problem's code."""
    try:
        return sign_in.finish(service, token, code, browser).kind
    except Problem as problem:
        return problem.code


def test_codes_are_those_of_rfc_6238() -> None:
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", its appendix B
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds).astimezone()
        assert codes.step_of(key, code, at, 0) == seconds // 30
        assert codes.step_of(key, code, at + timedelta(seconds=30), 0) == seconds // 30
        assert codes.step_of(key, code, at + timedelta(seconds=60), 0) is None
        assert codes.step_of(key, code, at, seconds // 30) is None


def test_a_right_password_opens_nothing_until_the_code_is_right(service: Service, clock: SetClock) -> None:
    totp, _ = enrol(service, create_account(service))
    clock.advance(timedelta(seconds=60))
    begun = half(service)
    assert begun.kind == "half"
    for kind in ("session", "token", "access"):
        assert sign_in.principal_by(service, begun.token, kind) is None
    assert finish(service, begun.token, "000000") == "code_wrong"
    done = sign_in.finish(service, begun.token, totp.at(clock.now()), HERE)
    assert sign_in.principal_by(service, done.token, "session") is not None
    assert done.token != begun.token
    assert sign_in.half_by(service, begun.token) is None, "the step before is over"


def test_a_code_works_once(service: Service, clock: SetClock) -> None:
    totp, _ = enrol(service, create_account(service))
    assert finish(service, half(service).token, totp.at(clock.now())) == "code_wrong", (
        "used when it was set up"
    )
    clock.advance(timedelta(seconds=30))
    shown = totp.at(clock.now())
    assert finish(service, half(service).token, shown) == "session"
    assert finish(service, half(service).token, shown) == "code_wrong"
    assert finish(service, half(service).token, totp.at(clock.now() - timedelta(seconds=30))) == "code_wrong"
    assert finish(service, half(service).token, totp.at(clock.now() + timedelta(seconds=30))) == "session"


def test_half_a_sign_in_lives_five_minutes(service: Service, clock: SetClock) -> None:
    totp, _ = enrol(service, create_account(service))
    begun = half(service)
    clock.advance(timedelta(minutes=5))
    assert finish(service, begun.token, totp.at(clock.now())) == "expired"


def test_recovery_codes_work_once_each_and_are_renewed_together(service: Service) -> None:
    account_id = create_account(service)
    _, kept = enrol(service, account_id)
    assert len(set(kept)) == 10
    assert finish(service, half(service).token, kept[0].upper().replace("-", " ")) == "session"
    assert finish(service, half(service).token, kept[0]) == "code_wrong"
    renewed = factors.renew_recovery(service, principal_for(service, account_id))
    assert finish(service, half(service).token, kept[1]) == "code_wrong"
    assert finish(service, half(service).token, renewed[1]) == "session"


def test_neither_key_nor_recovery_code_is_kept_readably(service: Service) -> None:
    totp, kept = enrol(service, create_account(service))
    rows = service.db.read(
        lambda session: [
            *session.scalars(select(CodeKey.secret_sealed)),
            *session.scalars(select(RecoveryCode.hash)),
        ]
    )
    stored = b"\n".join(row if isinstance(row, bytes) else row.encode() for row in rows)
    assert totp.secret.encode() not in stored
    assert not any(codes.bare(code).encode() in stored for code in kept)


def test_guessing_codes_is_slowed_for_whoever_has_the_password_wherever_they_are(
    service: Service, clock: SetClock
) -> None:
    totp, _ = enrol(service, create_account(service))
    clock.advance(timedelta(seconds=60))
    known = sign_in.finish(service, half(service).token, totp.at(clock.now()), HERE).known_token
    clock.advance(timedelta(seconds=60))
    for place in range(5):
        there = Browser(f"198.51.100.{place}")
        assert finish(service, half(service, there).token, "000000", there) == "code_wrong"
    there = Browser("198.51.100.99")
    assert finish(service, half(service, there).token, "000000", there) == "too_many_requests"
    owner = replace(HERE, known=known)
    assert finish(service, half(service, owner).token, totp.at(clock.now()), owner) == "session"


def test_a_half_sign_in_makes_no_browser_known(service: Service) -> None:
    enrol(service, create_account(service))
    assert half(service).known_token == ""


def test_programs_need_a_code_where_there_is_a_factor(service: Service, clock: SetClock) -> None:
    totp, _ = enrol(service, create_account(service))
    clock.advance(timedelta(seconds=30))
    given = {"username": "pat.example", "password": PASSWORD, "address": "192.0.2.7", "kind": "token"}
    for code, expected in (("", "code_needed"), ("000000", "code_wrong")):
        with pytest.raises(Problem) as caught:
            sign_in.sign_in(service, **given, code=code)
        assert caught.value.code == expected
    done = sign_in.sign_in(service, **given, code=totp.at(clock.now()))
    assert sign_in.principal_by(service, done.token, "token") is not None


def test_where_a_factor_is_required_nothing_opens_before_there_is_one(service: Service) -> None:
    create_account(service)
    strict = replace(service, settings=replace(service.settings, second_factor="required"))
    with pytest.raises(Problem) as caught:
        sign_in.sign_in(strict, username="pat.example", password=PASSWORD, address="192.0.2.7", kind="token")
    assert caught.value.code == "setup_needed"
    begun = half(strict)
    found = sign_in.half_by(strict, begun.token)
    assert found is not None
    assert (begun.kind, found.needs) == ("half", "setup")
    assert finish(strict, begun.token, "000000") == "expired"


def test_a_colleague_resets_lost_factors_and_nobody_their_own(service: Service) -> None:
    account_id = create_account(service)
    enrol(service, account_id)
    session = sign_in.issue(service, account_id, HERE, kind="session", by="password")
    with pytest.raises(Problem):
        factors.reset(service, principal_for(service, account_id), account_id)
    factors.reset(service, SYSTEM, account_id)
    assert sign_in.principal_by(service, session.token, "session") is None
    assert half(service).kind == "session"


def test_the_last_factor_takes_its_recovery_codes_with_it(service: Service) -> None:
    account_id = create_account(service)
    enrol(service, account_id)
    factors.remove_code_key(service, principal_for(service, account_id))
    left = service.db.read(lambda session: session.scalar(select(func.count()).select_from(RecoveryCode)))
    assert left == 0
    assert half(service).kind == "session"


def test_an_access_token_reads_coverage_only_and_ends_with_its_owner(
    service: Service, clock: SetClock
) -> None:
    account_id = create_account(service, "pat.example", "supervisor")
    owner = principal_for(service, account_id)
    ends = clock.now() + timedelta(days=365)
    token = own_sign_ins.make_access_token(service, owner, name="QGIS", ends_at=ends)
    found = sign_in.principal_by(service, token, "token", "access")
    assert found is not None
    assert (found.permissions, found.roles, found.limited) == ({"coverage.read"}, frozenset(), True)
    assert found.areas == owner.areas
    assert sign_in.principal_by(service, token, "session") is None
    clock.advance(timedelta(days=364))
    assert sign_in.principal_by(service, token, "access") is not None
    accounts.change_account(service, SYSTEM, account_id, version=1, changes={"active": False})
    accounts.change_account(service, SYSTEM, account_id, version=2, changes={"active": True})
    assert sign_in.principal_by(service, token, "access") is None, (
        "ended, not asleep, while its owner was away"
    )


def test_an_access_token_holds_a_year_at_most_and_there_are_ten(service: Service, clock: SetClock) -> None:
    owner = principal_for(service, create_account(service))
    for days in (-1, 0, 400):
        with pytest.raises(Problem):
            own_sign_ins.make_access_token(
                service, owner, name="QGIS", ends_at=clock.now() + timedelta(days=days)
            )
    for _ in range(10):
        own_sign_ins.make_access_token(service, owner, name="QGIS", ends_at=clock.now() + timedelta(days=1))
    with pytest.raises(Problem):
        own_sign_ins.make_access_token(service, owner, name="QGIS", ends_at=clock.now() + timedelta(days=1))


def test_one_ends_a_session_or_all_the_others_and_nobody_elses(service: Service) -> None:
    account_id, other_id = create_account(service), create_account(service, "sam.example")
    mine, desk, home = (
        sign_in.issue(service, account_id, HERE, kind="session", by="password").token for _ in range(3)
    )
    other = sign_in.issue(service, other_id, HERE, kind="session", by="password").token
    owner = principal_for(service, account_id)
    own_sign_ins.end_one(service, owner, sign_in.hash_of(service, other))
    own_sign_ins.end_one(service, owner, sign_in.hash_of(service, desk))
    listed = own_sign_ins.list_sign_ins(service, account_id, mine)
    assert sorted(one.this for one in listed) == [False, True]
    assert own_sign_ins.end_others(service, owner, mine) == 1
    alive = [
        sign_in.principal_by(service, token, "session") is not None for token in (mine, desk, home, other)
    ]
    assert alive == [True, False, False, True]


def test_a_new_sign_in_ends_the_one_that_the_browser_had(service: Service) -> None:
    create_account(service)
    before = half(service).token
    after = half(service, replace(HERE, ends=before)).token
    assert sign_in.principal_by(service, before, "session") is None
    assert sign_in.principal_by(service, after, "session") is not None


def test_a_page_can_say_why_a_session_ended(service: Service, clock: SetClock) -> None:
    create_account(service)
    left_alone, ended = half(service).token, half(service).token
    service.db.transact(
        lambda session: session.delete(session.get_one(SignIn, sign_in.hash_of(service, ended)))
    )
    clock.advance(timedelta(minutes=61))
    assert sign_in.why_ended(service, left_alone) == "idle"
    assert sign_in.why_ended(service, ended) == "ended"
    clock.advance(timedelta(hours=12))
    assert sign_in.why_ended(service, left_alone) == "longest"


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1", "Safari on iPhone or iPad"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_by_its_family(agent: str, family: str) -> None:
    assert own_sign_ins.family_of(agent) == family


def test_over_the_api_a_token_needs_the_code_and_a_required_factor_is_set_up_in_the_console(
    service: Service, clock: SetClock
) -> None:
    totp, _ = enrol(service, create_account(service))
    create_account(service, "sam.example")
    clock.advance(timedelta(seconds=30))
    client = create_application(service).test_client()
    body = {"username": "pat.example", "password": PASSWORD}
    for path in ("/api/tokens", "/api/sign-in"):
        answer = client.post(path, json=body)
        assert (answer.status_code, (answer.json or {})["code"]) == (401, "code_needed")
        assert "Set-Cookie" not in answer.headers
    assert client.post("/api/tokens", json=body | {"code": totp.at(clock.now())}).status_code == 201
    strict = replace(service, settings=replace(service.settings, second_factor="required"))
    other = {"username": "sam.example", "password": PASSWORD}
    answer = create_application(strict).test_client().post("/api/tokens", json=other)
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "setup_needed")
    assert "/console" in (answer.json or {})["detail"]
