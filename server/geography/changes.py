"""What an import changed of premises that were there before: told to the room above, inside the transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PremisesChange:
    """One premises that was there and now differs in address, place, street, kind or status."""

    uprn: str
    old_usrn: str
    new_usrn: str
    old_ward: str | None
    new_ward: str | None
    old_status: str
    status: str
    """live | retired, as it is now."""
    old_residential: bool
    residential: bool

    @property
    def retired(self) -> bool:
        """True where it was live and is no more."""
        return self.status == "retired" != self.old_status

    @property
    def revived(self) -> bool:
        """True where it was retired and is live again."""
        return self.old_status == "retired" != self.status

    @property
    def moved(self) -> bool:
        """True where it is counted on another street or in another ward now."""
        return (self.old_usrn, self.old_ward) != (self.new_usrn, self.new_ward)


OnChanged: TypeAlias = Callable[[Session, list[PremisesChange]], None]
"""Called with the streets of the changes locked, in chunks, and once with [] after the last one. Premises that are new
are not among them: they have no visits yet, and there may be 400,000; the room above finds them by set."""
