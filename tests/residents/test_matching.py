"""When two registrations are of one person."""

from __future__ import annotations

from server.residents.matching import Known, Sought, is_same_person


def sought(name: bytes = b"anna", email: bytes | None = None, phone: bytes | None = None) -> Sought:
    contacts = {
        "email": frozenset([email]) if email else frozenset(),
        "phone": frozenset([phone]) if phone else frozenset(),
    }
    return Sought("1", frozenset([name]), contacts, {"2": frozenset([name + b"@2"])})


def known(
    name: bytes = b"anna", email: bytes | None = None, phone: bytes | None = None, uprn: str = "1"
) -> Known:
    contacts = {"email": {email} if email else set(), "phone": {phone} if phone else set()}
    return Known("r", uprn, "current", name, contacts)


def test_the_same_email_is_the_same_person_at_any_house_under_any_spelling() -> None:
    assert is_same_person(sought(email=b"e"), known(b"ann", b"e"))
    assert is_same_person(sought(email=b"e"), known(b"ann", b"e", uprn="2"))


def test_a_shared_phone_takes_the_same_name_too() -> None:
    assert is_same_person(sought(phone=b"p"), known(phone=b"p"))
    assert not is_same_person(sought(phone=b"p"), known(b"jan", phone=b"p"))
    assert is_same_person(sought(phone=b"p"), known(b"anna@2", phone=b"p", uprn="2"))
    assert not is_same_person(sought(phone=b"p"), known(b"jan@2", phone=b"p", uprn="2"))


def test_the_same_name_at_the_same_house_is_one_person_unless_the_contacts_differ() -> None:
    assert is_same_person(sought(), known())
    assert is_same_person(sought(email=b"e"), known(phone=b"p"))
    assert not is_same_person(sought(email=b"e"), known(email=b"f"))


def test_the_same_name_at_another_house_is_somebody_else() -> None:
    assert not is_same_person(sought(), known(b"anna@2", uprn="2"))


def test_two_names_without_contacts_are_two_people() -> None:
    assert not is_same_person(sought(), known(b"jan"))
