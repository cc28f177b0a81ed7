"""What the staff API reads and answers."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server.base.paging import PageQuery, page_of
from server.staff.accounts import Grant
from server.staff.roles import ROLES

NAME = ma.validate.And(
    ma.validate.Length(min=1, max=100), ma.validate.Regexp(r".*\S", error="Not only of spaces.")
)
EMAIL = ma.validate.And(
    ma.validate.Length(max=254),
    ma.validate.Regexp(
        r"\Z|[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z", error="Not an e-mail address."
    ),
)
CODE = ma.validate.Regexp(r"^[A-Za-z0-9_-]{1,32}$")
ROLE = ma.validate.OneOf(list(ROLES))


class SignInSchema(ma.Schema):
    """A username and its password, and the second factor's code where the account has one."""

    username = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=64))
    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(min=1, max=256))
    code = ma.fields.String(
        load_default="",
        load_only=True,
        validate=ma.validate.Length(max=32),
        metadata={"description": "What an authenticator app shows now, or a recovery code."},
    )


class PrincipalSchema(ma.Schema):
    """Who is signed in, and what they may do and see."""

    account_id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    permissions = ma.fields.List(ma.fields.String(), required=True)
    areas = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Area paths; '/' is the whole force."}
    )


class SessionSchema(ma.Schema):
    """A sign-in by cookie."""

    csrf_token = ma.fields.String(
        required=True, metadata={"description": "Send it as X-CSRF-Token with changes."}
    )
    expires_at = ma.fields.AwareDateTime(required=True)
    principal = ma.fields.Nested(PrincipalSchema, required=True)


class TokenSchema(ma.Schema):
    """A short-lived bearer token, shown once."""

    token = ma.fields.String(required=True)
    token_type = ma.fields.Constant("Bearer", required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class MeSchema(PrincipalSchema):
    """Who is signed in; the CSRF token where it is by cookie."""

    csrf_token = ma.fields.String(required=True, allow_none=True)


class GrantSchema(ma.Schema):
    """An area, from and until (both days included; null is open)."""

    area_code = ma.fields.String(required=True, validate=CODE)
    starts_on = ma.fields.Date(load_default=None, allow_none=True)
    ends_on = ma.fields.Date(load_default=None, allow_none=True)

    @ma.post_load
    def _made(self, loaded: dict[str, Any], **_options: Any) -> Grant:
        return Grant(**loaded)


class AccountSchema(ma.Schema):
    """An account, without its password."""

    id = ma.fields.Integer(required=True)
    username = ma.fields.String(required=True)
    display_name = ma.fields.String(required=True)
    collar_number = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    active = ma.fields.Boolean(required=True)
    version = ma.fields.Integer(required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    areas = ma.fields.List(ma.fields.Nested(GrantSchema), required=True)


class NewAccountSchema(ma.Schema):
    """An account to make."""

    username = ma.fields.String(required=True, validate=ma.validate.Length(min=3, max=64))
    display_name = ma.fields.String(required=True, validate=NAME)
    collar_number = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    email = ma.fields.String(
        load_default="",
        validate=EMAIL,
        metadata={"description": "Where the inbox of each day is sent; may be empty."},
    )
    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(min=12, max=256))
    roles = ma.fields.List(
        ma.fields.String(validate=ROLE), required=True, validate=ma.validate.Length(min=1, max=len(ROLES))
    )
    areas = ma.fields.List(
        ma.fields.Nested(GrantSchema), load_default=list, validate=ma.validate.Length(max=200)
    )


class AccountChangeSchema(ma.Schema):
    """What to change of an account; what is not sent stays."""

    display_name = ma.fields.String(validate=NAME)
    collar_number = ma.fields.String(validate=ma.validate.Length(max=20))
    email = ma.fields.String(validate=EMAIL)
    active = ma.fields.Boolean()
    roles = ma.fields.List(
        ma.fields.String(validate=ROLE), validate=ma.validate.Length(min=1, max=len(ROLES))
    )
    areas = ma.fields.List(ma.fields.Nested(GrantSchema), validate=ma.validate.Length(max=200))


class NewPasswordSchema(ma.Schema):
    """A new password for somebody else."""

    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(min=12, max=256))


class OwnPasswordSchema(NewPasswordSchema):
    """A new password for oneself, with the one that holds now."""

    old_password = ma.fields.String(
        required=True, load_only=True, validate=ma.validate.Length(min=1, max=256)
    )


class AccountQuery(PageQuery):
    """Which accounts to list."""

    active = ma.fields.Boolean()
    role = ma.fields.String(validate=ROLE)
    area_code = ma.fields.String(validate=CODE)
    text = ma.fields.String(
        validate=ma.validate.Length(max=100), metadata={"description": "Part of the username or name."}
    )


class RoleSchema(ma.Schema):
    """A role and what it may do."""

    role = ma.fields.String(required=True)
    permissions = ma.fields.List(ma.fields.String(), required=True)


class TrailQuery(PageQuery):
    """Which entries of the audit trail to list."""

    actor = ma.fields.String(validate=ma.validate.Length(max=100))
    action = ma.fields.String(validate=ma.validate.Length(max=100))
    target = ma.fields.String(validate=ma.validate.Length(max=200))
    since = ma.fields.AwareDateTime()
    until = ma.fields.AwareDateTime()


class TrailSchema(ma.Schema):
    """One entry of the audit trail."""

    lane = ma.fields.Integer(required=True)
    seq = ma.fields.Integer(required=True)
    at = ma.fields.AwareDateTime(required=True)
    actor = ma.fields.String(required=True)
    action = ma.fields.String(required=True)
    target = ma.fields.String(required=True)
    detail = ma.fields.Dict(required=True)
    hash = ma.fields.String(required=True)


AccountPage = page_of(AccountSchema)
TrailPage = page_of(TrailSchema)
