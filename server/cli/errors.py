"""Turns what went wrong into one sentence on standard error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, OperationalError

from server.base.logs import configure_logs, places_of
from server.base.problems import Problem, UserError


class Refusal(click.ClickException):
    """A sentence for the person at the terminal; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print it."""
        click.echo(f"doorstep: {self.message}", err=True, file=file)


class Commands(click.Group):
    """A group whose commands are imported when they are called (each room takes its time) and end in a sentence.

    DOORSTEP_TEST_TRACEBACK=yes lets tracebacks through.
    """

    def __init__(self, *arguments: Any, where: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.where = where

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of a new instance's life."""
        return list(self.where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name; None where there is none."""
        place = self.where.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f"server.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        configure_logs("warning")
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("DOORSTEP_TEST_TRACEBACK") == "yes":
                raise
            raise Refusal(sentence_of(error)) from None


def sentence_of(error: Exception) -> str:
    """What to tell about an error; nothing of a row's content."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, Problem):
        wrong = "; ".join(f"{where}: {what}" for where, what in error.fields.get("errors", {}).items())
        return wrong or f"{error}"
    if isinstance(error, OperationalError):
        return "The database does not answer. Is it running, and is DOORSTEP_DATABASE_URL right?"
    if isinstance(error, DatabaseError) and "UndefinedTable" in type(error.orig).__name__:
        return "The database is empty. Run: doorstep init"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: {error.filename or ''}".rstrip(": ")
    places = places_of(error)
    return f"Something went wrong inside ({places['error']} at {places['places'][-1]}). Please report it."
