"""A questionnaire as a document: the same JSON on the service, on the phone and on the resident's page.

A version that was ever sent is never changed; answers name code and version. PROTOCOL.md, "Questionnaires".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from sync.errors import DecodeError
from sync.events import AnswersRecord, Code, Number

Kind = Literal["one", "many", "scale", "text"]
Topic = Literal["", "concern", "confidence"]
Texts = dict[Annotated[str, msgspec.Meta(max_length=16)], Annotated[str, msgspec.Meta(max_length=500)]]


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer to choose; `alone` excludes every other ("none of these", "prefer not to say")."""

    code: Code
    label: Texts
    alone: bool = False


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """Met when any of these choices was chosen at an earlier question."""

    question: Code
    any_of: list[Code]


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question. `show_if`: all conditions must be met, else it is skipped. A scale's choices run from low to high.

    `topic` says what the answers measure: a concern named, or confidence in the police; others are not scored.
    """

    code: Code
    kind: Kind
    text: Texts
    choices: list[Choice] = []
    required: bool = False
    show_if: list[Condition] = []
    most: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0
    topic: Topic = ""


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """A questionnaire version: its questions in order, texts per language (the first of `languages` is complete)."""

    code: Code
    version: Number
    title: Texts
    questions: Annotated[list[Question], msgspec.Meta(max_length=100)]
    languages: Annotated[list[str], msgspec.Meta(min_length=1, max_length=40)]


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with the answer to one question; "" where it is the answers as a whole."""

    question: str
    code: str
    text: str


def parse(raw: bytes | Mapping[str, Any]) -> Document:
    """The document of JSON bytes or of a decoded object. Raises DecodeError, naming where; `validate` does the rest."""
    try:
        if isinstance(raw, bytes):
            return msgspec.json.decode(raw, type=Document)
        return msgspec.convert(raw, type=Document)
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError) as error:
        raise DecodeError.of(error) from None


def validate(document: Document) -> list[str]:
    """What an author has to mend, a sentence each; none when the questionnaire can be sent."""
    wrong = []
    first = document.languages[0]
    if first not in document.title:
        wrong.append(f"The title has no text in {first}.")
    earlier: dict[str, set[str]] = {}
    for question in document.questions:
        wrong += _question_faults(question, first, earlier)
        if question.code in earlier:
            wrong.append(f"The question {question.code} stands twice.")
        earlier[question.code] = {choice.code for choice in question.choices}
    if not document.questions:
        wrong.append("It asks nothing.")
    return wrong


def _question_faults(question: Question, first: str, earlier: Mapping[str, set[str]]) -> list[str]:
    wrong = []
    if first not in question.text:
        wrong.append(f"The question {question.code} has no text in {first}.")
    codes = [choice.code for choice in question.choices]
    if question.kind == "text" and codes:
        wrong.append(f"The question {question.code} is free text and offers choices.")
    if question.kind != "text" and len(codes) < 2:
        wrong.append(f"The question {question.code} offers fewer than two choices.")
    if len(set(codes)) != len(codes):
        wrong.append(f"The question {question.code} offers a choice twice.")
    wrong += [
        f"The choice {choice.code} of {question.code} has no label in {first}."
        for choice in question.choices
        if first not in choice.label
    ]
    for condition in question.show_if:
        if not condition.any_of or not earlier.get(condition.question, set()).issuperset(condition.any_of):
            wrong.append(f"The question {question.code} depends on a choice that no earlier question offers.")
    return wrong


def shown(document: Document, choices: Mapping[str, Sequence[str]]) -> list[Question]:
    """The questions that someone with these choices is asked, in order; a skipped question meets no condition."""
    asked: list[Question] = []
    seen: set[str] = set()
    for question in document.questions:
        if all(_met(condition, choices, seen) for condition in question.show_if):
            asked.append(question)
            seen.add(question.code)
    return asked


def _met(condition: Condition, choices: Mapping[str, Sequence[str]], seen: set[str]) -> bool:
    return condition.question in seen and not set(condition.any_of).isdisjoint(
        choices.get(condition.question, ())
    )


def check_answers(document: Document, answers: AnswersRecord) -> list[Problem]:
    """What does not fit the questionnaire; none when the answers can be counted.

    An answer to a question that is skipped by its conditions is a problem: it was changed after it was given.
    """
    if (answers.questionnaire, answers.version) != (document.code, document.version):
        return [Problem("", "another_questionnaire", "The answers are to another questionnaire or version.")]
    asked = {question.code: question for question in shown(document, answers.choices)}
    given = set(answers.choices) | set(answers.texts)
    found = [
        Problem(code, "not_asked", "This question was not asked.") for code in sorted(given - set(asked))
    ]
    for question in asked.values():
        found += _answer_faults(
            question, answers.choices.get(question.code, []), answers.texts.get(question.code, "")
        )
    return found


def _answer_faults(question: Question, chosen: Sequence[str], text: str) -> list[Problem]:
    offered = {choice.code: choice for choice in question.choices}
    limit = (question.most or len(offered)) if question.kind == "many" else 1
    in_words = question.kind == "text"
    rules = (
        (in_words and bool(chosen), "not_a_choice", "This question is answered in words."),
        (not in_words and bool(text), "not_text", "This question is answered by choosing."),
        (question.required and not (chosen or text), "missing", "This question needs an answer."),
        (len(set(chosen)) != len(chosen), "twice", "An answer is given twice."),
        (not set(chosen) <= set(offered), "unknown_choice", "This answer is not one of the choices."),
        (len(chosen) > limit, "too_many", f"Choose at most {limit}."),
        (
            len(chosen) > 1 and _excludes(offered, chosen),
            "not_alone",
            "One of these choices excludes the others.",
        ),
    )
    return [Problem(question.code, code, words) for broken, code, words in rules if broken][:1]


def _excludes(offered: Mapping[str, Choice], chosen: Sequence[str]) -> bool:
    return any(offered[code].alone for code in chosen if code in offered)
