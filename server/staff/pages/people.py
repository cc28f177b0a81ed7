"""The people who sign in: the list, a person's page, adding, changing, coming back, a new password."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, read_query, render
from server.base.problems import Problem
from server.staff import accounts, passwords, schemas
from server.staff.accounts import AccountView, Grant
from server.staff.grantable import area_names, areas_to_grant
from server.staff.roles import BESIDE, ROLES, WORDS

pages = Pages("people_pages", __name__)
PEOPLE = "/console/people"
MOST_FOUND = 200
CONTROLS = {"required": "Choose at least one role."}


class PeopleQuery(schemas.AccountQuery):
    """Which people to list; a name is searched by POST, so that it stands in no address."""

    class Meta:
        """Without the name."""

        exclude = ("text",)

    state = ma.fields.String(load_default="active", validate=ma.validate.OneOf(("active", "left", "all")))


class NameForm(ma.Schema):
    """Part of a name or username."""

    text = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=2, max=100, error="Type two letters or more."),
        error_messages={"required": "Type part of a name."},
    )


class PersonForm(ma.Schema):
    """What is typed of a person; `version` is the one that the form was filled in from."""

    display_name = ma.fields.String(
        required=True, validate=schemas.NAME, error_messages={"required": "Enter the name."}
    )
    collar_number = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    email = ma.fields.String(load_default="", validate=schemas.EMAIL)
    roles = ma.fields.List(ma.fields.String(validate=schemas.ROLE), load_default=list)
    version = ma.fields.Integer(load_default=0)


class NewPersonForm(PersonForm):
    """A person to add, with a first area."""

    username = ma.fields.String(required=True, error_messages={"required": "Enter a username."})
    area_code = ma.fields.String(load_default="", validate=ma.validate.Length(max=32))
    starts_on = ma.fields.Date(load_default=None, error_messages={"invalid": "Enter a date."})
    ends_on = ma.fields.Date(load_default=None, error_messages={"invalid": "Enter a date."})


class VersionForm(ma.Schema):
    """A button of a person's page: the version that the page was made from."""

    version = ma.fields.Integer(required=True)


@pages.get("/people")
@needs("staff.read")
def people() -> Response:
    """Everybody, by username; filtered by role, area and whether they have left."""
    query = read_query(PeopleQuery())
    state = query.values["state"]
    chosen = query.values | ({} if state == "all" else {"active": state == "active"})
    page = accounts.find_accounts(current_service(), chosen)
    kept = {name: query.typed[name] for name in ("role", "area_code", "state") if query.typed.get(name)}
    return _list(page.rows, page.next, kept | {"state": state}, first="after" not in query.typed)


@pages.post("/people")
@needs("staff.read")
def find() -> Response:
    """People by part of their name."""
    form = read_form(NameForm())
    if not form.ok:
        return _list([], None, {"state": "all"}, form=form, status=422)
    page = accounts.find_accounts(current_service(), {"text": form.values["text"], "limit": MOST_FOUND})
    return _list(page.rows, None, {"state": "all"}, form=form, found=True)


@pages.get("/people/key-contacts")
@needs("staff.read")
def key_contacts() -> Response:
    """Who may see key contacts."""
    service = current_service()
    page = accounts.find_accounts(service, {"role": "key_contacts", "active": True, "limit": MOST_FOUND})
    return render("staff/key_contacts.html", rows=page.rows, words=WORDS, names=_names(page.rows))


@pages.get("/people/add")
@needs("staff.write")
def add() -> Response:
    """The form for a new person."""
    return _new(EMPTY)


@pages.post("/people/add")
@needs("staff.write")
def create() -> Response:
    """Add a person; the first password is made here and shown once."""
    service, form = current_service(), read_form(NewPersonForm())
    password = passwords.make()
    made = None
    if form.ok:
        values = dict(form.values)
        values.pop("version")
        area = values.pop("area_code"), values.pop("starts_on"), values.pop("ends_on")
        made = form.attempt(
            lambda: accounts.create_account(
                service,
                current_principal(),
                password=password,
                areas=[Grant(*area)] if area[0] else [],
                **values,
            )
        )
    if made is None:
        _move(form.errors, "areas", "area_code")
        return _new(form, 422)
    person = service.db.read(lambda session: accounts.read_account(session, made))
    return render("staff/password.html", person=person, password=password, is_new=True)


