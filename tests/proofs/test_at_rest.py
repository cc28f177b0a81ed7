"""Nothing readable at rest: what was told at the doors is in no file of database, dump, phone or log."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from sqlalchemy import make_url

from server.app import create_app
from server.base.logs import configure_logs
from server.base.service import Service
from server.worker import Job, run_once
from tests.app.test_serving import serving
from tests.factories.app import Caller
from tests.factories.clients import create_client
from tests.factories.devices import create_device
from tests.factories.exchange import FORCE, create_field, uprn
from tests.factories.staff import PASSWORD, create_account
from tests.postgis import Cluster, find_programs
from tests.proofs.day import ADDRESS, HOUSE, Day, self_registration, spend_day
from tests.proofs.grep import Secrets, found_in, found_in_files, found_plainly

SEGMENT_BYTES = 16 * 1024 * 1024


def files_of(service: Service) -> list[Path]:
    """The embedded database's files, as they lie on the disk now."""
    return sorted(path for path in service.settings.home.iterdir() if path.name.startswith("doorstep.db"))


def dump(service: Service) -> bytes:
    """The whole database as SQL."""
    if service.db.is_sqlite:
        with sqlite3.connect(service.settings.home / "doorstep.db") as connection:
            return "\n".join(connection.iterdump()).encode()
    url = make_url(service.settings.database_url)
    where = ["-U", "postgres", "-h", str(url.query["host"]), "-d", str(url.database)]
    return subprocess.run([find_programs() / "pg_dump", *where], capture_output=True, check=True).stdout


def plant(service: Service, text: str) -> None:
    """Leave a text where it can be read."""
    with service.db.engine.begin() as connection:
        statement = f"UPDATE campaign SET purpose = '{text}'"
        connection.exec_driver_sql(statement)


def raw_files(cluster: Cluster, service: Service, since: int) -> list[Path]:
    """A PostgreSQL database's own files, flushed, and the segments of the log written since a place in it."""
    cluster.run("CHECKPOINT")
    database = make_url(service.settings.database_url).database
    ((number,),) = cluster.run(f"SELECT oid FROM pg_database WHERE datname = '{database}'")
    data = cluster.folder / "data"
    first, last = since // SEGMENT_BYTES, written(cluster) // SEGMENT_BYTES
    segments = [data / "pg_wal" / f"00000001{one >> 8:08X}{one & 255:08X}" for one in range(first, last + 1)]
    tables = (data / "base" / str(number)).iterdir()
    return [path for path in (*tables, *segments) if path.is_file()]


