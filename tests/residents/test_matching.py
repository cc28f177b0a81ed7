"""When two registrations are of one person."""

from __future__ import annotations

from server.residents.matching import Known, Sought, is_bound, is_same_person


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


def test_the_same_email_is_the_same_person_at_one_house_under_any_spelling() -> None:
    assert is_same_person(sought(email=b"e"), known(b"ann", b"e"))


def test_at_another_house_it_takes_the_same_name_too_but_a_withdrawal_binds_all_the_same() -> None:
    assert is_same_person(sought(email=b"e"), known(b"anna@2", b"e", uprn="2"))
    assert not is_same_person(sought(email=b"e"), known(b"ann@2", b"e", uprn="2"))
    assert is_bound(sought(email=b"e"), known(b"ann@2", b"e", uprn="2"))
    assert not is_bound(sought(phone=b"p"), known(b"jan@2", phone=b"p", uprn="2"))


def test_a_name_alone_is_no_proof_of_somebody_whom_no_officer_met() -> None:
    afar = known(email=b"e")
    afar.vouched = False
    assert not is_same_person(sought(phone=b"p"), afar)
    assert is_same_person(sought(email=b"e"), afar)


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