@pages.get("/people/<int:account_id>")
@needs("staff.read")
def person(account_id: int) -> Response:
    """A person: roles, areas, state, and what may be done."""
    found = _read(account_id)
    return render(
        "staff/person.html", person=found, words=WORDS, names=_names([found]), own=_is_own(account_id)
    )


@pages.get("/people/<int:account_id>/edit")
@needs("staff.write")
def edit(account_id: int) -> Response:
    """The form to change a person."""
    return _edit(_read(account_id), EMPTY)


@pages.post("/people/<int:account_id>/edit")
@needs("staff.write")
def change(account_id: int) -> WerkzeugResponse:
    """Change a person's name, number, e-mail address and roles."""
    form = read_form(PersonForm())
    if form.ok:
        changes = dict(form.values)
        version = changes.pop("version")
        before = _read(account_id)
        if _is_own(account_id) or set(changes["roles"]) == set(before.roles):
            del changes["roles"]  # what did not change signs nobody out
        if _attempt(form, account_id, version, changes) is not None:
            return go(f"{PEOPLE}/{account_id}", f"{changes['display_name']} is changed.")
    return _edit(_read(account_id), form, 422)


@pages.post("/people/<int:account_id>/return")
@needs("staff.write")
def come_back(account_id: int) -> WerkzeugResponse:
    """Open a leaver's account again."""
    form = read_form(VersionForm())
    if not form.ok or _attempt(form, account_id, form.values["version"], {"active": True}) is None:
        return go(f"{PEOPLE}/{account_id}", form.problem or "Nothing was changed: load the page again.")
    return go(
        f"{PEOPLE}/{account_id}",
        "The account is open again. Check its roles and areas, and give a new password.",
    )


@pages.get("/people/<int:account_id>/password")
@needs("staff.write")
def ask_password(account_id: int) -> Response:
    """Ask whether to give a new password: every sign-in of the person's ends."""
    return render("staff/new_password.html", person=_read(account_id), own=_is_own(account_id))


@pages.post("/people/<int:account_id>/password")
@needs("staff.write")
def new_password(account_id: int) -> Response:
    """Give somebody else a new password, shown once."""
    if _is_own(account_id):
        raise Problem("forbidden", "Your own password is changed on your account’s page.")
    found, password = _read(account_id), passwords.make()
    accounts.set_password(current_service(), current_principal(), account_id, new=password)
    return render("staff/password.html", person=found, password=password, is_new=False)


def _attempt(form: Form, account_id: int, version: int, changes: dict[str, Any]) -> AccountView | None:
    service, principal = current_service(), current_principal()
    return form.attempt(
        lambda: accounts.change_account(service, principal, account_id, version=version, changes=changes)
    )


def _read(account_id: int) -> AccountView:
    return current_service().db.read(lambda session: accounts.read_account(session, account_id))


def _is_own(account_id: int) -> bool:
    return current_principal().account_id == account_id


def _names(rows: list[AccountView]) -> dict[str, str]:
    return area_names(current_service(), {grant.area_code for row in rows for grant in row.areas})


def _list(
    rows: list[AccountView],
    after: str | None,
    query: dict[str, Any],
    *,
    first: bool = True,
    form: Form = EMPTY,
    found: bool = False,
    status: int = 200,
) -> Response:
    return render(
        "staff/people.html",
        status,
        rows=rows,
        next=after,
        query=query,
        first=first,
        form=form,
        found=found,
        words=WORDS,
        names=_names(rows),
        areas=areas_to_grant(current_service()),
    )


def _new(form: Form, status: int = 200) -> Response:
    return render(
        "staff/add_person.html",
        status,
        form=form,
        main_roles=_role_choices(is_beside=False),
        beside_roles=_role_choices(is_beside=True),
        areas=areas_to_grant(current_service()),
    )


def _edit(found: AccountView, form: Form, status: int = 200) -> Response:
    version = found.version
    changed = bool(form.typed) and str(version) != str(form.typed.get("version"))
    return render(
        "staff/edit_person.html",
        status,
        person=found,
        form=form,
        changed=changed,
        own=_is_own(found.id),
        words=WORDS,
        main_roles=_role_choices(is_beside=False),
        beside_roles=_role_choices(is_beside=True),
    )


def _role_choices(*, is_beside: bool) -> list[tuple[str, str, str]]:
    return [(role, *WORDS[role]) for role in ROLES if (role in BESIDE) == is_beside]


def _move(errors: dict[str, str], name: str, to: str) -> None:
    """An error stands next to the field that the form has for it."""
    if name in errors:
        errors[to] = errors.pop(name)
