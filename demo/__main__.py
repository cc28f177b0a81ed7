"""`make demo`: FRESH=yes starts over, SERVE=no ends instead of serving, LAN=yes serves phones on the local network."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from datetime import date
from pathlib import Path

from rich.console import Console as Screen

from demo import lan
from demo.ledger import Ledger
from demo.programs import DemoError, Programs, stop
from demo.story import Story, show, tell

HOME = Path(".doorstep") / "demo"
PORT = 8000
ATTRIBUTION = (
    "Streets and postcodes are real, houses and people are made up. Contains public sector information licensed under "
    "the Open Government Licence v3.0; contains OS data © Crown copyright and database right; contains Royal Mail data "
    "© Royal Mail copyright and database right; source: Office for National Statistics."
)


def main() -> int:
    """Run the demonstration; the exit code."""
    screen = Screen(highlight=False, width=None if sys.stdout.isatty() else 120)
    home = Path(os.environ.get("DEMO_HOME") or HOME).absolute()
    if _said("FRESH") and home.exists():
        shutil.rmtree(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _run(home, screen)
    except DemoError as error:
        screen.print(f"[bold red]Stopped:[/] {error}")
        return 1
    except KeyboardInterrupt:
        screen.print("Stopped.")
    return 0


def _run(home: Path, screen: Screen) -> None:
    began = time.monotonic()
    port = int(os.environ.get("DEMO_PORT") or PORT)
    ledger = Ledger.open(home, date.today())  # noqa: DTZ011 - the machine's own day is meant
    again = bool(ledger.done)
    story = Story(Programs(home, port, f"http://127.0.0.1:{port}"), ledger, screen)
    screen.print("[bold]Doorstep: from an address file to a covered house[/]")
    if again:
        screen.print(
            f"Starts from what is there: {ledger.visits:,} visits so far. (make demo FRESH=yes starts over.)"
        )
    tell(story)
    screen.print(
        f"[dim]The days were {ledger.days[0]:%A %d %B} to {ledger.days[-1]:%A %d %B}, on a moved clock.[/]"
    )
    served = _serving(home, port)
    with_certificate = Story(served, ledger, screen, certificate=_certificate(served)[0])
    processes = [served.start("serve", *_tls(served))]
    try:
        served.await_ready(processes[0])
        show(with_certificate)
        screen.print(f"[bold]{ledger.visits:,} visits in {time.monotonic() - began:.0f} s.[/]")
        if os.environ.get("SERVE") != "no":
            processes.append(served.start("worker"))
            _invite(served, ledger, screen, with_certificate)
            _wait(processes)
    finally:
        for process in reversed(processes):
            stop(process)


def _said(name: str) -> bool:
    return os.environ.get(name, "") == "yes"


def _serving(home: Path, port: int) -> Programs:
    if not _said("LAN"):
        return Programs(home, port, f"http://127.0.0.1:{port}")
    return Programs(home, port, f"https://{lan.local_address()}:{port}", host="0.0.0.0")  # noqa: S104 - LAN=yes asks for it


def _certificate(programs: Programs) -> tuple[Path | None, Path | None]:
    if not _said("LAN"):
        return None, None
    return lan.make_certificate(programs.home, lan.local_address())


def _tls(programs: Programs) -> list[str]:
    certificate, key = _certificate(programs)
    return ["--certificate", str(certificate), "--key", str(key)] if certificate else []


def _invite(programs: Programs, ledger: Ledger, screen: Screen, story: Story) -> None:
    screen.print(
        f"\n[bold]Serving on {programs.public_url}[/]  (Ctrl-C stops)   "
        f"The console: {programs.public_url}/console   API: {programs.public_url}/api/docs"
    )
    _show_phone(programs, ledger, screen, story)
    screen.print("Who may sign in (made-up people):")
    for one in story.staff[:4]:
        screen.print(f"  {one.username:<12} {ledger.password(one.username):<18} {one.name}, {one.role}")
    officer = story.staff[4]
    screen.print(
        f"  {officer.username:<12} {ledger.password(officer.username):<18} {officer.name}, officer (of 20)"
    )
    screen.print(ATTRIBUTION, style="dim")


def _show_phone(programs: Programs, ledger: Ledger, screen: Screen, story: Story) -> None:
    """The officers' phone app, with a one-time code for one officer."""
    officer = story.staff[4]
    made = story.sign_in("coordinator").post(
        "/api/devices/enrolment-codes", account_id=ledger.accounts[officer.username]
    )
    screen.print(
        f"[bold]The phone app: {programs.public_url}/phone/[/]  One-time code for {officer.name}, 15 minutes:\n"
        f"  {made['code']}\n  {made['link']}",
        soft_wrap=True,
    )
    lan.print_qr(made["link"])
    if _said("LAN"):
        screen.print(
            "Scan it with the phone's camera. The certificate is the demonstration's own: the phone warns, and the app "
            "works offline once lan-certificate.pem (in .doorstep/demo) is trusted on it."
        )
    screen.print(
        f"Is the officer genuine? {programs.public_url}/check   (Another code: make demo once more.)",
        style="dim",
    )


def _wait(processes: list) -> None:  # type: ignore[type-arg]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while all(process.poll() is None for process in processes):
        time.sleep(0.5)
    raise DemoError("The service ended by itself; its log is in the demonstration's folder.")


if __name__ == "__main__":
    sys.exit(main())
