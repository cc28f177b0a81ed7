"""The practice instance: complete, apart from every other, and made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from server.checks import check_all
from server.cli import main
from server.config import open_service, read_settings
from server.fieldwork.tables import Campaign, Hazard, PremisesFact, Worklist
from server.residents.tables import Resident
from tests.factories.app import Caller, create_application


def run(*words: str, **environment: str) -> str:
    result = CliRunner().invoke(main, ["practice", "--no-serve", *words], env=environment)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_practice_instance_has_something_of_everything_and_is_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    real, home = tmp_path / "force", tmp_path / "force-practice"
    told = run(DOORSTEP_HOME=str(real), DOORSTEP_DATABASE_URL="postgresql://nowhere.invalid/real")
    assert "nothing there is real" in told
    assert not real.exists()
    assert (home.stat().st_mode & 0o777, (home / "practice-password").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    service = open_service(read_settings({"DOORSTEP_HOME": str(home)}))
    assert service.settings.practice == 1
    for table, least in ((PremisesFact, 800), (Resident, 80), (Worklist, 6), (Hazard, 3), (Campaign, 2)):
        wanted = select(func.count()).select_from(table)
        assert service.db.read(lambda session, wanted=wanted: session.scalar(wanted)) >= least, table
    assert [one for one in check_all(service) if one.findings] == []
    password = (home / "practice-password").read_text().strip()
    assert password in told
    body = {"username": "supervisor", "password": password}
    assert Caller(create_application(service)).post("/api/sign-in", body).status_code == 200
    service.db.dispose()
    assert run(DOORSTEP_HOME=str(real)).splitlines()[0].startswith("Practice:")  # made once


def test_a_folder_that_holds_another_instance_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keyring.json").write_text("{}")
    for words in ((), ("--fresh",)):
        result = CliRunner().invoke(main, ["practice", "--no-serve", "--home", str(tmp_path), *words])
        assert result.exit_code == 2
        assert "practice" in result.output
    assert (tmp_path / "keyring.json").read_text() == "{}"
