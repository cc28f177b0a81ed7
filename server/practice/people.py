"""Made-up people for practice and for the demonstration: staff who sign in, and residents. Nobody is real.

E-mail addresses end in `.example` (RFC 2606); phone numbers lie in Ofcom's range for drama, 07700 900000–900999.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

GIVEN = (
    "Aisha", "Bartosz", "Ceri", "Dawid", "Elspeth", "Farid", "Grace", "Hamza", "Ingrid", "Jolanta", "Kwame", "Lorna",
    "Mateusz", "Nadia", "Oluwaseun", "Priya", "Quentin", "Rosalind", "Sanjay", "Teresa", "Umar", "Violet", "Wiktoria",
    "Xanthe", "Yusuf", "Zofia",
)  # fmt: skip
FAMILY = (
    "Abernethy", "Blacktoft", "Cottingwith", "Drypool", "Easington", "Fangfoss", "Garrowby", "Holderness", "Ings",
    "Jarratt", "Kowalczyk", "Londesborough", "Marfleet", "Nafferton", "Okafor", "Paull", "Quarmby", "Rawcliffe",
    "Skirlaugh", "Thorngumbald", "Ulrome", "Vavasour", "Withernwick", "Yokefleet",
)  # fmt: skip
GROUPS = ("Neighbourhood Watch", "Residents' association", "Parents of a nearby school", "Allotment society")
INTERESTS = ("Burglary", "Fraud and scams", "Road safety", "Events nearby")


@dataclass(frozen=True)
class StaffMember:
    """Somebody who signs in: the role they hold, and an officer's collar number."""

    username: str
    name: str
    role: str
    number: str = ""


def staff(officers: int) -> list[StaffMember]:
    """One administrator, coordinator, supervisor and analyst, and as many officers as asked."""
    leading = [
        StaffMember("admin", "Morag Easington", "administrator"),
        StaffMember("coordinator", "Idris Holderness", "coordinator"),
        StaffMember("supervisor", "Beata Londesborough", "supervisor"),
        StaffMember("analyst", "Tomasz Skirlaugh", "analyst"),
    ]
    knocking = [
        StaffMember(
            f"officer{number:02d}",
            f"PC {GIVEN[number % len(GIVEN)]} {FAMILY[(number * 7) % len(FAMILY)]}",
            "officer",
            str(1200 + number),
        )
        for number in range(1, officers + 1)
    ]
    return leading + knocking


def resident(dice: random.Random) -> dict[str, object]:
    """A made-up resident as `doorstep-field` takes them: name, contact, language, groups and interests."""
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    number = dice.randrange(10**6)
    person: dict[str, object] = {
        "name": f"{given} {family}",
        "language": "pl" if dice.random() < 0.06 else "en",
    }
    if dice.random() < 0.8:
        person["email"] = f"{given}.{family}.{number}@post.example".lower()
    if "email" not in person or dice.random() < 0.5:
        person["phone"] = f"07700 9{number % 1000:05d}"[:12]
    if dice.random() < 0.2:
        person["groups"] = [dice.choice(GROUPS)]
    if dice.random() < 0.4:
        person["interests"] = sorted(dice.sample(INTERESTS, 2))
    return person
