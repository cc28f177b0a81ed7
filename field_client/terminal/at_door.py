"""Commands that record at a door: visit, register, survey, hazard, note; and take back: withdraw, undo."""

from __future__ import annotations

import signal
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import click
import msgspec

from field_client.houses import HouseView, table_of
from field_client.own import OwnEvent
from field_client.problems import Refused
from field_client.terminal import answers, ask
from field_client.terminal.answers import DoorFile
from field_client.terminal.desk import Desk
from field_client.terminal.look import view_of
from sync.events import AddressNote, Callback, HazardRecord
from sync.worklist_codec import Worklist

NoteKind = Literal["new", "split", "gone", "not_a_home", "not_found", "other"]

DASH = '"-" asks for it, or reads a line of standard input, so that no other user of this machine sees it.'
_KNOW = "What the next officer should know (Enter for nothing)"
_WRONG = "What is wrong with the address (Enter for nothing to add)"


@click.command()
@click.argument("house")
@click.argument("outcome")
@click.option("--callback", metavar="DATE", help="The day agreed to come back, YYYY-MM-DD.")
@click.option("--slot", help="Morning, afternoon, evening, or a time such as 18:30.")
@click.option("--language", help="The language they speak, as a code such as pl.")
@click.option("--note", help=f"For the next officer: about the door, not about people. {DASH}")
@click.option("--hazard", "hazard_kind", help="A danger here, such as dog.")
@click.option("--hazard-text", default="", help=f"What the next officer should know. {DASH}")
@click.option("--address-note", help=f"What is wrong with the address in the file. {DASH}")
@click.option("--register", "registering", is_flag=True, help="Register people as part of this visit.")
@click.option("--survey", "surveying", is_flag=True, help="Ask the questionnaire as part of this visit.")
@click.option(
    "--answers", "answers_file", type=click.Path(path_type=Path), help="Registrations and answers, as JSON."
)
@click.option("--campaign", type=int)
@click.pass_obj
def visit(
    desk: Desk,
    house: str,
    outcome: str,
    *,
    callback: str | None,
    slot: str | None,
    language: str | None,
    note: str | None,
    hazard_kind: str | None,
    hazard_text: str,
    address_note: str | None,
    registering: bool,
    surveying: bool,
    answers_file: Path | None,
    campaign: int | None,
) -> None:
    """Record one knock at HOUSE, with what belongs to it. OUTCOME is a code; see: doorstep-field outcomes"""
    view = view_of(desk, house, campaign)
    needs = _needs(view, outcome) if desk.interactive else ()
    if "callback" in needs and not callback:
        callback = click.prompt("Day agreed (YYYY-MM-DD)", value_proc=_a_day)
        slot = slot or _ask("Time (morning, afternoon, evening, 18:30; Enter for any)")
    if "language" in needs and not language:
        language = click.prompt("Language, as a code such as pl")
    if "hazard" in needs and not hazard_kind:
        hazard_kind = _ask("Hazard (dog, person, building …; Enter for none)")
    if "address_note" in needs and not address_note:
        address_note = "-"
    if hazard_kind and not hazard_text and desk.interactive:
        hazard_text = "-"
    if needs and not note:
        note = "-"
    hazard_text = desk.words(hazard_text, _KNOW)
    address_note = desk.words(address_note or "", _WRONG)
    note = desk.words(note or "", "Note for the next officer (Enter for none)")
    said = _said(desk, view, answers_file, registering=registering, surveying=surveying, language=language)
    client = desk.unlocked()
    people = answers.registrations(said.registrations, view.worklist, client.new_id)
    desk.last_event = client.record_visit(
        view.uprn,
        outcome,
        callback=Callback(callback, slot or None) if callback else None,
        language=language or None,
        note=note or None,
        registrations=people,
        answers=answers.survey(said.survey, view.worklist, made_now=people, before=view.own)
        if said.survey
        else None,
        hazard=HazardRecord(hazard_kind, hazard_text) if hazard_kind else None,
        address_note=_address_note(outcome, address_note) if address_note else None,
        campaign=campaign,
        undo_ms=desk.undo_ms,
    )
    _recorded(desk, view.uprn, campaign)


