"""The command line, `doorstep …`: wiring only. A mistake is one sentence and exit code 2, never a traceback."""

from __future__ import annotations

import click

from server import __version__
from server.cli.errors import Commands

WHERE = {
    "init": "running:init",
    "serve": "serve:serve",
    "worker": "running:worker",
    "check": "running:check",
    "settings": "serve:settings",
    "staff": "staff:staff_group",
    "import": "geography:import_group",
    "practice": "practice:practice_command",
    "make-force": "geography:make_force_command",
    "device": "devices:device_group",
    "ingest": "devices:ingest_command",
    "refold": "geography:refold_command",
    "keys": "keys:keys_group",
    "audit": "keys:audit_group",
    "epoch": "keys:epoch_group",
}


@click.group(cls=Commands, where=WHERE, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="doorstep")
def main() -> None:
    """Doorstep: knock on every door. Settings come from DOORSTEP_… in the environment; see `doorstep settings`."""
