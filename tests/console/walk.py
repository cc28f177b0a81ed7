"""Walks the console as one person: from the start page along every link, map, refreshed part and download."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from werkzeug.exceptions import HTTPException

from tests.console.desk import Desk, Page

MOST_OF_A_KIND = 4  # pages of one route that are looked at: the first few tell as much as the hundredth
LINKS = ("href", "src", "action", "hx-get", "data-url", "data-tiles")


@dataclass(frozen=True)
class Step:
    """A page that was reached: where it is, its route's rule, from which page, and what it showed."""

    path: str
    rule: str
    came_from: str
    page: Page


def walk(
    desk: Desk, start: str = "/console", *, most_of_a_kind: int = MOST_OF_A_KIND, downloads: bool = True
) -> list[Step]:
    """Every page that links lead to, each asked for once, at most `most_of_a_kind` of one route."""
    steps: list[Step] = []
    seen, kinds = {start}, dict[str, int]()
    waiting = deque([(start, "")])
    while waiting:
        path, came_from = waiting.popleft()
        rule = rule_of(desk, path)
        kinds[rule] = kinds.get(rule, 0) + 1
        if kinds[rule] > most_of_a_kind:
            continue
        page = desk.get(path)
        steps.append(Step(path, rule, came_from, page))
        for link in links(page, path, downloads=downloads):
            if link not in seen:
                seen.add(link)
                waiting.append((link, path))
    return steps


def links(page: Page, path: str, *, downloads: bool = True) -> Iterator[str]:
    """The addresses of ours that a page leads to by a look alone, in their order."""
    for one in page.html.select("*"):
        if one.has_attr("download") and not downloads:
            continue
        if one.name == "form" and str(one.get("method", "get")).lower() != "get":
            continue
        for name in LINKS:
            if one.get(name):
                found = urldefrag(urljoin(path, str(one[name]))).url
                if urlsplit(found).path.startswith("/console") and "{" not in found:
                    yield found


def rule_of(desk: Desk, path: str) -> str:
    """The rule of the route that answers a path; the path itself where none does."""
    adapter = desk.client.application.url_map.bind("localhost")
    try:
        rule, _ = adapter.match(urlsplit(path).path, method="GET", return_rule=True)
    except HTTPException:
        return urlsplit(path).path
    return str(rule.rule)
