"""`doorstep serve`: really served, on both databases, until it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from server.base.service import Service
from tests.factories.base import free_port
from tests.factories.staff import PASSWORD, create_account


def command(service: Service, port: int, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"from server.cli import main; main(['serve', '--port', '{port}'])"],
        env={
            "DOORSTEP_HOME": str(service.settings.home),
            "DOORSTEP_DATABASE_URL": service.settings.database_url,
            "DOORSTEP_SECOND_FACTOR": "offered",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(service: Service, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = command(service, port, **environment)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        else:
            process.kill()
            pytest.fail(f"not ready: {process.communicate()}")
        yield url, process
    finally:
        process.kill()
        process.communicate()


def test_it_serves_counts_and_stops_cleanly(service: Service) -> None:
    create_account(service, "admin.example", "administrator")
    with serving(service) as (url, process):
        body = {"username": "admin.example", "password": PASSWORD}
        token = httpx.post(f"{url}/api/tokens", json=body).json()["token"]
        for _ in range(20):
            httpx.get(f"{url}/api/accounts?text=Jane", headers={"Authorization": f"Bearer {token}"})
        figures = httpx.get(f"{url}/metrics").text
        assert 'doorstep_http_requests_total{method="GET",route="/api/accounts",status="200"} 20.0' in figures
        assert httpx.get(f"{url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert out == f"Serving on {url}\n"
    events = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert {event["event"] for event in events} == {"request"}
    assert "Jane" not in errors
    assert PASSWORD not in errors


def test_a_second_process_on_an_embedded_database_is_refused(service: Service) -> None:
    if not service.db.is_sqlite:
        pytest.skip("PostgreSQL is served by as many processes as one likes")
    with serving(service):
        other = command(service, free_port())
        _, errors = other.communicate(timeout=120)
        assert other.returncode == 2
        assert "Another process serves" in errors
