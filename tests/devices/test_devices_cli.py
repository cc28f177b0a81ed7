"""Devices on the command line: codes, the list, revocation, an outbox carried by hand."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from server.base.service import Service
from server.cli import main
from sync.export import make_export
from tests.factories.devices import create_phone
from tests.factories.exchange import create_field, uprn
from tests.factories.staff import create_account


def run(service: Service, *arguments: str) -> Result:
    environment = {
        "DOORSTEP_HOME": str(service.settings.home),
        "DOORSTEP_DATABASE_URL": service.settings.database_url,
    }
    return CliRunner().invoke(main, arguments, env=environment)


def test_a_code_is_printed_with_its_qr_and_enrols(service: Service) -> None:
    create_account(service, "ana.example")
    shown = run(service, "device", "code", "ana.example")
    assert shown.exit_code == 0, shown.output
    assert "█" in shown.output
    code = next(line.split()[1] for line in shown.output.splitlines() if line.strip().startswith("code"))
    assert create_phone(service).enrol(code).officer == "Ana.Example"
    assert "█" not in run(service, "device", "code", "ana.example", "--no-qr").output
    unknown = run(service, "device", "code", "nobody.example")
    assert (unknown.exit_code, "no account nobody.example" in unknown.stderr) == (2, True)


def test_devices_are_listed_and_revoked(service: Service) -> None:
    phone = create_field(service).phones[0]
    listed = run(service, "device", "list")
    assert (listed.exit_code, phone.id in listed.output, "active" in listed.output) == (0, True, True)
    assert run(service, "device", "revoke", phone.id).exit_code == 2
    assert run(service, "device", "revoke", phone.id, "--lost").exit_code == 0
    assert "lost" in run(service, "device", "list").output
    again = run(service, "device", "revoke", phone.id, "--leaver")
    assert (again.exit_code, "lost already" in again.stderr) == (2, True)


def test_an_outbox_file_is_taken_in(service: Service, tmp_path: Path) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    file = tmp_path / "outbox.json"
    file.write_bytes(make_export(phone.sign_private, device=phone.id, now=phone.now(), events=[event]))
    for told in ("1 applied", "1 duplicate"):
        done = run(service, "ingest", str(file))
        assert done.exit_code == 0, done.output
        assert told in done.output
    file.write_bytes(b"{}")
    refused = run(service, "ingest", str(file))
    assert (refused.exit_code, "no outbox file" in refused.stderr) == (2, True)
