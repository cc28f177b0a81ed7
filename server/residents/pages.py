"""Pages for residents, in their language: is this officer genuine, registering by oneself, confirming it.

What a resident types travels in bodies, and a door's code or a link behind the #: neither is ever in an address.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Blueprint, render_template, request

from server.base.http import current_service, public, refuse_unstorable
from server.base.languages import SOURCE, Languages
from server.base.problems import Problem
from server.residents import genuine, throttle
from server.residents.genuine import Genuine
from server.residents.throttle import OFFICER_CHECKS
from sync import consents as wordings
from sync.demographics import LISTS
from sync.errors import BadToken

blueprint = Blueprint("residents_pages", __name__, template_folder="templates")
LANGUAGES = Languages.read(Path(__file__).parent / "languages")
Page = tuple[str, int]


@blueprint.get("/check")
@public
def check_form() -> Page:
    """The form: who says they are an officer, and the code that they show."""
    return _page("check.html")


@blueprint.post("/check")
@public
def check() -> Page:
    """The answer: yes, with who is calling where and for what; or no, and what to do."""
    said, code = (request.form.get(name, "").strip()[:200] for name in ("officer", "code"))
    refuse_unstorable([said, code])
    typed = {"said": said, "code": code}
    if not said or not code:
        return _page("check.html", 422, error="check.missing", **typed)
    try:
        throttle.count_try(current_service(), OFFICER_CHECKS, request.remote_addr or "")
        found = genuine.check_officer(current_service(), said, code)
    except BadToken:
        return _page("check.html", 422, error="check.not_whole", **typed)
    except Problem as problem:
        if problem.code != "too_many_requests":
            raise
        return _page("check.html", problem.status, error="check.too_many", **typed)
    return _page("checked.html", found=found, until=_until(found))


@blueprint.get("/join")
@public
def join() -> Page:
    """Registering by oneself; the script reads the door's code behind the # and sends it to the public API."""
    language = LANGUAGES.chosen(request)
    translated = wordings.translations(wordings.CURRENT).get(language, {})
    return _page(
        "join.html",
        wording=wordings.CURRENT,
        purposes=wordings.WORDINGS[wordings.CURRENT] | translated,
        demographics={
            name: [(choice.code, choice.label.get(language, choice.label[SOURCE])) for choice in choices]
            for name, choices in LISTS.items()
        },
        kept_days=current_service().settings.unconfirmed_days,
    )


@blueprint.get("/confirm")
@public
def confirm() -> Page:
    """Where the link that is sent to a contact leads: confirm the registration, or have it removed."""
    return _page("confirm.html")


def _until(found: Genuine | None) -> str:
    return "" if found is None else LANGUAGES.day(LANGUAGES.chosen(request), found.until)


def _page(template: str, status: int = 200, **shown: object) -> Page:
    language = LANGUAGES.chosen(request)
    say = partial(LANGUAGES.say, language)
    names = {code: texts["language.own_name"] for code, texts in LANGUAGES.texts.items()}
    text = render_template(
        template,
        say=say,
        language=language,
        languages=names,
        force=current_service().settings.force_name,
        skip_words=say("skip"),
        **shown,
    )
    return text, status
