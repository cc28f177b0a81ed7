"""The worker: one leads, a job that fails does not stop the others."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from server import worker
from server.base.service import Service
from server.worker import JOBS, Job, run_once
from tests.factories.base import free_port, reopen


def broken(_service: Service) -> None:
    raise ZeroDivisionError("Jane Example")


def test_a_job_that_fails_is_told_and_the_next_one_runs(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = []
    jobs = (
        Job("broken", timedelta(1), broken),
        Job("sound", timedelta(1), ran.append),
    )
    assert run_once(service, jobs) == {"broken": False, "sound": True}
    assert ran == [service]
    written = capsys.readouterr().err
    assert "ZeroDivisionError" in written
    assert "Jane" not in written


def test_jobs_have_names_of_their_own_and_run_at_least_daily() -> None:
    names = [job.name for job in JOBS]
    assert len(set(names)) == len(names)
    assert all(timedelta(0) < job.every <= timedelta(days=1) for job in JOBS)


def test_streets_are_ranked_again_within_a_minute() -> None:
    assert next(job.every for job in JOBS if job.name == "rank streets") <= timedelta(minutes=1)


def test_one_worker_leads_and_another_takes_over_when_it_has_gone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_AGAIN_SECONDS", 0.05)
    told: list[str] = []
    led = threading.Event()
    other = reopen(service)

    def second() -> None:
        with worker._leading(other, told.append):
            led.set()

    with worker._leading(service, told.append) as still_leads:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        assert not led.is_set()
        assert still_leads()
        assert told == ["Another worker leads; this one waits to take over."]
    thread.join(10)
    assert led.is_set()
    other.db.dispose()


def test_the_worker_runs_until_it_is_stopped(service: Service) -> None:
    environment: dict[str, Any] = {
        "DOORSTEP_HOME": str(service.settings.home),
        "DOORSTEP_DATABASE_URL": service.settings.database_url,
        "DOORSTEP_WORKER_METRICS_PORT": str(free_port()),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main(['worker'])"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("The worker runs")
    figures = f"http://127.0.0.1:{environment['DOORSTEP_WORKER_METRICS_PORT']}/metrics"
    deadline = time.monotonic() + 30
    while "doorstep_worker_last_success{" not in httpx.get(figures).text and time.monotonic() < deadline:
        time.sleep(0.1)
    assert 'doorstep_worker_runs_total{job="end sign-ins",result="done"}' in httpx.get(figures).text
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "The worker stops." in out
    assert '"event": "job_done"' in errors
    assert "job_failed" not in errors