@click.command()
@click.argument("house")
@click.option("--answers", "answers_file", type=click.Path(path_type=Path), help="Registrations, as JSON.")
@click.option("--campaign", type=int)
@click.pass_obj
def register(desk: Desk, house: str, answers_file: Path | None, campaign: int | None) -> None:
    """Register people of HOUSE. What they say is sealed at once and cannot be read back here."""
    view = view_of(desk, house, campaign)
    said = _said(desk, view, answers_file, registering=True)
    if not said.registrations:
        raise Refused("The file registers nobody.")
    client = desk.unlocked()
    people = answers.registrations(said.registrations, view.worklist, client.new_id)
    survey = (
        answers.survey(said.survey, view.worklist, made_now=people, before=view.own) if said.survey else None
    )
    desk.last_event = client.register(
        view.uprn, people, answers=survey, campaign=campaign, undo_ms=desk.undo_ms
    )
    _recorded(desk, view.uprn, campaign)


@click.command()
@click.argument("house")
@click.option("--answers", "answers_file", type=click.Path(path_type=Path), help="The answers, as JSON.")
@click.option("--language", default="en", help="Language to ask in, where the questionnaire has it.")
@click.option("--campaign", type=int)
@click.pass_obj
def survey(desk: Desk, house: str, answers_file: Path | None, language: str, campaign: int | None) -> None:
    """Ask the questionnaire at HOUSE. Broken off, it is kept as a draft until the end of the shift."""
    view = view_of(desk, house, campaign)
    said = _said(desk, view, answers_file, surveying=True, language=language)
    if said.survey is None:
        raise Refused('The file holds no answers ("survey").')
    client = desk.unlocked()
    given = answers.survey(said.survey, view.worklist, made_now=(), before=_own_here(desk, view.uprn))
    desk.last_event = client.survey(view.uprn, given, campaign=campaign, undo_ms=desk.undo_ms)
    client.drafts.drop(_draft_name(view.uprn))
    _recorded(desk, view.uprn, campaign)


@click.command()
@click.argument("house")
@click.option("--kind", help="Such as dog, person, building.")
@click.option("--text", default="", help=f"What the next officer should know. {DASH}")
@click.option("--campaign", type=int)
@click.pass_obj
def hazard(desk: Desk, house: str, kind: str | None, text: str, campaign: int | None) -> None:
    """Report a danger at HOUSE to whoever comes next."""
    view = view_of(desk, house, campaign)
    if not kind:
        kind = click.prompt("Kind (dog, person, building …)") if desk.interactive else ""
    words = desk.words(text or ("-" if desk.interactive else ""), _KNOW)
    desk.last_event = desk.unlocked().hazard(view.uprn, str(kind), words, campaign=campaign)
    _recorded(desk, view.uprn, campaign)


@click.command()
@click.argument("house")
@click.option("--kind", type=click.Choice(get_args(NoteKind)), required=True)
@click.option(
    "--text", default="", help=f"What is different, about the building and not about people. {DASH}"
)
@click.option("--campaign", type=int)
@click.pass_obj
def note(desk: Desk, house: str, kind: Any, text: str, campaign: int | None) -> None:
    """Say what is wrong with the address file at HOUSE."""
    view = view_of(desk, house, campaign)
    words = desk.words(text or ("-" if desk.interactive else ""), _WRONG)
    desk.last_event = desk.unlocked().note(view.uprn, AddressNote(kind, words), campaign=campaign)
    _recorded(desk, view.uprn, campaign)


