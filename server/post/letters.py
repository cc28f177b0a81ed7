"""A letter, and the e-mail that is made of it: plain text, with the headers by which a reader can file it."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import msgspec


class Letter(msgspec.Struct, frozen=True):
    """What is written: subject, text, and the list that it belongs to ("inbox") with its name in words."""

    subject: str
    text: str
    list_name: str
    list_words: str


def message(letter: Letter, *, to: str, sender: str, delivery_id: str, at: datetime) -> EmailMessage:
    """The e-mail. `sender` is "Name <address>"; the Message-ID is the delivery's, so a second copy is known as one.

    Raises ValueError for an address or subject that cannot stand in a header.
    """
    name, address = parseaddr(sender)
    host = address.rpartition("@")[2]
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=name, addr_spec=address)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{delivery_id}@{host}>"
    made["List-Id"] = f"{letter.list_words} <{letter.list_name}.{host}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    made.set_content(letter.text, cte="quoted-printable")
    return made
