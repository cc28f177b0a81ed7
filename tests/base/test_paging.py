"""Pages by key: every row once, in order, whatever the page's size; a foreign cursor is refused."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from server.base import audit
from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.paging import paginate
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry, AuditHead

FALLING = [AuditEntry.at.desc(), AuditEntry.lane, AuditEntry.seq.desc()]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_row_comes_once_and_in_order(service: Service, clock: SetClock, limit: int) -> None:
    for place in range(7):
        clock.advance(timedelta(seconds=place % 2))
        service.db.transact(lambda session: audit.record(session, service, SYSTEM, "test", "x"))
    found, after = [], ""
    while after is not None:
        query = {"limit": limit, "after": after}
        page = service.db.read(
            lambda session, query=query: paginate(session, select(AuditEntry), FALLING, query)
        )
        assert len(page.rows) <= limit
        found += [entry.seq for entry in page.rows]
        after = page.next
    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_an_exact_page_has_no_next(service: Service) -> None:
    page = service.db.read(
        lambda session: paginate(session, select(AuditHead), [AuditHead.lane], {"limit": 16})
    )
    assert (len(page.rows), page.next) == (16, None)


def test_chosen_columns_come_as_rows(service: Service) -> None:
    statement = select(AuditHead.lane, AuditHead.seq)
    page = service.db.read(lambda session: paginate(session, statement, [AuditHead.lane], {"limit": 1}))
    assert (page.rows[0].lane, page.rows[0].seq) == (0, 0)


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "!!",
        cursor("{}"),
        cursor("[]"),
        cursor('["2026-01-01T00:00:00",1,1]'),
        cursor('["now",1,1]'),
        cursor("[1,2,3]"),
        cursor('["2026-01-01T00:00:00+00:00",1,99999999999999999999]'),
        cursor('["2026-01-01T00:00:00+00:00",true,1]'),
        cursor("[" * 900),
    ],
)
def test_a_cursor_that_is_none_of_this_list_is_a_problem(service: Service, after: str) -> None:
    with pytest.raises(Problem) as caught:
        service.db.read(lambda session: paginate(session, select(AuditEntry), FALLING, {"after": after}))
    assert caught.value.code == "bad_request"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.recursive(st.none() | st.integers() | st.text() | st.floats(), st.lists, max_leaves=4))
def test_no_cursor_breaks_the_list(service: Service, content: Any) -> None:
    after = cursor(json.dumps(content if isinstance(content, list) else [content]))
    with contextlib.suppress(Problem):
        service.db.read(
            lambda session: paginate(session, select(AuditHead), [AuditHead.lane], {"after": after})
        )
