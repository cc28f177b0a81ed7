"""What axe finds on a page as it stands, in both colour schemes: WCAG 2.2 AA and axe's best practices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "server" / "web" / "console" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: Page, schemes: Sequence[str] = ("light", "dark")) -> list[str]:
    """One line for each finding: rule, what it asks, and where. The page's policy does not bind the debugger."""
    told = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n0")
        answer: dict[str, Any] = page.evaluate(
            "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS
        )
        told += [f"{scheme}: {one['id']}: {one['help']} at {_places(one)}" for one in answer["violations"]]
    return told


def _places(finding: dict[str, Any]) -> str:
    return ", ".join(" ".join(map(str, node["target"])) for node in finding["nodes"][:5])
