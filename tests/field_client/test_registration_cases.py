"""The phone's form and this client refuse the same registrations: both read field_client/phone/test/cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import field_client
from field_client.problems import Refused
from sync import consents
from sync.events import ConsentRecord, RegistrationRecord
from tests.field_client.conftest import Field

CASES = Path(field_client.__file__).parent / "phone/test/cases/registrations.json"
HOUSE = "100000012"


def filled(member: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if member in ("groups", "interests"):
        return [value["text"]] * value["times"]
    return value.get("before", "") + value["text"] * value["times"] + value.get("after", "")


@pytest.mark.parametrize("case", json.loads(CASES.read_text())["cases"], ids=lambda case: case["name"])
def test_a_registration_is_refused_just_where_the_phones_form_refuses_it(
    field: Field, case: dict[str, Any]
) -> None:
    person = RegistrationRecord(
        id="6f1c1d7e-2f0a-4b7c-9d3e-0123456789ab",
        consents=[ConsentRecord("messages", consents.CURRENT, True)],
        **{member: filled(member, value) for member, value in case["person"].items()},
    )
    if not case["wrong"]:
        field.client.register(HOUSE, [person])
        return
    with pytest.raises(Refused):
        field.client.register(HOUSE, [person])
