"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce, by Authlib.

Discovery and keys of the issuer are kept for an hour, and keys are asked for anew for one that is not among them.
State, nonce and verifier belong together: the last two are derived from the first, a ticket that is taken back once,
which the browser that began holds in a cookie.
"""

from __future__ import annotations

import base64
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from authlib.oauth2 import OAuth2Client, OAuth2Error
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.orm import Session

from server.base.problems import Problem
from server.base.service import Service
from server.staff import tickets

log = structlog.get_logger()

KEEP_SECONDS = 3600
TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]
CALLBACK = "/console/sign-in/sso/return"
USUAL, ANEW = "sso", "sso.anew"  # kinds of tickets: to come through, or to prove it there once more
ANEW_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Known:
    """Who the issuer says somebody is. `groups` are its names or ids of their groups.

    `anew`: they proved it there just now, and did not only come through with a sign-in of this morning.
    """

    issuer: str
    subject: str
    username: str
    name: str
    groups: tuple[str, ...]
    anew: bool = False


class Client(OAuth2Client):  # type: ignore[misc]
    """Authlib's client on httpx as it is."""

    def _fetch_token(self, url: str, body: str, auth: Any, method: str, headers: Any, **_options: Any) -> Any:
        url, headers, body = auth.prepare(method, url, dict(headers), body)
        return self.parse_response_token(self.session.post(url, content=body, headers=headers))


