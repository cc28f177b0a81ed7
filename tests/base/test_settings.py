"""Settings come from the environment over a file over defaults; a wrong one is named, with where it was set."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.base.problems import UserError
from server.config import open_service, read_settings


def test_the_environment_beats_the_file_and_the_file_beats_the_default(tmp_path: Path) -> None:
    (tmp_path / "doorstep.cfg").write_text("[doorstep]\nport = 9000\nthreads = 3\n")
    settings = read_settings({"DOORSTEP_HOME": str(tmp_path), "DOORSTEP_PORT": "9100"})
    assert (settings.port, settings.threads, settings.first_survey_days) == (9100, 3, 14)
    assert settings.database_url == f"sqlite:///{tmp_path}/doorstep.db"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DOORSTEP_PORT", "http", "whole number"),
        ("DOORSTEP_PORT", "0", "between 1 and 65535"),
        ("DOORSTEP_TIME_ZONE", "Europe/Hull", "no zone"),
        ("DOORSTEP_TIME_ZONE", "../etc/passwd", "no zone"),
        ("DOORSTEP_DATABASE_URL", "mysql://x", "sqlite:/// or postgresql://"),
        ("DOORSTEP_LOG_LEVEL", "loud", "log_level"),
        ("DOORSTEP_PROT", "1", "DOORSTEP_PROT sets prot, which is no setting"),
        ("DOORSTEP_MAIL", "pigeon", "off, smtp, file"),
        ("DOORSTEP_MAIL", "smtp", "smtp_host"),
        ("DOORSTEP_SMTP_FROM", "nobody", "smtp_from"),
        ("DOORSTEP_PUBLIC_URL", "example.org", "public_url"),
        ("DOORSTEP_BASE_MAP_URL", "https://tiles.example/{z}/{x}.png", "base_map_url"),
        ("DOORSTEP_BASE_MAP_URL", "https://tiles.example/{z}/{x}/{y}.png; img-src *", "base_map_url"),
        ("DOORSTEP_BASE_MAP_URL", "https://tiles.example *.evil.example/{z}/{x}/{y}", "base_map_url"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        read_settings({"DOORSTEP_HOME": str(tmp_path), name: value})


@pytest.mark.parametrize("content", ["port = 1", "[other]\nport = 1", "[doorstep]\nprot = 1", "\udcff"])
def test_a_wrong_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "doorstep.cfg").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"doorstep\.cfg"):
        read_settings({"DOORSTEP_HOME": str(tmp_path)})


def test_the_names_that_the_field_client_reads_are_not_ours(tmp_path: Path) -> None:
    environment = {"DOORSTEP_HOME": str(tmp_path), "DOORSTEP_FIELD_HOME": "x", "DOORSTEP_PASSPHRASE": "y"}
    assert read_settings(environment).port == 8000


def test_a_service_without_keys_is_refused_with_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="doorstep init"):
        open_service(read_settings({"DOORSTEP_HOME": str(tmp_path)}))


def test_settings_show_no_secret_when_printed(tmp_path: Path) -> None:
    environment = {"DOORSTEP_HOME": str(tmp_path), "DOORSTEP_DATABASE_URL": "postgresql://u:hidden@/d"}
    environment["DOORSTEP_METRICS_TOKEN"] = "hidden too"
    assert "hidden" not in repr(read_settings(environment))
