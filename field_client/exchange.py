"""Syncing: events up, receipts and sealed changes down, as often as it takes. Needs no unlock.

A request number is kept before the request leaves, so that no number is used twice whatever is killed. A reply
counts only when the service's pinned key signed it and bound it to this very request; everything it says is then
kept in one transaction. Any other answer (a Wi-Fi's page, a cut reply, an error, a forgery) changes nothing.
"""

from __future__ import annotations

import sqlite3

import msgspec

from field_client import lists, outbox
from field_client.clock import Clock, see, service_time
from field_client.lists import OpenLists
from field_client.problems import NotEnrolled, NotReached, NotTrusted
from field_client.store import Store
from field_client.transport import Answer, Transport
from sync import codec, keys, receipts, signing
from sync.errors import BadSignature, SyncError
from sync.events import Envelope
from sync.exchange import ExchangeReply, ExchangeRequest

PATH = "/api/exchange"
MOST_EVENTS = 60
_MOST_REPLAYS = 5
_CODES = {
    "unauthenticated": "The service does not know this device. Ask a coordinator.",
    "bad_signature": "The service does not know this device, or not by this key. Ask a coordinator.",
    "wrong_version": "The service does not speak this version of the protocol any more: update doorstep-field.",
    "too_many_requests": "The service asks for a pause: try again in a few minutes.",
    "not_ready": "The service is not ready yet: try again in a minute.",
    "expired": "This code has run out. Ask your coordinator for a new one.",
    "unknown_code": "The service does not know this code. Read it again, or ask your coordinator for a new one.",
    "conflict": "This code was used already. Ask your coordinator for a new one.",
}


class Synced(msgspec.Struct):
    """What one sync did. `held` are (event id, words) of events that a supervisor will look at."""

    rounds: int = 0
    sent: int = 0
    receipted: int = 0
    packages: int = 0
    held: list[tuple[str, str]] = []
    removed: list[tuple[int, str]] = []
    sent_again: int = 0
    revoked: str = ""
    left: int = 0


class _Refusal(NotReached):
    """The service, or something in between, answered with an error."""

    def __init__(self, status: int, code: str, what: str) -> None:
        super().__init__(what)
        self.status, self.code = status, code


class Syncing:
    """Exchanges for one store. `most` is the number of events in one request."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        clock: Clock,
        opened: OpenLists,
        *,
        app: str,
        most: int = MOST_EVENTS,
    ) -> None:
        self._store, self._transport, self._clock, self._opened = store, transport, clock, opened
        self._app, self._most = app, most

    def run(self) -> Synced:
        """Exchange until nothing is left on either side. Raises NotReached or NotTrusted; what was done stays done."""
        if self._store.state in ("", "enrolling"):
            raise NotEnrolled
        done = Synced()
        self._chain_due()
        most, asked_anew = self._most, False
        while True:
            events = outbox.batch(self._store, most=most)
            try:
                went_on = self._round(events, done)
            except _Refusal as refusal:
                if refusal.status != 413 or len(events) <= 1:
                    raise
                most = max(1, len(events) // 2)
                continue
            done.left = outbox.counts(self._store).waiting
            if went_on:
                continue
            if asked_anew or not self._asks_anew():
                return done
            asked_anew = True

    def _chain_due(self) -> None:
        if outbox.has_pending(self._store):
            with self._store.writing("chain") as db:
                outbox.chain(self._store, db, now_ms=self._clock.now_ms())

    def _asks_anew(self) -> bool:
        """Whether a list that just came does not open, and is to be asked for whole."""
        if not self._store.unlocked or self._store.state != "active":
            return False
        self._opened.all()
        return any(held.ask_full for held in lists.held(self._store))

    def _round(self, events: list[Envelope], done: Synced) -> bool:
        """One exchange; whether there is more to do that this one brought nearer."""
        request, reply = self._ask(events)
        had_lists = self._store.row("SELECT 1 FROM slot UNION ALL SELECT 1 FROM list") is not None
        kept, receipted, again = self._take(request, reply)
        done.rounds += 1
        done.sent += len(events)
        done.packages += kept
        done.receipted += receipted
        done.sent_again += again
        done.held += [
            (r.id, receipts.words(r.reason)) for r in reply.receipts if outbox.standing(r) == "held"
        ]
        done.removed += [(one.worklist, one.reason) for one in reply.recalled]
        if reply.revoked:
            done.revoked = reply.revoked
            self._store.wiped()
            self._opened.forget()
            if had_lists:
                return True  # once more: the service learns from a request without lists that it was done
        progress = bool(kept or receipted or again)
        return progress and bool(reply.more or outbox.batch(self._store, most=1))

    def _ask(self, events: list[Envelope]) -> tuple[ExchangeRequest, ExchangeReply]:
        """Send one request; again with a higher number when the service has seen this one's."""
        for _ in range(_MOST_REPLAYS):
            try:
                return self._send(events)
            except _Refusal as refusal:
                if refusal.code != "replayed":
                    raise
        return self._send(events)

    def _send(self, events: list[Envelope]) -> tuple[ExchangeRequest, ExchangeReply]:
        store = self._store
        epoch = str(store.get("epoch"))
        request = ExchangeRequest(
            number=next_number(store, self._clock),
            now=self._clock.now_ms(),
            epoch=epoch,
            events=events,
            have=lists.have(store, self._opened, epoch=epoch) if store.state == "active" else [],
            # Another process may have had these very events receipted since they were read.
            waiting=max(0, outbox.counts(store).unsent - len(events)),
            kid=str(store.get("seal_kid")),
            app=self._app,
        )
        body = codec.encode(request)
        answer, signature = signed_send(store, self._transport, request.number, PATH, body)
        check_answer(answer, store.get("service_key"), signature)
        try:
            return request, codec.decode_exchange_reply(answer.body)
        except SyncError:
            raise NotTrusted(
                "The service's answer cannot be read: update doorstep-field. Nothing changed."
            ) from None

    def _take(self, request: ExchangeRequest, reply: ExchangeReply) -> tuple[int, int, int]:
        """Keep all that a verified reply says, in one transaction: packages kept, receipts, envelopes to send again."""
        store = self._store
        with store.writing("reply") as db:
            now, again = reply.now, 0
            outbox.forget_old(db, now_ms=now)
            if store.get("epoch") != reply.epoch:
                again = outbox.send_again(db)
                store.put(db, epoch=reply.epoch)
            receipted = outbox.take_receipts(
                db, reply.receipts, sent=request.events, at_ms=now, number=request.number
            )
            for one in reply.recalled:
                lists.drop(db, one.worklist)
            kept = 0
            if store.state == "active" and not reply.revoked:
                kept = self._take_lists(db, request, reply)
            if reply.seal_key is not None:
                store.put(db, seal_kid=reply.seal_key.kid, seal_public=reply.seal_key.public)
            if reply.revoked:
                store.wipe_rows(db, reply.revoked)
            store.put_seen(db, see(reply.now, self._clock))
            store.put(db, synced_service=reply.now)
        return kept, receipted, again

    def _take_lists(self, db: sqlite3.Connection, request: ExchangeRequest, reply: ExchangeReply) -> int:
        """Keep the packages that fit; how many. A list that the service had nothing to add to is current."""
        kept = 0
        for package in reply.changes:
            kept += lists.keep(
                db,
                package,
                device=self._store.device,
                epoch=reply.epoch,
                now_ms=reply.now,
                number=request.number,
            )
        if kept == len(reply.changes) and not reply.more and request.epoch == reply.epoch:
            for one in request.have:
                lists.note_current(db, one.worklist, request.number, version=one.version)
        return kept


