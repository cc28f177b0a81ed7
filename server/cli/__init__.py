"""The command line, `doorstep …`: wiring only. A mistake is one sentence and exit code 2, never a traceback."""

from __future__ import annotations

import click

from server import __version__
from server.cli.errors import Commands
from server.cli.geography import import_group, make_force_command, refold_command
from server.cli.keys import audit_group, epoch_group, keys_group
from server.cli.running import check, init, serve, settings, worker
from server.cli.staff import staff_group


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="doorstep")
def main() -> None:
    """Doorstep: knock on every door. Settings come from DOORSTEP_… in the environment; see `doorstep settings`."""


COMMANDS = (
    init,
    serve,
    worker,
    check,
    settings,
    staff_group,
    import_group,
    make_force_command,
    refold_command,
    keys_group,
    audit_group,
    epoch_group,
)
for command in COMMANDS:
    main.add_command(command)
