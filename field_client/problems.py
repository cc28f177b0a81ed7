"""Everything that the client can tell its officer has gone wrong: one sentence each, and an exit code.

Exit codes: 1 not possible as asked, 3 locked or wrong passphrase, 4 service not reached or not trusted,
5 this device is not enrolled, 6 the store cannot be read or written, 7 revoked or wiped. (2 is click's: the
command was not understood.)
"""

from __future__ import annotations


class FieldProblem(Exception):
    """Base of all. str() is a sentence an officer can act on; it never holds what a resident said."""

    exit_code = 1


class Refused(FieldProblem):
    """What was asked for cannot be recorded as it stands; nothing was."""


class UnknownHouse(FieldProblem):
    """No house of the lists held answers to these words."""


class AmbiguousHouse(FieldProblem):
    """Several houses answer to these words. `choices` are (uprn, address) to choose from."""

    def __init__(self, words: str, choices: list[tuple[str, str]]) -> None:
        super().__init__(f'"{words}" fits {len(choices)} houses; say which by its number in front.')
        self.choices = choices


class Locked(FieldProblem):
    """The lists and the officer's own records cannot be read without the passphrase."""

    exit_code = 3

    def __init__(self, what: str = "This needs your passphrase: the store is locked.") -> None:
        super().__init__(what)


class WrongPassphrase(Locked):
    """Not the passphrase. `left` tries remain before the lists are wiped."""

    def __init__(self, left: int) -> None:
        tries = "1 try" if left == 1 else f"{left} tries"
        super().__init__(
            f"That is not the passphrase. {tries} left before the lists on this device are wiped."
        )
        self.left = left


class Wiped(FieldProblem):
    """Lists, keys of the lists and own records are gone; what waits in the outbox can still be sent."""

    exit_code = 7


class Revoked(Wiped):
    """The service has revoked this device."""


class NotEnrolled(FieldProblem):
    """There is no device here yet."""

    exit_code = 5

    def __init__(self) -> None:
        super().__init__(
            "This device is not enrolled yet. Ask a coordinator for a code, then: doorstep-field enrol CODE"
        )


class NotReached(FieldProblem):
    """No answer from the service, or none that could be used; nothing changed, what waits still waits."""

    exit_code = 4


class NotTrusted(NotReached):
    """An answer came, but not from this device's service, or not to this request; nothing changed."""


class StoreProblem(FieldProblem):
    """The store file cannot be read or written; what had been said to be recorded before this is safe."""

    exit_code = 6
