"""The audit trail in words: every action has some, targets lead to their pages, reasons are spelled out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import server
from server.web.trail_words import ACTIONS, GROUPS, action_words, actions_of, actor_words, line

SERVER = Path(server.__file__).parent


def test_an_action_that_nobody_wrote_words_for_is_shown_all_the_same() -> None:
    assert action_words("worklist.recall") == "Recalled a list"
    assert action_words("teapot.boil_over") == "Teapot boil over"


def test_a_target_is_named_and_leads_to_its_page() -> None:
    names = {"account:7": "Morag Easington"}
    done = line("account.change", "account:7", {"roles": ["officer"], "active": True}, names)
    assert (done.target, done.href) == ("Morag Easington", "/console/people/7")
    assert done.detail == [("roles", "officer"), ("active", "yes")]
    assert line("exchange", "device:0f1e2d3c-aaaa-4bbb-8ccc-123456789012", {}, {}).target == "Phone 0f1e2d3c…"
    assert line("audit.export", "audit", {}, {}).target == ""
    assert (line("refused", "GET /console/people", {}, {}).target) == "GET /console/people"


def test_what_is_no_thing_of_its_kind_has_words_and_leads_nowhere() -> None:
    for action, target, words in (
        ("sign_in.failed", "account:none", "No account here"),
        ("coverage.download", "campaign:0", "All campaigns together"),
    ):
        done = line(action, target, {}, {})
        assert (done.target, done.href) == (words, "")


def test_reasons_and_nested_details_are_in_words() -> None:
    done = line("worklist.recall", "worklist:4", {"reason": "officer_away", "houses": 12}, {})
    assert done.detail == [("reason", "the officer is away"), ("houses", "12")]
    nested = line("refused", "GET /x", {"asked": {"usrn": "12"}, "found": [], "by": None}, {})
    assert nested.detail == [("asked", "usrn: 12"), ("found", "none"), ("by", "none")]


def test_people_phones_and_the_service_are_told_apart() -> None:
    assert actor_words("account:7", {"account:7": "Morag"}) == "Morag"
    assert actor_words("system", {}) == "The service itself"
    assert actor_words("device:0f1e2d3c-aaaa-4bbb-8ccc-123456789012", {}) == "Phone 0f1e2d3c…"


def test_every_group_to_filter_by_has_actions() -> None:
    for group in GROUPS:
        assert actions_of(group), group
    assert set(actions_of("resident")) <= ACTIONS.keys()


def test_every_deed_that_the_service_puts_on_the_trail_has_words() -> None:
    """Add the words of a new action to ACTIONS in server/web/trail_words.py."""
    recorded = {action for path in SERVER.rglob("*.py") for action in actions_in(path)}
    assert len(recorded) > 50
    assert sorted(recorded - ACTIONS.keys()) == []


def actions_in(path: Path) -> Iterator[str]:
    """The actions that a module's calls of audit.record name outright."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if (
            node.func.attr == "record"
            and getattr(node.func.value, "id", "") == "audit"
            and len(node.args) > 3
        ):
            action = node.args[3]
            if isinstance(action, ast.Constant):
                yield str(action.value)
