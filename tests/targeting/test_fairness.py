"""The build fails here if a protected characteristic, a demographic segment or group membership enters the ranking."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import event

import server.targeting
from server.targeting.catalogue import INDICATORS
from server.targeting.indicators import COMPARED, catch_up
from server.targeting.rank import rank
from server.targeting.rules import Figures
from server.targeting.tables import StreetIndicator
from tests.factories.targeting import create_counted_street, create_responses, create_wards

ROOM = Path(server.targeting.__file__).parent
SOURCES = sorted(ROOM.glob("*.py"))

ALLOWED = {
    "coverage_gap",
    "registration_gap",
    "concern:asb",
    "concern:burglary",
    "concern:violence",
    "concern:drugs",
    "concern:vehicle_crime",
    "concern:speeding",
    "concern:criminal_damage",
    "concern:fraud",
    "concern:parking",
    "concern:litter",
    "concern:noise",
}
ALLOWED_COUNTS = {"eligible", "outstanding", "registered", "refused", "responses", "answers", "concerns"}
TABLES_READ = {
    "street_coverage",
    "street_indicator",
    "response",
    "answer",
    "priority_target",
    "ward_target",
    "ranking",
    "kept_target",
    "audit_head",
    "audit_entry",
    "street",
}
ROOMS_READ = {
    "server.base",
    "server.statistics",
    "server.geography.lock",
    "server.geography.scope",
    "server.geography.tables",
    "server.fieldwork.bulk",
    "server.fieldwork.tables",
    "server.surveys.concerns",
    "server.surveys.tables",
    "server.targeting",
}
NAMES_READ = {
    "server.geography.tables": {"Area", "Street"},
    "server.fieldwork.tables": {"EVERY_CAMPAIGN", "StreetCoverage"},
    "server.surveys.tables": {"Response"},
}
FORBIDDEN = re.compile(
    r"ethnic|race\b|racial|religio|faith|disab|gender|\bsex\b|sexual|pregnan|marital|nationalit|migrant|asylum"
    r"|\bage\b|age_band|age_group|demographic|protected|segment|tenure|deprivation|\bimd\b|\bgroups\b|interests|language"
    r"|detail_sealed|name_sealed",
    re.IGNORECASE,
)


def without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def words_of(source: str) -> list[str]:
    """Every name and text of a module but for its docstrings."""
    found = []
    for node in ast.walk(without_docstrings(ast.parse(source))):
        for field in ("id", "attr", "arg", "name", "value", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.append(value)
    return found


def test_the_catalogue_holds_the_indicators_agreed_on_and_no_other():
    assert {one.name for one in INDICATORS} == ALLOWED


def test_what_is_counted_for_a_street_is_what_was_agreed_on_and_no_more():
    columns = {column.name for column in StreetIndicator.__table__.columns}
    assert columns - {"usrn", "ward_code", "version", "changed_at"} == ALLOWED_COUNTS
    assert set(COMPARED) == ALLOWED_COUNTS
    assert Figures.__dataclass_fields__.keys() - {"usrn", "ward_code", "version"} == ALLOWED_COUNTS - {
        "answers"
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_of_the_ranking_names_a_characteristic_of_people(path):
    named = [word for word in words_of(path.read_text()) if FORBIDDEN.search(word)]
    assert named == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_ranking_reads_from_the_rooms_agreed_on_and_no_other(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith(("server", "sync")) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("server", "sync")):
            assert any(node.module == room or node.module.startswith(room + ".") for room in ROOMS_READ)
            allowed = NAMES_READ.get(node.module)
            assert allowed is None or {alias.name for alias in node.names} <= allowed


def test_the_inspection_finds_what_it_is_there_to_find():
    assert any(FORBIDDEN.search(word) for word in words_of("share = row.ethnicity"))
    assert any(FORBIDDEN.search(word) for word in words_of("x = select(Answer.question == 'age_band')"))
    assert any(FORBIDDEN.search(word) for word in words_of("from sync import demographics"))
    assert not any(FORBIDDEN.search(word) for word in words_of('"""No age, sex or ethnicity."""\nname = 1'))


def test_ranking_touches_no_other_table_and_no_answer_but_concerns(service):
    create_wards(service)
    create_counted_street(service, "10000001")
    create_responses(service, "10000001", [["asb"]] * 9)
    seen: list[str] = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        seen.append(f"{statement} -- {parameters}")

    event.listen(service.db.engine, "before_cursor_execute", note)
    try:
        catch_up(service)
        rank(service)
    finally:
        event.remove(service.db.engine, "before_cursor_execute", note)
    tables = {
        name
        for statement in seen
        for name in re.findall(r"(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)", statement)
        if name in StreetIndicator.metadata.tables
    }
    assert tables <= TABLES_READ
    assert {"street_coverage", "answer"} <= tables
    for statement in seen:
        if "JOIN answer" in statement or "FROM answer" in statement:
            assert "topic" in statement
            assert "concern" in statement


def test_an_answer_that_is_no_agreed_concern_never_enters(service):
    create_wards(service)
    create_counted_street(service, "10000001")
    create_responses(service, "10000001", [["asb", "ethnicity:B1"], ["religion"]] * 9)
    rank(service)
    rows = service.db.read(lambda session: [row.concerns for row in session.query(StreetIndicator)])
    assert rows == [{"asb": 9}]
