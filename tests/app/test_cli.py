"""The command line: what it makes and says; every mistake is one sentence and exit code 2."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from server.base.service import Service
from server.base.state import epoch_of
from server.base.tables import AuditHead
from server.cli import main
from server.geography.tables import Area


def run(*arguments: str, home: Path, stdin: str | None = None, **environment: str) -> Result:
    variables = {"DOORSTEP_HOME": str(home)} | environment
    return CliRunner().invoke(main, arguments, env=variables, input=stdin)


def on(service: Service, *arguments: str, stdin: str | None = None) -> Result:
    url = service.settings.database_url
    return run(*arguments, home=service.settings.home, stdin=stdin, DOORSTEP_DATABASE_URL=url)


def test_init_makes_what_is_missing_and_the_second_time_nothing(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    first = run("init", home=home)
    assert first.exit_code == 0, first.output
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    ring = (home / "keyring.json").read_bytes()
    assert stat.S_IMODE((home / "keyring.json").stat().st_mode) == 0o600
    assert "Humberside (E23000012) made" in first.output
    second = run("init", home=home)
    assert second.exit_code == 0
    assert "is there" in second.output
    assert "made" not in second.output
    assert (home / "keyring.json").read_bytes() == ring


def test_nobody_else_can_read_the_database_that_init_makes_in_a_home_open_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert run("init", home=tmp_path).exit_code == 0
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("doorstep.db*")}
    assert set(made.values()) == {0o600}, made


def test_init_on_a_database_that_is_there_makes_the_force(service: Service) -> None:
    assert on(service, "init").exit_code == 0
    assert on(service, "init").exit_code == 0
    paths = service.db.read(lambda session: session.scalars(select(Area.path)).all())
    assert paths == ["/E23000012/"]
    assert on(service, "audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve",), "doorstep init"),
        (("check",), "doorstep init"),
        (("staff", "list"), "doorstep init"),
        (("keys", "rotate"), "doorstep init"),
        (("worker", "--once"), "doorstep init"),
    ],
)
def test_without_keys_every_command_says_how_to_make_them(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = run(*arguments, home=tmp_path)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert told in done.output
    assert "Traceback" not in done.output


def test_an_empty_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    run("init", home=tmp_path)
    (tmp_path / "doorstep.db").unlink()
    done = run("staff", "list", home=tmp_path)
    assert done.exit_code == 2
    assert "doorstep init" in done.output


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    run("init", home=tmp_path)
    url = f"postgresql://user:hidden@/nothing?host={tmp_path}"
    done = run("staff", "list", home=tmp_path, DOORSTEP_DATABASE_URL=url)
    assert done.exit_code == 2
    assert "does not answer" in done.output
    assert "hidden" not in done.output


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    done = run("settings", home=tmp_path, DOORSTEP_PORT="many")
    assert (done.exit_code, done.output) == (
        2,
        "doorstep: DOORSTEP_PORT: port must be a whole number, not 'many'.\n",
    )


def test_a_bug_is_one_sentence_without_its_words(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("Jane Example")

    monkeypatch.setattr("server.staff.accounts.find_accounts", broken)
    done = on(service, "staff", "list")
    assert done.exit_code == 2
    assert "ZeroDivisionError" in done.output
    assert "Jane" not in done.output


def test_settings_are_listed_without_secrets(tmp_path: Path) -> None:
    done = run("settings", home=tmp_path, DOORSTEP_METRICS_TOKEN="hidden")
    assert "DOORSTEP_FIRST_SURVEY_DAYS" in done.output
    assert "hidden" not in done.output


def test_accounts_are_made_listed_granted_and_closed(service: Service) -> None:
    on(service, "init")
    made = on(service, "staff", "add", "pat.example", "--role", "officer", "--name", "Pat Example")
    assert made.exit_code == 0
    assert "shown once" in made.output
    assert on(service, "staff", "grant", "pat.example", "E23000012").exit_code == 0
    assert "officer                  E23000012" in on(service, "staff", "list").output
    changed = on(
        service, "staff", "password", "pat.example", "--password-stdin", stdin="four tall green poplars\n"
    )
    assert changed.output == "The password is changed.\n"
    assert "password alone" in on(service, "staff", "reset-factors", "pat.example").output
    assert on(service, "staff", "deactivate", "pat.example").exit_code == 0
    assert "pat.example" not in on(service, "staff", "list").output
    assert "(left)" in on(service, "staff", "list", "--all").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("staff", "grant", "nobody.example", "X"), "no account nobody.example"),
        (("device", "code", "nobody.example"), "no account nobody.example"),
        (("staff", "add", "p", "--role", "officer"), "username: 3 to 64"),
        (("staff", "add", "pat.example", "--role", "officer", "--area", "W9"), "areas: W9: no such area"),
        (("import", "premises", "/nowhere/premises.csv"), "premises.csv"),
        (("make-force", "--from", "/nowhere", "--out", "x"), "nowhere"),
    ],
)
def test_what_is_wrong_with_an_order_is_one_sentence(
    service: Service, arguments: tuple[str, ...], told: str
) -> None:
    done = on(service, *arguments)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output


def test_check_prints_a_line_each_and_fails_where_one_does_not_hold(service: Service) -> None:
    on(service, "init")
    fine = on(service, "check")
    assert fine.exit_code == 0, fine.output
    assert all(line.startswith("ok     ") for line in fine.output.splitlines())
    assert len(fine.output.splitlines()) >= 20
    service.db.transact(lambda session: session.execute(update(AuditHead).values(seq=99)))
    broken = on(service, "check")
    assert broken.exit_code == 1
    assert "BROKEN the audit chain is whole" in broken.output


def test_check_finds_a_key_ring_that_others_can_read(service: Service) -> None:
    service.settings.keyring_path.chmod(0o644)
    done = on(service, "check")
    assert done.exit_code == 2
    assert "chmod 600" in done.output


def test_audit_verify_says_whether_the_trail_still_holds_what_an_anchor_was_taken_of(
    service: Service,
) -> None:
    on(service, "init")
    anchor = on(service, "audit", "verify").output.split()[1]
    on(service, "epoch", "new")
    grown = on(service, "audit", "verify", "--anchor", anchor)
    assert (grown.exit_code, grown.output.split()[1] != anchor) == (0, True)
    forged = on(service, "audit", "verify", "--anchor", anchor[:-64] + "0" * 64)
    assert forged.exit_code == 1
    assert "no longer the one" in forged.output
    assert on(service, "audit", "verify", "--anchor", "f" * 64).exit_code == 2


def test_a_new_epoch_is_another_one(service: Service) -> None:
    before = service.db.read(epoch_of)
    done = on(service, "epoch", "new")
    assert done.output == f"epoch {service.db.read(epoch_of)}\n"
    assert service.db.read(epoch_of) != before


@pytest.mark.parametrize("kind", ["index", "seal"])
def test_index_and_seal_keys_are_added_and_the_old_ones_kept(service: Service, kind: str) -> None:
    assert on(service, "keys", "rotate", "--what", kind).exit_code == 0
    lines = [line for line in on(service, "keys", "list").output.splitlines() if line.startswith(kind)]
    assert [line.split()[-1] for line in lines] == ["kept", "newest"]


def test_the_worker_runs_every_job_once(service: Service) -> None:
    on(service, "init")
    done = on(service, "worker", "--once")
    assert done.exit_code == 0, done.output
    assert "FAILED" not in done.output
