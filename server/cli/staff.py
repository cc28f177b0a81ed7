"""Commands on accounts."""

from __future__ import annotations

import sys

import click

from server.base.access import SYSTEM
from server.base.service import Service
from server.cli.opening import opened
from server.staff import accounts, factors, passwords
from server.staff.accounts import Grant
from server.staff.roles import ROLES


@click.group("staff")
def staff_group() -> None:
    """Accounts of staff."""


def password_from(given: bool) -> tuple[str, bool]:
    """A password, and whether it was made up here: from standard input where asked for, else eight random words."""
    if given:
        return sys.stdin.readline().rstrip("\n"), False
    return passwords.make(), True


@staff_group.command("add")
@click.argument("username")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(list(ROLES)), help="May be repeated."
)
@click.option("--area", "areas", multiple=True, help="GSS code of an area to grant; may be repeated.")
@click.option("--name", help="Name to show; the username otherwise.")
@click.option("--collar-number", default="", help="Collar number.")
@click.option("--email", default="", help="Where the inbox of each day is sent.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; else one is made."
)
def add(
    username: str,
    roles: tuple[str, ...],
    areas: tuple[str, ...],
    name: str | None,
    collar_number: str,
    email: str,
    password_stdin: bool,
) -> None:
    """Make an account."""
    service = opened()
    password, made_up = password_from(password_stdin)
    account_id = accounts.create_account(
        service,
        SYSTEM,
        username=username,
        display_name=name or username,
        password=password,
        roles=roles,
        areas=[Grant(code) for code in areas],
        collar_number=collar_number,
        email=email,
    )
    click.echo(f"Account {account_id}: {username}, {', '.join(roles)}.")
    if made_up:
        click.echo(f"Password (shown once): {password}")


@staff_group.command("list")
@click.option("--all", "everybody", is_flag=True, help="Leavers too.")
def list_accounts(everybody: bool) -> None:
    """List accounts with roles and areas."""
    service = opened()
    after: str | None = ""
    while after is not None:
        query = {"limit": 200, "after": after} | ({} if everybody else {"active": True})
        page = accounts.find_accounts(service, query)
        for view in page.rows:
            areas = ",".join(grant.area_code for grant in view.areas) or "-"
            left = "" if view.active else " (left)"
            click.echo(f"{view.id:>5} {view.username:<24} {','.join(view.roles):<24} {areas}{left}")
        after = page.next


@staff_group.command("password")
@click.argument("username")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; else one is made."
)
def password(username: str, password_stdin: bool) -> None:
    """Give an account a new password and end its sign-ins."""
    service = opened()
    new, made_up = password_from(password_stdin)
    accounts.set_password(service, SYSTEM, _id(service, username), new=new)
    click.echo(f"Password (shown once): {new}" if made_up else "The password is changed.")


@staff_group.command("grant")
@click.argument("username")
@click.argument("area_codes", nargs=-1, required=True)
def grant(username: str, area_codes: tuple[str, ...]) -> None:
    """Grant areas to an account, beside those it has."""
    service = opened()
    account = service.db.read(
        lambda session: accounts.read_account(session, accounts.account_id_of(session, username))
    )
    kept = [one for one in account.areas if one.area_code not in area_codes]
    areas = kept + [Grant(code) for code in dict.fromkeys(area_codes)]
    accounts.change_account(service, SYSTEM, account.id, version=account.version, changes={"areas": areas})
    click.echo(f"{username}: {', '.join(one.area_code for one in areas)}.")


@staff_group.command("reset-factors")
@click.argument("username")
def reset_factors(username: str) -> None:
    """Take away the second factors of somebody who has lost them, and end their sign-ins."""
    service = opened()
    factors.reset(service, SYSTEM, _id(service, username))
    click.echo(f"{username} signs in with the password alone, until another second factor is set up.")


@staff_group.command("deactivate")
@click.argument("username")
def deactivate(username: str) -> None:
    """Close a leaver's account and end its sign-ins."""
    service = opened()
    account = service.db.read(
        lambda session: accounts.read_account(session, accounts.account_id_of(session, username))
    )
    accounts.change_account(service, SYSTEM, account.id, version=account.version, changes={"active": False})
    click.echo(f"{username} can no longer sign in.")


def _id(service: Service, username: str) -> int:
    return service.db.read(lambda session: accounts.account_id_of(session, username))
