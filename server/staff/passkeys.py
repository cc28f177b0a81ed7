"""Passkeys (WebAuthn): registering several, and signing in by one alone, which proves possession and who holds it.

The authenticator must verify its user (a fingerprint, a PIN), so a passkey counts as both factors. Challenges are
tickets of ours, taken back once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.base import audit
from server.base.access import PUBLIC, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.staff import factors, sign_in, throttle, tickets
from server.staff.sign_in import Browser, SignedIn
from server.staff.tables import Account, Passkey

MOST = 10


@dataclass(frozen=True)
class OwnPasskey:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def list_passkeys(service: Service, account_id: int) -> list[OwnPasskey]:
    """An account's passkeys in order of making."""
    statement = (
        select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at, Passkey.id)
    )
    found = service.db.read(lambda session: list(session.scalars(statement)))
    return [OwnPasskey(one.id, one.name, one.created_at, one.used_at) for one in found]


def new_options(service: Service, account_id: int) -> str:
    """What the browser needs to make a passkey (JSON of PublicKeyCredentialCreationOptions), with a new challenge."""
    challenge = tickets.issue(service, "passkey.new", account_id)
    names = service.db.read(
        lambda session: session.execute(
            select(Account.username, Account.display_name).where(Account.id == account_id)
        ).one()
    )
    options = webauthn.generate_registration_options(
        rp_id=rp_id_of(service),
        rp_name=f"Doorstep {service.settings.force_name}",
        user_id=_handle(service, account_id),
        user_name=names.username,
        user_display_name=names.display_name,
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id))
            for one in list_passkeys(service, account_id)
        ],
    )
    return options_to_json(options)


def add_passkey(service: Service, principal: Principal, *, credential: str, name: str) -> list[str]:
    """Keep the passkey that the browser made (JSON). Ten recovery codes to show once, where there were none."""
    account_id = principal.account_id or 0
    challenge = _challenge_in(credential)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp_id_of(service),
            expected_origin=origin_of(service),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise _refused() from None

    def work(session: Session) -> list[str]:
        if not tickets.take(session, service, "passkey.new", challenge, account_id):
            raise _refused()
        session.execute(select(Account.id).where(Account.id == account_id).with_for_update()).one()
        counted = select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
        if (session.scalar(counted) or 0) >= MOST:
            raise Problem("conflict", f"There are {MOST} passkeys already: remove one that is not used.")
        row = {"id": bytes_to_base64url(made.credential_id), "account_id": account_id, "name": name}
        row |= {"public_key": made.credential_public_key, "sign_count": made.sign_count}
        if session.scalar(select(Passkey.id).where(Passkey.id == row["id"])) is not None:
            raise Problem("already_there", "This passkey is registered already.")
        session.execute(insert(Passkey).values(row | {"created_at": service.clock.now()}))
        codes = (
            []
            if factors.standing(session, account_id).recovery_left
            else (factors.new_recovery(session, service, account_id))
        )
        audit.record(session, service, principal, "factor.passkey_added", principal.actor)
        return codes

    return service.db.transact(work)


def remove_passkey(service: Service, principal: Principal, passkey_id: str) -> None:
    """Take away one of one's own passkeys; one that is gone already stays so."""
    account_id = principal.account_id or 0

    def work(session: Session) -> None:
        gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        if session.connection().execute(gone).rowcount:
            factors.forget_recovery_without_factor(session, account_id)
            audit.record(session, service, principal, "factor.passkey_removed", principal.actor)

    service.db.transact(work)


def rename_passkey(service: Service, principal: Principal, passkey_id: str, name: str) -> None:
    """Give one of one's own passkeys another name. Problem("not_found") where there is none such."""

    def work(session: Session) -> None:
        named = update(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == principal.account_id)
        if not session.connection().execute(named.values(name=name)).rowcount:
            raise Problem("not_found", "This passkey is no longer there.")
        audit.record(session, service, principal, "factor.passkey_named", principal.actor)

    service.db.transact(work)


def sign_in_options(service: Service) -> str:
    """What the browser needs to sign in by any passkey of this service (JSON), with a new challenge."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id_of(service),
        challenge=base64url_to_bytes(tickets.issue(service, "passkey.use")),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def sign_in_by_passkey(service: Service, credential: str, browser: Browser) -> SignedIn:
    """A session for whoever holds the passkey behind the browser's answer (JSON).

    Problem("passkey_failed") otherwise, Problem("too_many_requests") after many that failed from this address.
    """
    challenge = _challenge_in(credential)
    counted = throttle.counted_for_passkeys(service, browser.address)
    service.db.transact(lambda session: throttle.book_try(session, service, counted))

    def work(session: Session) -> int | None:
        if not tickets.take(session, service, "passkey.use", challenge):
            return None
        found = _passkey(session, credential)
        if found is None or not _is_its_owner(service, credential, found.account_id):
            return None
        try:
            proved = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=rp_id_of(service),
                expected_origin=origin_of(service),
                credential_public_key=found.public_key,
                credential_current_sign_count=found.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        used = update(Passkey).where(Passkey.id == found.id)
        session.execute(used.values(sign_count=proved.new_sign_count, used_at=service.clock.now()))
        throttle.note_success(session, counted)
        return found.account_id

    account_id = service.db.transact(work)
    if account_id is None:
        service.db.transact(
            lambda session: audit.record(session, service, PUBLIC, "sign_in.passkey_failed", "account:none")
        )
        raise Problem(
            "passkey_failed", "This passkey did not open an account. Try again, or use your password."
        )
    try:
        return sign_in.issue(service, account_id, browser, kind="session", by="passkey")
    except Problem:
        raise Problem("passkey_failed", "This passkey's account is closed.") from None


def rp_id_of(service: Service) -> str:
    """The domain that passkeys are bound to: the host that browsers reach the service by."""
    return urlsplit(service.settings.public_url).hostname or ""


def origin_of(service: Service) -> str:
    """The origin that a browser's answer must name."""
    parts = urlsplit(service.settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _handle(service: Service, account_id: int) -> bytes:
    """What an authenticator keeps of whose the passkey is: keyed, so that it tells nothing."""
    return service.keys.derive("passkey owner", str(account_id))


def _challenge_in(credential: str) -> str:
    """The challenge that a browser's answer is to, as base64url; Problem where there is none to be read."""
    try:
        said = json.loads(base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"]))
        challenge = said["challenge"]
        if not isinstance(challenge, str) or len(challenge) > 100:
            raise _refused()
        return bytes_to_base64url(base64url_to_bytes(challenge))
    except (ValueError, KeyError, TypeError):
        raise _refused() from None


def _passkey(session: Session, credential: str) -> Passkey | None:
    said: Any = json.loads(credential).get("id")
    if not isinstance(said, str):
        return None
    return session.scalar(select(Passkey).where(Passkey.id == said).with_for_update())


def _is_its_owner(service: Service, credential: str, account_id: int) -> bool:
    """False where the authenticator names another owner than the account that holds the passkey."""
    try:
        handle = json.loads(credential)["response"].get("userHandle")
        return handle is None or base64url_to_bytes(handle) == _handle(service, account_id)
    except (ValueError, KeyError, TypeError):
        return False


def _refused() -> Problem:
    return Problem("passkey_failed", "This answer is not one that was asked for just now. Try again.")