def written(cluster: Cluster) -> int:
    """How far the log of the cluster has got, in bytes."""
    ((place,),) = cluster.run("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return int(place)


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Everything is logged, at the lowest level, and can be read."""
    configure_logs("debug")
    yield capsys
    configure_logs("warning")


def logged(logs: pytest.CaptureFixture[str]) -> bytes:
    """What was written to standard output and error since last asked, and something was."""
    written = logs.readouterr()
    assert written.err
    return (written.out + written.err).encode()


def test_a_day_leaves_nothing_readable_in_database_phone_and_logs(
    service: Service, tmp_path: Path, logs: pytest.CaptureFixture[str]
) -> None:
    day = spend_day(service, tmp_path)
    assert len(day.secrets.forms) > 60
    found = {"dump": found_in(dump(service), day.secrets), "logs": found_in(logged(logs), day.secrets)}
    found["metrics"] = found_in(Caller(day.app).get("/metrics").data, day.secrets)
    if service.db.is_sqlite:
        files = files_of(service)
        assert {path.name for path in files} >= {"doorstep.db", "doorstep.db-wal"}
        found |= found_in_files(files, day.secrets)
    assert not any(found.values()), found
    _proves_that_it_could_fail(day)


def _proves_that_it_could_fail(day: Day) -> None:
    address, planted = Secrets(), Secrets()
    address.text(ADDRESS)
    assert found_in(dump(day.service), address) == [ADDRESS]
    name = planted.name("Planted Theodolinda")
    plant(day.service, name)
    assert found_in(dump(day.service), planted) == [name]
    if day.service.db.is_sqlite:
        assert "doorstep.db-wal" in found_in_files(files_of(day.service), planted)


def test_the_raw_files_of_postgres_hold_no_more_than_its_dump(
    service: Service, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if service.db.is_sqlite:
        pytest.skip("SQLite's files are searched in full")
    cluster: Cluster = request.getfixturevalue("cluster")
    since = written(cluster)
    day = spend_day(service, tmp_path)
    assert found_plainly(raw_files(cluster, service, since), day.secrets) == set()
    name = day.secrets.name("Planted Ermengarde")
    plant(service, name)
    assert found_plainly(raw_files(cluster, service, since), day.secrets) >= {name.casefold()}


def test_a_phones_store_shows_neither_people_nor_houses(service: Service, tmp_path: Path) -> None:
    day = spend_day(service, tmp_path)
    assert day.seen == {moment: {} for moment in ("recorded offline", "synced", "locked")}
    client, files = day.carried.client, day.carried.files
    assert found_in(client.export(), day.secrets) == []
    lists, open_to_all = Secrets(), Secrets()
    for private in ("7 Street 1", "Street 1", "HU6 7AB", "Officer0.Example", uprn(0, 1), uprn(0, 12)):
        lists.text(private)
    assert found_in_files(files, lists) == {}
    open_to_all.text(client.store.device)
    assert found_in_files(files, open_to_all)
    with client.store.writing("plant") as db:
        client.store.put(db, time_zone="7 Street 1")
    assert found_in_files(day.carried.files, lists)


def test_a_wiped_store_keeps_nothing_of_what_was_readable_when_open(service: Service, tmp_path: Path) -> None:
    day = spend_day(service, tmp_path)
    client = day.carried.client
    for word in range(10):
        with pytest.raises(Exception, match=r"(?i)passphrase|tries|wiped|wrong"):
            client.unlock(f"wrong {word}")
    day.look("wiped")
    assert day.seen["wiped"] == {}
    assert client.status().lists == ()


def test_errors_of_every_kind_log_no_word_of_what_was_sent(
    service: Service, tmp_path: Path, logs: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, app = create_field(service), create_app(service)
    day = Day(service, app, made, create_client(service, app, made.officers[0], tmp_path / "phone"))
    send_nonsense(day)
    with failing_database(service):
        answer = Caller(day.app).post("/api/registrations", home_form(day, 41))
        assert answer.status_code == 500
        assert found_in(answer.data, day.secrets) == []
    secret = day.secrets.text("Refused by Wilhelmina Bugbear in person")

    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("server.residents.self_registration.register_self", fail)
    answer = Caller(day.app).post("/api/registrations", home_form(day, 42))
    assert (answer.status_code, found_in(answer.data, day.secrets)) == (500, [])
    assert run_once(service, (Job("failing", timedelta(hours=1), fail),)) == {"failing": False}
    logging.getLogger("some.library").error("%s could not be reached", secret)
    lines = logged(logs)
    assert b'"event": "request_failed"' in lines
    assert b'"event": "job_failed"' in lines
    assert b"could not be reached" in lines
    assert found_in(lines, day.secrets) == []
    structlog.get_logger().warning("planted", name=secret)
    assert found_in(logged(logs), day.secrets) == [secret]


def home_form(day: Day, number: int) -> dict[str, object]:
    """What somebody fills in at home."""
    return self_registration(day.person(number), uprn(0, 10), "HU6 7AB")


def send_nonsense(day: Day) -> None:
    """Requests that are wrong, each full of what a person might have typed."""
    create_account(day.service, "ada.example", "administrator", "supervisor", areas=[FORCE])
    public, office = Caller(day.app), Caller(day.app, "ada.example")
    person = day.person(40)
    name, email = person.name, person.email or ""
    form = home_form(day, 40)
    json_headers = {"Content-Type": "application/json"}
    for body in (
        json.dumps(form).encode()[:-9],
        json.dumps(form).encode("utf-16"),
        json.dumps([form]).encode(),
        json.dumps(form | {"consents": name}).encode(),
        json.dumps(form | {"email": name, "phone": email}).encode(),
        json.dumps(form | {name: email}).encode(),
        json.dumps(form | {"name": name + "\0"}).encode(),
        b'{"name": "' + name.encode("utf-16-le") + b'"}',
    ):
        refused = public.send("POST", "/api/registrations", data=body, headers=json_headers)
        assert 400 <= refused.status_code < 500, refused.text
    for path in (
        f"/api/residents/{name}",
        f"/api/residents?uprn={name}",
        f"/api/{email}",
        f"/api/premises/{name}",
    ):
        assert 400 <= office.get(path).status_code < 500
    look_up = {"kind": "email", "value": email, "reason": name}
    assert office.post("/api/residents/look-ups", look_up).status_code == 422
    look_up = {"kind": "email", "value": email, "reason": "person_asked", "reference": name}
    assert office.post("/api/residents/look-ups", look_up).status_code == 422
    office.send("POST", "/api/residents/look-ups", data=name, headers={"Content-Type": "text/plain"})
    office.send(
        "GET", "/api/me", headers={"Authorization": f"Bearer {email}", "X-Request-Id": email, "Cookie": name}
    )
    public.send(
        "BREW", "/api/me", headers={"User-Agent": email, "Referer": f"https://mail.example/?to={email}"}
    )
    wrong = {"username": email, "password": day.secrets.text("my own mother's maiden name")}
    assert public.post("/api/sign-in", wrong).status_code == 401
    assert public.post("/api/tokens", {"username": email, "password": PASSWORD + "!"}).status_code == 401
    phone = create_device(day.service, day.field.officers[0])
    for body in (b"{" + name.encode(), json.dumps({"number": name}).encode(), json.dumps(form).encode()):
        for path in ("/api/exchange", "/api/exchange/enrolments"):
            for headers in (phone.headers(body, phone.next_number(), path), {"Signature": name}):
                assert 400 <= public.send("POST", path, data=body, headers=headers).status_code < 500
    assert public.post("/api/preferences/look-ups", {"link": email}).status_code in (410, 422)
    assert office.get(f"/api/premises/{HOUSE}/visits?kind={name}").status_code == 422


@contextmanager
def failing_database(service: Service) -> Iterator[None]:
    """Meanwhile, a table that residents are written to is not there."""
    with service.db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE contact RENAME TO contact_gone")
    try:
        yield
    finally:
        with service.db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE contact_gone RENAME TO contact")


def test_a_served_process_logs_no_word_of_what_is_no_request(service: Service) -> None:
    """gunicorn refuses these before we see them, and would quote them in its own log."""
    if not service.db.is_sqlite:
        pytest.skip("the database plays no part in it")
    secrets = Secrets()
    name, email = secrets.name("Hildegard Żółć-Quillbert"), secrets.email("Hildegard@Madeup-Mail.Example")
    with serving(service, DOORSTEP_LOG_LEVEL="debug") as (url, process):
        for head in (
            f"GET /api/me?name={name} HTTP/1.1\r\nHost: x\r\nX-{name}: {email}\r\n\r\n",
            f"{email} / HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET /{email} HTTP/9.9\r\nHost: x\r\n\r\n",
            f"GET /{email}\r\n\r\n",
            f"POST /api/registrations HTTP/1.1\r\nHost: x\r\nContent-Length: {email}\r\n\r\n",
            f"POST /api/registrations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {email}\r\n\r\n",
            f"POST /api/registrations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{name}\r\n",
            f"GET /{email * 500} HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {email * 900}\r\n\r\n",
        ):
            assert not spoken(url, head.encode()).startswith((b"HTTP/1.1 200", b"HTTP/1.1 500"))
        process.send_signal(signal.SIGTERM)
        lines = "".join(process.communicate(timeout=30))
    assert lines.count('"event": "Invalid request"') == 8
    assert found_in(lines.encode(), secrets) == []


def spoken(url: str, raw: bytes) -> bytes:
    """What a server answers to these bytes."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as line:
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        parts = []
        with suppress(ConnectionResetError):
            while part := line.recv(65536):
                parts.append(part)
    return b"".join(parts)
