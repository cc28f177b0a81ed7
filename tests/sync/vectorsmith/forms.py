"""Cases of questionnaires: what an author must mend, what is shown, and answers that do not fit."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

from typing import Any

import msgspec

from sync.events import AnswersRecord
from sync.questionnaires import Document, check_answers, parse, shown, validate
from tests.sync.vectorsmith.shared import case, must, vectors

LOCAL: dict[str, Any] = {
    "code": "local",
    "version": 2,
    "title": {"en": "Your street", "cy": "Eich stryd"},
    "languages": ["en", "cy"],
    "questions": [
        {"code": "safe", "kind": "scale", "text": {"en": "How safe do you feel?"}, "required": True, "topic": "confidence",
         "choices": [{"code": str(step), "label": {"en": str(step)}} for step in range(1, 6)]},
        {"code": "concerns", "kind": "many", "text": {"en": "What worries you?"}, "most": 2, "topic": "concern",
         "choices": [{"code": "speeding", "label": {"en": "Speeding"}}, {"code": "litter", "label": {"en": "Litter"}},
                     {"code": "noise", "label": {"en": "Noise"}}, {"code": "none", "label": {"en": "Nothing"}, "alone": True}]},
        {"code": "when", "kind": "one", "text": {"en": "When do they speed?"}, "required": True,
         "show_if": [{"question": "concerns", "any_of": ["speeding"]}],
         "choices": [{"code": "day", "label": {"en": "By day"}}, {"code": "night", "label": {"en": "By night"}}]},
        {"code": "where", "kind": "text", "text": {"en": "Where at night?"}, "show_if": [{"question": "when", "any_of": ["night"]}]},
    ],
}  # fmt: skip


def _changed(**members: Any) -> dict[str, Any]:
    return {**LOCAL, **members}


def _question(index: int, **members: Any) -> dict[str, Any]:
    questions = list(LOCAL["questions"])
    questions[index] = {**questions[index], **members}
    return _changed(questions=questions)


def _authors() -> list[dict[str, Any]]:
    rows: list[tuple[str, dict[str, Any], int]] = [
        ("fine", LOCAL, 0),
        ("no questions", _changed(questions=[]), 1),
        ("no title in its first language", _changed(title={"cy": "Eich stryd"}), 1),
        ("a question twice", _changed(questions=[*LOCAL["questions"], LOCAL["questions"][0]]), 1),
        ("one choice only", _question(2, choices=[{"code": "day", "label": {"en": "By day"}}]), 2),
        ("a choice twice", _question(2, choices=[{"code": "night", "label": {"en": "N"}}] * 2), 1),
        ("free text with choices", _question(3, choices=LOCAL["questions"][2]["choices"]), 1),
        ("a label missing", _question(2, choices=[{"code": "day", "label": {}}, {"code": "night", "label": {"en": "N"}}]), 1),
        ("a condition on what is not offered", _question(2, show_if=[{"question": "concerns", "any_of": ["snow"]}]), 1),
        ("a condition on a later question", _question(0, show_if=[{"question": "when", "any_of": ["day"]}]), 1),
        ("a condition on nothing", _question(2, show_if=[{"question": "concerns", "any_of": []}]), 1),
    ]  # fmt: skip
    cases = []
    for name, document, faults in rows:
        found = validate(parse(document))
        must(name, faults, len(found))
        cases.append(case(f"author: {name}", of="validate", document=document, expect=found))
    return cases


def _answered(document: Document) -> list[dict[str, Any]]:
    rows: list[tuple[str, AnswersRecord, list[tuple[str, str]], list[str]]] = [
        ("the least", AnswersRecord("local", 2, {"safe": ["3"]}), [], ["safe", "concerns"]),
        ("everything", AnswersRecord("local", 2, {"safe": ["1"], "concerns": ["speeding", "litter"], "when": ["night"]}, {"where": "Tern Street"}),
         [], ["safe", "concerns", "when", "where"]),
        ("nothing", AnswersRecord("local", 2), [("safe", "missing")], ["safe", "concerns"]),
        ("a required follow-up missing", AnswersRecord("local", 2, {"safe": ["3"], "concerns": ["speeding"]}), [("when", "missing")],
         ["safe", "concerns", "when"]),
        ("a question that was skipped", AnswersRecord("local", 2, {"safe": ["3"], "when": ["day"]}), [("when", "not_asked")], ["safe", "concerns"]),
        ("a chain of skipped questions", AnswersRecord("local", 2, {"safe": ["3"], "when": ["night"]}, {"where": "here"}),
         [("when", "not_asked"), ("where", "not_asked")], ["safe", "concerns"]),
        ("a question nobody asked", AnswersRecord("local", 2, {"safe": ["3"], "mood": ["1"]}), [("mood", "not_asked")], ["safe", "concerns"]),
        ("a choice that is none", AnswersRecord("local", 2, {"safe": ["9"]}), [("safe", "unknown_choice")], ["safe", "concerns"]),
        ("two on a scale", AnswersRecord("local", 2, {"safe": ["1", "2"]}), [("safe", "too_many")], ["safe", "concerns"]),
        ("three where two may be", AnswersRecord("local", 2, {"safe": ["3"], "concerns": ["litter", "noise", "none"]}), [("concerns", "too_many")], ["safe", "concerns"]),
        ("one that excludes the rest", AnswersRecord("local", 2, {"safe": ["3"], "concerns": ["litter", "none"]}), [("concerns", "not_alone")], ["safe", "concerns"]),
        ("the same twice", AnswersRecord("local", 2, {"safe": ["3"], "concerns": ["litter", "litter"]}), [("concerns", "twice")], ["safe", "concerns"]),
        ("words for a choice", AnswersRecord("local", 2, {}, {"safe": "very"}), [("safe", "not_text")], ["safe", "concerns"]),
        ("a choice for words", AnswersRecord("local", 2, {"safe": ["3"], "concerns": ["speeding"], "when": ["night"], "where": ["x"]}),
         [("where", "not_a_choice")], ["safe", "concerns", "when", "where"]),
        ("another version", AnswersRecord("local", 1, {"safe": ["3"]}), [("", "another_questionnaire")], ["safe", "concerns"]),
    ]  # fmt: skip
    cases = []
    for name, answers, faults, asked in rows:
        found = check_answers(document, answers)
        must(name, faults, [(one.question, one.code) for one in found])
        must(name, asked, [one.code for one in shown(document, answers.choices)])
        cases.append(
            case(f"answers: {name}", of="check_answers", answers=msgspec.to_builtins(answers), shown=asked,
                 expect=msgspec.to_builtins(found))
        )  # fmt: skip
    return cases


def questionnaires() -> dict[str, Any]:
    """Documents for `validate`, and answers to the one that is fine."""
    return vectors(
        "validate(document) → sentences; check_answers and shown for `document`.",
        _authors() + _answered(parse(LOCAL)),
        document=LOCAL,
    )
