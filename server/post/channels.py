"""The ways a letter leaves by: SMTP, or a file in the home folder for demonstrations and trials.

A channel is opened once for a batch and answers each letter with an `Outcome`; what a server says stays out of it.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

from server.base.settings import Settings
from server.post.rules import Outcome

TIMEOUT_SECONDS = 20.0
EMAIL = "email"
OUTBOX = "outbox"  # folder in the home folder

Send = Callable[[EmailMessage], Outcome]


def open_channel(settings: Settings) -> AbstractContextManager[Send]:
    """The way that the setting `mail` names (smtp or file)."""
    return _files(settings.home / OUTBOX) if settings.mail == "file" else _smtp(settings)


@contextmanager
def _files(folder: Path) -> Iterator[Send]:
    """Each letter as a file that mail programs open; the same letter again is the same file."""

    def send(message: EmailMessage) -> Outcome:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{str(message['Message-ID']).strip('<>').partition('@')[0]}.eml"
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(message.as_bytes())
        part.replace(path)
        return Outcome()

    yield send


@contextmanager
def _smtp(settings: Settings) -> Iterator[Send]:
    """One connection, made at the first letter and made anew where it broke."""
    connection: smtplib.SMTP | None = None

    def send(message: EmailMessage) -> Outcome:
        nonlocal connection
        try:
            connection = connection or _connect(settings)
            connection.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            if not isinstance(error, smtplib.SMTPRecipientsRefused):
                _close(connection)
                connection = None
            return _outcome(error)
        return Outcome()

    try:
        yield send
    finally:
        _close(connection)


def _connect(settings: Settings) -> smtplib.SMTP:
    where = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_tls == "tls":
        context = ssl.create_default_context()
        made: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=context)
    else:
        made = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_tls == "starttls":
            made.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            made.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        _close(made)
        raise
    return made


def _close(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()


def _outcome(error: smtplib.SMTPException | OSError) -> Outcome:
    """A code for what went wrong: of the answers (RFC 5321), 5xx about this letter is for good, all else is not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((answer[0] for answer in error.recipients.values()), default=0)
        return Outcome(f"recipient_{code}", for_good=code >= 500)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome("not_supported", for_good=False)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("sign_in")
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome(
            f"smtp_{error.smtp_code}",
            for_good=isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500,
        )
    return Outcome("tls" if isinstance(error, ssl.SSLError) else "unreachable")
