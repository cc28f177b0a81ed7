"""All that a street may be ranked by, and what may be suggested: one table each. Nothing else enters a score.

An indicator speaks of a place: calls still owed, registrations still possible, and how often its residents named a
concern about crime or nuisance. A protected characteristic, a demographic segment or membership of a group is no
indicator and may not become one; tests/targeting/test_fairness.py fails if this table or what feeds it says otherwise.
Hate crime named as a concern is left out for that reason: it tells who lives there. It is dealt with case by case.
"""

from __future__ import annotations

from dataclasses import dataclass

CONCERN = "concern:"


@dataclass(frozen=True)
class Indicator:
    """A share from 0 to 1. It adds nothing at `low` and all its `points` at `high`; `action` is what it calls for."""

    name: str
    label: str
    points: float
    low: float
    high: float
    action: str

    @property
    def concern(self) -> str:
        """The concern's code as answers have it; "" for the other indicators."""
        return self.name.removeprefix(CONCERN) if self.name.startswith(CONCERN) else ""


def _concern(code: str, label: str, points: float, action: str) -> Indicator:
    return Indicator(CONCERN + code, label, points, 0.0, 0.5, action)


INDICATORS: tuple[Indicator, ...] = (
    Indicator("coverage_gap", "Houses still to be called on", 30, 0.0, 1.0, "call_again"),
    Indicator("registration_gap", "Houses that could still register", 20, 0.0, 1.0, "offer_registration"),
    _concern("asb", "Anti-social behaviour", 10, "problem_solving"),
    _concern("burglary", "Burglary", 10, "crime_prevention"),
    _concern("violence", "Violence", 10, "visible_patrol"),
    _concern("drugs", "Drug dealing or drug use", 10, "problem_solving"),
    _concern("vehicle_crime", "Vehicle crime", 8, "crime_prevention"),
    _concern("speeding", "Speeding or dangerous driving", 8, "road_safety"),
    _concern("criminal_damage", "Criminal damage", 6, "visible_patrol"),
    _concern("fraud", "Fraud and doorstep crime", 6, "crime_prevention"),
    _concern("parking", "Nuisance parking", 4, "partner_referral"),
    _concern("litter", "Litter and fly-tipping", 4, "partner_referral"),
    _concern("noise", "Noise", 4, "partner_referral"),
)

ACTIONS: dict[str, str] = {
    "call_again": "Call on the houses still outstanding, at other times of day and at a weekend.",
    "offer_registration": "Offer registration when next calling, or hold a street surgery.",
    "problem_solving": "Open a problem-solving plan with partners and tell residents what is done.",
    "crime_prevention": "Give crime-prevention advice house by house and check locks and lighting.",
    "visible_patrol": "Patrol on foot at the times that residents name.",
    "road_safety": "Check speeds and ask the highway authority for a survey.",
    "partner_referral": "Pass on to the council and tell residents when it is dealt with.",
}

BY_NAME: dict[str, Indicator] = {indicator.name: indicator for indicator in INDICATORS}
CONCERNS: tuple[str, ...] = tuple(indicator.concern for indicator in INDICATORS if indicator.concern)