class Issuer:
    """What an issuer publishes of itself, kept for an hour."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def discovery(self) -> dict[str, Any]:
        """Its discovery document; Problem("sso_failed") where it is another issuer's."""
        found = self._read(f"{self.address}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self.address:
            raise _failed("another issuer answers at this address")
        return found

    def keys(self, *, anew: bool = False) -> KeySet:
        """Its signing keys."""
        return KeySet.import_key_set(self._read(str(self.discovery()["jwks_uri"]), anew=anew))  # type: ignore[arg-type]

    def _read(self, url: str, *, anew: bool = False) -> dict[str, Any]:
        with self._lock:
            kept = self._kept.get(url)
            if kept is not None and not anew and time.monotonic() - kept[0] < KEEP_SECONDS:
                return kept[1]
            answer = httpx.get(url, timeout=TIMEOUT_SECONDS)
            found: dict[str, Any] = answer.raise_for_status().json()
            self._kept[url] = (time.monotonic(), found)
            return found


_ISSUERS: dict[str, Issuer] = {}


def is_offered(service: Service) -> bool:
    """True where the settings name an issuer."""
    return bool(service.settings.oidc_issuer)


def start(service: Service, *, anew: bool = False) -> tuple[str, str]:
    """(the issuer's address to go to, the state for the browser's cookie). Problem("sso_failed") while it is away.

    `anew`: ask the issuer to let the person prove once more who they are.
    """
    state = tickets.issue(service, ANEW if anew else USUAL)
    more = {"prompt": "login", "max_age": "0"} if anew else {}
    with Telling():
        url, _ = _client(service).create_authorization_url(
            _issuer(service).discovery()["authorization_endpoint"],
            state=state,
            code_verifier=_derived(service, "verifier", state),
            nonce=_derived(service, "nonce", state),
            **more,
        )
    return str(url), state


def complete(service: Service, *, returned: str, state: str, held: str) -> Known:
    """Who came back from the issuer: `returned` is the address with its query, `held` the state in the browser's own
    cookie.

    Problem("sso_failed") for another browser's or an old state, a code that is not taken, or an ID token that does not
    hold (signature, issuer, audience, nonce, time, and where it was asked to be so, proved anew).
    """

    def take(session: Session) -> str | None:
        if not held or state != held:
            return None
        return next((kind for kind in (USUAL, ANEW) if tickets.take(session, service, kind, state)), None)

    kind = service.db.transact(take)
    if kind is None:
        raise _failed("the state is not one of this browser's")
    issuer = _issuer(service)
    with Telling(), httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        token = _client(service, http).fetch_token(
            issuer.discovery()["token_endpoint"],
            authorization_response=returned,
            state=state,
            code_verifier=_derived(service, "verifier", state),
        )
        claims = _checked(service, str(token.get("id_token", "")), _derived(service, "nonce", state))
        groups = claims.get(service.settings.oidc_groups_claim)
        if groups is None:
            claims = _with_more(issuer, http, str(token.get("access_token", "")), claims)
            groups = claims.get(service.settings.oidc_groups_claim)
    proved_at = claims.get("auth_time")  # whoever holds the browser can strike the wish out of the address
    if kind == ANEW and proved_at is not None and not _is_anew(service, proved_at):
        raise _failed("they did not sign in anew")
    if groups is None and service.settings.oidc_groups_claim in claims.get("_claim_names", {}):
        raise Problem(
            "sso_failed",
            "You are in more groups than single sign-on can list. Ask for only the groups assigned to Doorstep to be "
            "sent along.",
        )
    return Known(
        issuer=issuer.address,
        subject=str(claims["sub"]),
        username=str(claims.get("preferred_username") or claims.get("upn") or ""),
        name=str(claims.get("name") or claims.get("preferred_username") or "")[:100],
        groups=tuple(str(group) for group in groups) if isinstance(groups, list) else (),
        anew=kind == ANEW,
    )


def sign_out_address(service: Service, back: str) -> str:
    """Where the issuer ends its own session, and then leads to `back`; "" where it offers that not, or is away."""
    try:
        end = _issuer(service).discovery().get("end_session_endpoint") if is_offered(service) else ""
    except (Problem, httpx.HTTPError, ValueError, KeyError):
        return ""
    query = urlencode({"client_id": service.settings.oidc_client_id, "post_logout_redirect_uri": back})
    return f"{end}{'&' if '?' in str(end) else '?'}{query}" if end else ""


class Telling:
    """Makes one kind of Problem of whatever goes wrong with the issuer, and logs which it was."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, OAuth2Error):
            raise _failed(f"the issuer refuses: {error.error}") from None
        if isinstance(error, JoseError | httpx.HTTPError | ValueError | KeyError | TypeError):
            raise _failed(type(error).__name__) from None


def _checked(service: Service, id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that holds (OpenID Connect Core 3.1.3.7)."""
    issuer, client_id = _issuer(service), service.settings.oidc_client_id
    try:
        decoded = jwt.decode(id_token, issuer.keys(), algorithms=ALGORITHMS)
    except (JoseError, ValueError):  # of a key that came in since, perhaps
        decoded = jwt.decode(id_token, issuer.keys(anew=True), algorithms=ALGORITHMS)
    registry = jwt.JWTClaimsRegistry(
        now=int(service.clock.now().timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer.discovery()["issuer"]},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    registry.validate(decoded.claims)
    claims: dict[str, Any] = decoded.claims
    if claims.get("azp", client_id) != client_id:
        raise ValueError("made for another client")
    return claims


def _is_anew(service: Service, proved_at: object) -> bool:
    oldest = (service.clock.now() - ANEW_WITHIN).timestamp()
    return isinstance(proved_at, int | float) and proved_at > oldest


def _with_more(issuer: Issuer, http: httpx.Client, token: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with what the userinfo endpoint adds, where there is one and it speaks of the same person."""
    url = issuer.discovery().get("userinfo_endpoint")
    if not url or not token:
        return claims
    more: dict[str, Any] = (
        http.get(str(url), headers={"Authorization": f"Bearer {token}"}).raise_for_status().json()
    )
    return more | claims if more.get("sub") == claims["sub"] else claims


def _client(service: Service, http: httpx.Client | None = None) -> Client:
    settings = service.settings
    return Client(
        http,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or None,
        scope="openid profile",
        redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
        code_challenge_method="S256",
    )


def _issuer(service: Service) -> Issuer:
    if not is_offered(service):
        raise Problem("not_found", "Single sign-on is not set up here.")
    return _ISSUERS.setdefault(service.settings.oidc_issuer, Issuer(service.settings.oidc_issuer))


def _derived(service: Service, what: str, state: str) -> str:
    """43 characters of base64url that only this service can tell from the state."""
    return base64.urlsafe_b64encode(service.keys.derive("sso", what, state)).decode().rstrip("=")


def _failed(why: str) -> Problem:
    log.warning("sso_failed", why=why)
    return Problem("sso_failed", "Try again. If it goes on, tell whoever runs Doorstep.")
