"""The staff API: sign in and out, one's own account, everybody's accounts, the audit trail."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, request

from server.base.access import Principal
from server.base.http import (
    IF_MATCH,
    Blueprint,
    current_principal,
    current_service,
    etag_of,
    needs,
    public,
    require_match,
)
from server.base.paging import PageResult
from server.staff import accounts, cookies, gate, schemas, sign_in, trail
from server.staff.accounts import AccountView
from server.staff.roles import ROLES

blueprint = Blueprint(
    "staff", __name__, url_prefix="/api", description="Accounts, roles, signing in, the audit trail"
)


@blueprint.post("/sign-in")
@public
@blueprint.arguments(schemas.SignInSchema)
@blueprint.response(200, schemas.SessionSchema)
def post_sign_in(body: dict[str, Any]) -> Any:
    """Sign in; sets the session cookie"""
    service = current_service()
    gate.require_same_origin(service, request)
    done = sign_in.sign_in(
        service,
        username=body["username"],
        password=body["password"],
        address=request.remote_addr or "",
        kind="session",
        code=body["code"],
        known=cookies.known(request),
    )
    g.signed_in = done
    return {"csrf_token": done.csrf_token, "expires_at": done.expires_at, "principal": shown(done.principal)}


@blueprint.after_request
def _set_cookies(response: Response) -> Response:
    """Cookies of a sign-in that just succeeded; flask-smorest's own answer has no place for them."""
    done = g.pop("signed_in", None)
    return response if done is None else cookies.set_sign_in(current_service(), response, done)


@blueprint.post("/sign-out")
@needs("")
@blueprint.response(204)
def post_sign_out() -> Response:
    """Sign out; ends this session or bearer token"""
    service = current_service()
    token = gate.bearer_of(request.headers) or request.cookies.get(gate.cookie_name(service), "")
    sign_in.sign_out(service, current_principal(), token)
    response = make_response("", 204)
    # Without Secure a browser refuses whatever is said of a __Host- cookie, its deletion too.
    response.delete_cookie(gate.cookie_name(service), path="/", **cookies.attributes(service))
    return response


@blueprint.post("/tokens")
@public
@blueprint.arguments(schemas.SignInSchema)
@blueprint.response(201, schemas.TokenSchema)
def post_token(body: dict[str, Any]) -> Any:
    """Get a short-lived bearer token"""
    done = sign_in.sign_in(
        current_service(),
        username=body["username"],
        password=body["password"],
        address=request.remote_addr or "",
        kind="token",
        code=body["code"],
    )
    return {"token": done.token, "token_type": "Bearer", "expires_at": done.expires_at}


@blueprint.get("/me")
@needs("")
@blueprint.response(200, schemas.MeSchema)
def get_me() -> Any:
    """Who is signed in"""
    service = current_service()
    cookie = request.cookies.get(gate.cookie_name(service))
    by_cookie = cookie is not None and gate.bearer_of(request.headers) is None
    csrf = sign_in.csrf_token_of(service, cookie) if by_cookie and cookie else None
    return shown(current_principal()) | {"csrf_token": csrf}


@blueprint.put("/me/password")
@needs("")
@blueprint.arguments(schemas.OwnPasswordSchema)
@blueprint.response(204)
def put_own_password(body: dict[str, Any]) -> None:
    """Change one's own password; ends every sign-in of the account"""
    accounts.change_own_password(
        current_service(),
        current_principal(),
        new=body["password"],
        old=body["old_password"],
        address=request.remote_addr or "",
    )


@blueprint.get("/roles")
@needs("staff.find")
@blueprint.response(200, schemas.RoleSchema(many=True))
def get_roles() -> Any:
    """Roles and what each may do"""
    return [{"role": role, "permissions": sorted(permissions)} for role, permissions in ROLES.items()]


@blueprint.get("/accounts")
@needs("staff.find")
@blueprint.arguments(schemas.AccountQuery, location="query")
@blueprint.response(200, schemas.AccountPage)
def get_accounts(query: dict[str, Any]) -> PageResult:
    """List accounts by username"""
    return accounts.find_accounts(current_service(), query)


@blueprint.post("/accounts")
@needs("staff.write")
@blueprint.arguments(schemas.NewAccountSchema)
@blueprint.response(201, schemas.AccountSchema)
def post_account(body: dict[str, Any]) -> Any:
    """Make an account"""
    service = current_service()
    account_id = accounts.create_account(service, current_principal(), **body)
    made = service.db.read(lambda session: accounts.read_account(session, account_id))
    return made, 201, _tagged(made) | {"Location": f"/api/accounts/{account_id}"}


@blueprint.get("/accounts/<int:account_id>")
@needs("staff.read")
@blueprint.response(200, schemas.AccountSchema)
def get_account(account_id: int) -> Any:
    """Read an account, with its ETag"""
    found = current_service().db.read(lambda session: accounts.read_account(session, account_id))
    return found, 200, _tagged(found)


@blueprint.patch("/accounts/<int:account_id>")
@needs("staff.write")
@blueprint.doc(**IF_MATCH)
@blueprint.arguments(schemas.AccountChangeSchema)
@blueprint.response(200, schemas.AccountSchema)
def patch_account(body: dict[str, Any], account_id: int) -> Any:
    """Change an account: name, roles, areas, or whether it is active"""
    service = current_service()
    found = service.db.read(lambda session: accounts.read_account(session, account_id))
    require_match(found.version)
    changed = accounts.change_account(
        service, current_principal(), account_id, version=found.version, changes=body
    )
    return changed, 200, _tagged(changed)


@blueprint.put("/accounts/<int:account_id>/password")
@needs("staff.write")
@blueprint.arguments(schemas.NewPasswordSchema)
@blueprint.response(204)
def put_password(body: dict[str, Any], account_id: int) -> None:
    """Give somebody a new password; ends every sign-in of the account"""
    accounts.set_password(current_service(), current_principal(), account_id, new=body["password"])


@blueprint.get("/audit")
@needs("audit.read")
@blueprint.arguments(schemas.TrailQuery, location="query")
@blueprint.response(200, schemas.TrailPage)
def get_trail(query: dict[str, Any]) -> PageResult:
    """The audit trail, the newest first"""
    return trail.find_entries(current_service(), query)


def shown(principal: Principal) -> dict[str, Any]:
    """A principal as it is told to itself."""
    return {
        "account_id": principal.account_id,
        "name": principal.name,
        "roles": sorted(principal.roles),
        "permissions": sorted(principal.permissions),
        "areas": list(principal.areas),
    }


def _tagged(account: AccountView) -> dict[str, str]:
    return {"ETag": etag_of(account.version)}
