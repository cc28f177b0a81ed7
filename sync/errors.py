"""The typed errors of `sync`. Each says in a sentence what is wrong; none ever carries what a person said or is."""

from __future__ import annotations

from typing import Literal


class SyncError(Exception):
    """Base of every error that a function of `sync` raises on bad input."""


class DecodeError(SyncError):
    """Bytes are not the message they should be. `where` is the JSON path, such as `$.events[3].seq`."""

    def __init__(self, what: str, where: str = "$") -> None:
        super().__init__(f"{what} (at {where})")
        self.where = where

    @classmethod
    def of(cls, error: Exception) -> DecodeError:
        """A decoder's error as ours: its own words, which name types, limits and codes, never a person's text."""
        path = path_of(error)
        if not path:
            return cls("It is not as the protocol says")
        return cls(str(error).rpartition(" - at `")[0], path)


def path_of(error: Exception) -> str:
    """The JSON path that a msgspec error names, such as `$.visit.outcome`; empty where it names none."""
    path = str(error).rpartition(" - at `")[2].partition("`")[0]
    return path if path.startswith("$") else ""


class UnknownOutcome(SyncError, KeyError):
    """No row of the outcomes table has this code; an event that names it is held."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"The outcomes table has no code {self.code!r}."


class EnvelopeError(SyncError):
    """A sealed thing cannot be used. `reason` is a code of sync.receipts.REASONS."""

    reason = "unreadable"


class Unreadable(EnvelopeError):
    """It does not open with this key: another key, another header, cut short, or changed on the way."""

    reason = "unreadable"


class NotAuthentic(EnvelopeError):
    """It opens, but was not made with the device's event key: sent by the device, not recorded by its officer."""

    reason = "not_authentic"


class Malformed(EnvelopeError):
    """It opens and is authentic, but what is inside is not an event (or list) as PROTOCOL.md says."""

    reason = "malformed"


class TooLarge(SyncError):
    """What is to be sealed does not fit the largest bucket."""


class NeedFull(SyncError):
    """A package cannot follow the list that is held; ask for the whole list (have version 0)."""


class BadToken(SyncError):
    """A registration token is mistyped, cut short, or was not made with this list's key."""


class MistypedCode(SyncError):
    """An enrolment code has a typo. `group` is the group to look at, from 1; 0 is the code as a whole."""

    def __init__(self, what: str, group: int = 0) -> None:
        super().__init__(what)
        self.group = group


class BadSignature(SyncError):
    """A request, reply or export is not signed, or not by this key over this content."""

    def __init__(self, code: Literal["missing", "malformed", "digest", "signature"], what: str) -> None:
        super().__init__(what)
        self.code = code
