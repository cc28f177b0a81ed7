"""Asking at the terminal: registrations with their consents, and a questionnaire question by question."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import click

from field_client.problems import Refused
from field_client.terminal.answers import PersonInFile, SurveyInFile
from sync import demographics, questionnaires
from sync.events import Purpose
from sync.questionnaires import Choice, Document, Question
from sync.worklist_codec import Worklist


def people(worklist: Worklist) -> list[PersonInFile]:
    """One person after another, until nobody else registers."""
    found = [_person(worklist)]
    while click.confirm("Does anyone else of this household register?", default=False):
        found.append(_person(worklist))
    return found


def _person(worklist: Worklist) -> PersonInFile:
    person = PersonInFile(
        name=_words("Name", required=True),
        email=_words("E-mail (Enter for none)") or None,
        phone=_words("Phone (Enter for none)") or None,
        language=_words("Language, as a code such as pl (Enter for English)") or None,
    )
    for purpose in get_args(Purpose):
        wording = worklist.campaign.wordings.get(purpose)
        if wording:
            click.echo(f"\nRead out: {wording}")
            person.consents[purpose] = click.confirm("Do they agree?", default=False)
    person.groups = _several("Groups they belong to, with commas between (Enter for none)")
    person.interests = _several("What they want to hear of, with commas between (Enter for none)")
    click.echo("\nA few optional questions are for the person to answer, never for you to guess.")
    if click.confirm("Do they want to answer them on this screen?", default=False):
        person.demographics = _demographics()
    return person


def _demographics() -> dict[str, str] | None:
    given = {}
    for name, choices in demographics.LISTS.items():
        click.echo(f"\n{name.replace('_', ' ').capitalize()}")
        chosen = _choose(list(choices), most=1, language="en", required=False)
        if chosen:
            given[name] = chosen[0]
    return given or None


def survey(
    worklist: Worklist, *, language: str, begun: SurveyInFile | None, keep: Callable[[SurveyInFile], None]
) -> SurveyInFile:
    """The questionnaire, in the person's language where it has it. `keep` is given what there is after each answer."""
    if not worklist.questionnaires:
        raise Refused("This list carries no questionnaire.")
    card = worklist.questionnaires[0]
    document = questionnaires.parse(card.body)
    told = begun or SurveyInFile(questionnaire=card.code, version=card.version)
    if (told.questionnaire, told.version) != (card.code, card.version):
        told = SurveyInFile(questionnaire=card.code, version=card.version)
    click.echo(_text(document.title, document, language))
    asked: set[str] = set()
    while (question := _next(document, told, asked)) is not None:
        asked.add(question.code)
        if question.code not in told.choices and question.code not in told.texts:
            _ask(question, document, told, language)
            keep(told)
    return told


def _next(document: Document, told: SurveyInFile, asked: set[str]) -> Question | None:
    """The first question, by the answers so far, that was not asked yet."""
    return next((one for one in questionnaires.shown(document, told.choices) if one.code not in asked), None)


def _ask(question: Question, document: Document, told: SurveyInFile, language: str) -> None:
    click.echo(f"\n{_text(question.text, document, language)}")
    if question.kind == "text":
        told.texts[question.code] = _words(
            "Answer" + ("" if question.required else " (Enter to skip)"), question.required
        )
        return
    most = (question.most or len(question.choices)) if question.kind == "many" else 1
    chosen = _choose(question.choices, most=most, language=language, required=question.required)
    if chosen:
        told.choices[question.code] = chosen


def _text(texts: dict[str, str], document: Document, language: str) -> str:
    return texts.get(language) or texts[document.languages[0]]


def _choose(choices: list[Choice], *, most: int, language: str, required: bool) -> list[str]:
    for place, choice in enumerate(choices, start=1):
        click.echo(f"  {place}  {choice.label.get(language) or next(iter(choice.label.values()))}")
    prompt = "Number" if most == 1 else f"Numbers, up to {most}, with commas between"
    while True:
        said = _words(prompt + ("" if required else " (Enter to skip)"), required)
        if not said:
            return []
        try:
            places = [int(part) for part in said.replace(",", " ").split()]
        except ValueError:
            places = [0]
        picked = [choices[place - 1] for place in places if 1 <= place <= len(choices)]
        if len(picked) != len(places) or len(set(places)) != len(places):
            click.echo(f"Give numbers from 1 to {len(choices)}, each once.")
        elif len(picked) > most:
            click.echo(f"Choose at most {most}.")
        elif len(picked) > 1 and any(choice.alone for choice in picked):
            click.echo("One of these excludes the others.")
        else:
            return [choice.code for choice in picked]


def _words(prompt: str, required: bool = False) -> str:
    while True:
        said = str(click.prompt(prompt, default="", show_default=False)).strip()
        if said or not required:
            return said
        click.echo("This is needed.")


def _several(prompt: str) -> list[str]:
    return [part.strip() for part in _words(prompt).split(",") if part.strip()]
