"""`doorstep practice`: an instance to try everything on, with made-up people and nothing that is real."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from server.base.problems import UserError
from server.cli.serve import become_server, require_servable
from server.config import read_settings
from server.practice import make as practice

AREA = Path(__file__).resolve().parents[2] / "fixtures" / "area"


@click.command("practice")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Its own folder; by default the home folder's name with -practice.",
)
@click.option(
    "--area",
    default=AREA,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the practice files (boundaries, look-ups, postcodes, premises).",
)
@click.option("--port", default=practice.PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--fresh", is_flag=True, help="Throw the practice instance away and make it anew.")
@click.option("--serve/--no-serve", "serving", default=True, help="Serve it, or only make it.")
def practice_command(home: Path | None, area: Path, port: int, fresh: bool, serving: bool) -> None:
    """Make an instance to practise on (once), and serve it until stopped."""
    home = (home or _beside(os.environ.get("DOORSTEP_HOME") or ".doorstep")).absolute()
    if fresh and home.exists():
        if not (home / practice.DONE).exists():
            raise UserError(f"{home} is no practice instance: it is left alone.")
        shutil.rmtree(home)
    made = practice.make(home, area, port=port, password=practice.new_password(), say=click.echo)
    click.echo(f"Practice: http://127.0.0.1:{port}/console – nothing there is real. Folder: {home}")
    click.echo(f"Everybody's password is {made.password}")
    for one in made.staff:
        click.echo(f"  {one.username:<12} {one.name}, {one.role}")
    if serving:
        _serve(home, port)


def _beside(home: str) -> Path:
    folder = Path(home).absolute()
    return folder.with_name(f"{folder.name}-practice")


def _serve(home: Path, port: int) -> None:
    """Serve it with its own settings alone: what the environment says of another instance is left behind."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    environment |= {"DOORSTEP_HOME": str(home), "DOORSTEP_PORT": str(port)}
    environment |= {"DOORSTEP_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    settings = read_settings(environment)
    require_servable(settings)
    become_server(settings, environment)