def next_number(store: Store, clock: Clock) -> int:
    """A request number that was never used: the next one, or the wall clock where that is higher.

    By the clock, a store that was put back from a copy does not have to count up to the number that it had reached.
    """
    with store.writing("number") as db:
        number = max(store.number("number") + 1, clock.now_ms())
        store.put(db, number=number)
    return number


def signed_send(
    store: Store, transport: Transport, number: int, path: str, body: bytes
) -> tuple[Answer, str]:
    """POST a body under the device's signature: the answer, and the signature that it must be bound to."""
    private = keys.load_private(store.get("sign_private"))
    headers = signing.sign_request(
        private, key_id=store.device, number=number, method="POST", path=path, body=body
    )
    return transport.send("POST", path, headers, body), headers["Signature"]


def check_answer(answer: Answer, service_key: bytes, request_signature: str) -> None:
    """Return for a 200 that the service signed in answer to this request. Raises NotTrusted or a NotReached."""
    if answer.status != 200:
        raise _refusal(answer)
    try:
        signing.verify_reply(
            keys.load_public(service_key),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            request_signature=request_signature,
        )
    except BadSignature:
        if answer.looks_like_a_page:
            raise _page() from None
        raise NotTrusted(
            "The answer is not signed by this device's service for this request. Nothing changed; try another "
            "connection, and tell your coordinator if it goes on."
        ) from None


def _page() -> NotReached:
    return NotReached(
        "A web page answered instead of the service: most likely this Wi-Fi wants you to sign in first. "
        "Nothing changed; what waits still waits."
    )


def _refusal(answer: Answer) -> NotReached:
    """What an error means. Only its code is believed, and only as far as choosing a sentence goes."""
    code = _problem_code(answer.body)
    gateway = answer.looks_like_a_page and answer.status < 500 and answer.status != 413
    if not code and (gateway or answer.status < 400 or answer.status == 511):
        return _page()
    what = _CODES.get(code) or f"The service answered with an error ({answer.status})."
    return _Refusal(answer.status, code, what + " Nothing changed; what waits still waits.")


def _problem_code(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get("code")
        return msgspec.json.decode(found, type=str) if found is not None else ""
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""


def estimated_now(store: Store, clock: Clock) -> int:
    """The service's time now as this device can tell, in milliseconds UTC."""
    return service_time(store.seen(), clock)
