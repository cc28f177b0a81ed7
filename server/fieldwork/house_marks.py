"""One word for how a house stands: on the map's dots, in its legend and in downloads alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case

from server.fieldwork.tables import Coverage


@dataclass(frozen=True)
class Mark:
    """How a house stands. `code` is in tiles and style sheets, `label` is what people read."""

    code: str
    label: str


MARKS = (
    Mark("never", "Never visited"),
    Mark("tried", "Tried"),
    Mark("informed", "Informed"),
    Mark("contacted", "Contacted"),
    Mark("registered", "Registered"),
    Mark("refused", "Refused"),
    Mark("do_not_call", "Do not call"),
    Mark("not_a_home", "Not a home"),
)
LABELS = {mark.code: mark.label for mark in MARKS}


def mark_of_house() -> ColumnElement[Any]:
    """The code of a house's mark, in SQL over its coverage row. The first that holds, from what forbids a call down."""
    return case(
        (~Coverage.eligible, "not_a_home"),
        (Coverage.state["do_not_call"].as_boolean(), "do_not_call"),
        (Coverage.registered, "registered"),
        (Coverage.refused, "refused"),
        (Coverage.contacted, "contacted"),
        (Coverage.informed, "informed"),
        (Coverage.visited, "tried"),
        else_="never",
    )