@click.command()
@click.argument("what")
@click.pass_obj
def withdraw(desk: Desk, what: str) -> None:
    """Withdraw a visit recorded by mistake: WHAT is its id (see: mine), "last", or the house of your latest visit."""
    client = desk.unlocked()
    events = client.own_events()
    gone = {event.record.withdraws for event in events}
    visits = [event.record for event in events if event.record.outcome and event.record.id not in gone]
    if what not in {event.record.id for event in events}:
        if what != "last":
            uprn = client.find(what)
            visits = [record for record in visits if record.uprn == uprn]
        if not visits:
            raise Refused("There is no visit of yours to withdraw there.")
        what = visits[-1].id
    uprn = next(event.record.uprn for event in events if event.record.id == what)
    desk.last_event = client.withdraw(what)
    _recorded(desk, uprn, None)


@click.command()
@click.pass_obj
def undo(desk: Desk) -> None:
    """Take back what this script recorded last, within its undo window (run --undo-seconds)."""
    if not desk.last_event:
        raise Refused("There is nothing to undo here; withdraw a visit instead.")
    desk.unlocked().undo(desk.last_event)
    desk.say("Taken back; nothing of it is kept.", undone=desk.last_event)
    desk.last_event = ""


def _own_here(desk: Desk, uprn: str) -> list[OwnEvent]:
    return [event for event in desk.unlocked().own_events() if event.record.uprn == uprn]


def _needs(view: HouseView, outcome: str) -> tuple[str, ...]:
    row = table_of(view.worklist).get(outcome)
    return row.needs if row else ()


def _ask(prompt: str) -> str:
    return str(click.prompt(prompt, default="", show_default=False))


def _address_note(outcome: str, text: str) -> AddressNote:
    """The note that goes with an outcome: of the outcome's own kind where there is one."""
    kinds = {kind: kind for kind in get_args(NoteKind)}
    return AddressNote(kinds.get(outcome, "other"), text)


def _a_day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise click.UsageError("Write the day as YYYY-MM-DD.") from None


def _draft_name(uprn: str) -> str:
    return f"survey {uprn}"


def _said(
    desk: Desk,
    view: HouseView,
    file: Path | None,
    *,
    registering: bool = False,
    surveying: bool = False,
    language: str | None = None,
) -> DoorFile:
    """What was said at the door: from the script's line, from a file, or by asking."""
    if desk.answers is not None:
        return answers.parse(desk.answers)
    if file is not None:
        return answers.read(file)
    if (registering or surveying) and not desk.interactive:
        raise Refused("There is nobody to ask here: give --answers FILE.json (or run it at a terminal).")
    people = ask.people(view.worklist) if registering else []
    told = _survey(desk, view.uprn, view.worklist, language or "en") if surveying else None
    return DoorFile(people, told)


def _survey(desk: Desk, uprn: str, worklist: Worklist, language: str) -> answers.SurveyInFile:
    client, name = desk.unlocked(), _draft_name(uprn)
    kept = client.drafts.read(name)
    begun = None
    if kept is not None and click.confirm(
        "A survey was begun here and broken off. Go on with it?", default=True
    ):
        begun = msgspec.json.decode(kept, type=answers.SurveyInFile)
    try:
        told = ask.survey(
            worklist,
            language=language,
            begun=begun,
            keep=lambda one: client.drafts.save(name, msgspec.json.encode(one)),
        )
    except click.Abort:
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # pressed once more in impatience, it would hide what follows
        raise Refused(
            "Broken off. The answers so far are kept as a draft until the end of the shift."
        ) from None
    earlier = answers.registered_here(_own_here(desk, uprn))
    if earlier and click.confirm("Are these the answers of the person registered here last?", default=False):
        told.person = "last"
    return told


def _recorded(desk: Desk, uprn: str, campaign: int | None) -> None:
    """Say that it is kept, and what the house's flag is now."""
    view = desk.unlocked().house(uprn, campaign=campaign)
    desk.say(
        f"Recorded. {view.address}: {view.decision.text}.",
        event=desk.last_event,
        uprn=uprn,
        flag=view.decision.answer,
        reason=view.decision.text,
    )


COMMANDS = (visit, register, survey, hazard, note, withdraw, undo)
