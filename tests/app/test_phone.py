"""The phone app's files as the service gives them: what a browser may keep, and what it may do with them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask

from server.base.service import Service
from server.web import phone
from tests.factories.app import Caller, create_application

SCRIPT = "console.log('made up for this test');\n" * 40


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as `make phone` leaves it, with made-up files."""
    folder = tmp_path / "phone"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Doorstep</title>")
    (folder / "sw.js").write_text(SCRIPT)
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "assets" / "index-Ab12Cd34.js").write_text(SCRIPT)
    (tmp_path / "secret.js").write_text("hidden")
    monkeypatch.setattr(phone, "BUILT", folder)
    return folder


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["", "enrol", "street/3/90000001", "assets-list"])
def test_every_path_of_a_screen_is_the_app_itself_asked_for_again_each_time(app: Flask, path: str) -> None:
    answer = Caller(app).get(f"/phone/{path}")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = Caller(app).get(f"/phone/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.usefixtures("built")
def test_the_app_may_do_no_more_than_its_policy_says(app: Flask) -> None:
    for path in ("", "sw.js", "assets/index-Ab12Cd34.js"):
        headers = Caller(app).get(f"/phone/{path}").headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
        )
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe-inline" not in policy
        permissions = headers["Permissions-Policy"].split(", ")
        # For the QR codes of enrolment, and for the street's map where the officer asks where they are.
        assert {"camera=(self)", "geolocation=(self)", "microphone=()"} <= set(permissions)
    assert "wasm" not in Caller(app).get("/").headers["Content-Security-Policy"]
    assert "camera=()" in Caller(app).get("/").headers["Permissions-Policy"]


@pytest.mark.usefixtures("built")
def test_what_carries_a_hash_in_its_name_is_kept_for_ever_and_comes_packed(app: Flask) -> None:
    path = "/phone/assets/index-Ab12Cd34.js"
    packed = Caller(app).get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.content_type == "text/javascript; charset=utf-8"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).decode() == SCRIPT
    plain = Caller(app).get(path)
    assert "Content-Encoding" not in plain.headers
    assert plain.text == SCRIPT
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.usefixtures("built")
def test_the_service_worker_is_never_kept_and_may_serve_the_whole_app(app: Flask) -> None:
    answer = Caller(app).get("/phone/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/phone/"
    assert Caller(app).get("/phone/manifest.webmanifest").content_type == "application/manifest+json"


def test_a_changed_file_is_served_as_it_is_now(app: Flask, built: Path) -> None:
    before = Caller(app).get("/phone/sw.js").headers["ETag"]
    (built / "sw.js").write_text("// the next version\n")
    after = Caller(app).get("/phone/sw.js")
    assert after.text == "// the next version\n"
    assert after.headers["ETag"] != before


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "name",
    [
        "gone.js",
        "assets/gone-12345678.js",
        "assets/screen",
        "../secret.js",
        "%2e%2e/secret.js",
        "..%5csecret.js",
    ],
)
def test_a_file_that_is_not_of_the_app_is_not_found_instead_of_being_the_app(app: Flask, name: str) -> None:
    assert Caller(app).get(f"/phone/{name}").status_code == 404


def test_where_the_app_was_not_built_a_page_says_what_to_do(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "BUILT", tmp_path / "nothing")
    answer = Caller(app).get("/phone/")
    assert answer.status_code == 503
    assert "make phone" in answer.text


def test_an_enrolment_link_leads_into_the_app_and_leaves_the_code_to_the_browser(app: Flask) -> None:
    answer = Caller(app).get("/enrol")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/phone/enrol")
