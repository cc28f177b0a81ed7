"""The campaign's form: making one, and changing one."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, render
from server.base.problems import Problem
from server.fieldwork import campaign_forms as forms
from server.fieldwork.campaign_choices import name_streets, read_choices, search_streets
from server.fieldwork.campaign_history import read_history
from server.fieldwork.campaign_houses import edit_with_houses
from server.fieldwork.campaign_views import CampaignView, read_campaign
from server.fieldwork.campaign_words import DONE, told
from server.fieldwork.campaigns import create_campaign, edit_campaign, expect
from server.fieldwork.choose_houses import Chosen, choose_houses, read_choice
from sync.worklist import Policy

pages = Pages("campaign_form_pages", __name__)
WRITE = "campaign.write"
MOST_TOLD = 200  # lines of a list that are told one by one


@pages.get("/campaigns/new")
@needs(WRITE)
def new_form() -> Response:
    """An empty form, with the usual rules for calling again."""
    return _shown(Form({}, _usual()), None)


@pages.post("/campaigns/new")
@needs(WRITE)
def make() -> WerkzeugResponse:
    """Make a draft; or look for streets, or take over those ticked as targets, and go on with the form."""
    if request.form.get("step") == "targets":  # from the priority targets: a new form with their streets
        return _shown(Form({}, _usual() | {"streets": request.form.getlist("streets")}), None)
    form = _posted(forms.CampaignForm())
    if form.typed.get("step") == "find":
        return _shown(form, None)
    chosen, drawn = _houses(form)
    made = None
    if form.ok:
        plan = forms.plan_of(form.values, chosen.uprns, drawn)
        made = form.attempt(lambda: create_campaign(current_service(), current_principal(), plan))
    if made is None:
        return _shown(form, None, chosen, 422)
    where = url_for("campaign_pages.campaign", campaign_id=made)
    return go(where, f"Draft made.{_said(chosen)} Look at what it covers, then start it.")


@pages.get("/campaigns/<int:campaign_id>/edit")
@needs(WRITE)
def edit_form(campaign_id: int) -> Response:
    """The form with what stands."""
    found = read_campaign(current_service(), current_principal(), campaign_id)
    return _shown(Form({}, forms.typed_of(found)), found)


@pages.post("/campaigns/<int:campaign_id>/edit")
@needs(WRITE)
def edit(campaign_id: int) -> WerkzeugResponse:
    """Change a campaign; or look for streets, and go on with the form."""
    found = read_campaign(current_service(), current_principal(), campaign_id)
    form = _posted(forms.CampaignForm(exclude=() if found.state == "draft" else forms.FIXED))
    if form.typed.get("step") == "find":
        return _shown(form, found)
    chosen, drawn = _houses(form)
    done = None
    if form.ok:
        done = form.attempt(lambda: _change(found, form.values, chosen, drawn))
    if done is None:
        now = read_campaign(current_service(), current_principal(), campaign_id)
        return _shown(form, now, chosen, 422)
    where = url_for("campaign_pages.campaign", campaign_id=campaign_id)
    return go(where, f"Changes saved.{_said(chosen)}" if done else "Nothing was changed.")


def _usual() -> dict[str, Any]:
    """What stands on a new form."""
    today = current_service().clock.now().astimezone(current_service().zone).date()
    usual = {"owner_id": current_principal().account_id, "starts_on": today.isoformat()}
    return usual | forms.typed_policy(Policy())


def _change(
    found: CampaignView, values: dict[str, Any], chosen: Chosen, drawn: dict[str, Any] | None
) -> bool:
    """True where anything changed."""
    service, principal = current_service(), current_principal()
    changes, match = forms.changes_of(values, found), expect(values["version"])
    let_go = values.get("let_go", False)
    if chosen.uprns or let_go:
        edit_with_houses(
            service, principal, found.id, changes, (chosen.uprns, drawn), let_go=let_go, match=match
        )
    elif changes:
        edit_campaign(service, principal, found.id, changes, match=match)
    return bool(chosen.uprns or let_go or changes)


def _posted(schema: forms.CampaignForm) -> Form:
    """The form as posted; a file's text joins what was pasted, so that nothing is lost when it is shown again."""
    form = read_form(schema)
    uploaded = request.files.get("file")
    if uploaded is None or not uploaded.filename:
        return form
    try:
        text = forms.text_of_file(uploaded.read())
    except ValueError as error:
        form.errors["file"] = str(error)
        return form
    whole = "\n".join(part for part in (form.typed.get("listed", ""), text.strip()) if part)
    form.typed = dict(form.typed) | {"listed": whole}
    form.values["listed"] = whole
    return form


def _houses(form: Form) -> tuple[Chosen, dict[str, Any] | None]:
    """What the form's list and shape mean in houses; entries that mean none are an error until they are left out."""
    listed, polygon = form.typed.get("listed", ""), form.typed.get("polygon", "")
    read = form.attempt(lambda: read_choice(listed, polygon)) if listed or polygon else None
    if read is None:
        return Chosen(), None
    chosen = choose_houses(current_service(), current_principal(), *read)
    if chosen.unknown and not form.typed.get("leave_out"):
        form.errors["listed"] = _unknown(len(chosen.unknown))
    if read[1] and not chosen.drawn:
        form.errors["polygon"] = "There is no house of your areas inside this shape."
    return chosen, read[1]


def _unknown(many: int) -> str:
    if many == 1:
        return "One entry of the list means no house: mend it, or say that it is to be left out."
    return f"{many:,} entries of the list mean no house: mend them, or say that they are to be left out."


def _said(chosen: Chosen) -> str:
    parts = [f"{chosen.listed:,} houses by the list"] if chosen.listed else []
    parts += [f"{chosen.drawn:,} houses inside the shape"] if chosen.drawn else []
    left = f" {len(chosen.unknown):,} entries were left out." if chosen.unknown else ""
    return f" It takes {' and '.join(parts)}.{left}" if parts else left


def _shown(
    form: Form, found: CampaignView | None, chosen: Chosen | None = None, status: int = 200
) -> Response:
    service, principal = current_service(), current_principal()
    if found is not None and found.state == "archived":
        raise Problem("wrong_state", "This campaign is archived: bring it back first.", state=found.state)
    fixed = found is not None and found.state == "active"
    ticked = set(form.typed.get("streets", ()))
    words = form.typed.get("find", "") if form.typed.get("step") == "find" else ""
    seen_version = int(form.values.get("version", 0)) if found and form.problem else 0
    meanwhile = (
        read_history(service, principal, found.id, since=seen_version)
        if found is not None and 0 < seen_version < found.version
        else []
    )
    choices = read_choices(service, principal, () if fixed else form.typed.get("areas", ()))
    return render(
        "fieldwork/campaign_form.html",
        status,
        form=form,
        found=found,
        fixed=fixed,
        choices=choices,
        owners=_with(choices.owners, found.owner_id if found else None, "The present owner"),
        surveys=_with(choices.questionnaires, found.questionnaire_id if found else None, "The present one"),
        streets=[] if fixed else name_streets(service, ticked),
        search=words,
        results=[one for one in search_streets(service, principal, words) if one[0] not in ticked]
        if words
        else [],
        unknown=chosen.unknown[:MOST_TOLD] if chosen else (),
        unknown_in_all=len(chosen.unknown) if chosen else 0,
        meanwhile=meanwhile,
        done=DONE,
        told=told,
    )


def _with(choices: list[tuple[int, str]], key: int | None, words: str) -> list[tuple[int, str]]:
    """The choices with the one that stands, though nobody may choose it anew."""
    return choices if not key or key in dict(choices) else [(key, words), *choices]
