"""Password hashes cost what they should, for names that do not exist too."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from server.staff import passwords
from tests.factories.staff import PASSWORD


@pytest.mark.real_hashes
def test_hashes_are_argon2id_with_64_mib_and_3_passes() -> None:
    for hashed in (passwords.hash_password(PASSWORD), passwords._NOBODY):
        parameters = extract_parameters(hashed)
        assert (parameters.type.name, parameters.memory_cost, parameters.time_cost) == ("ID", 65536, 3)


@pytest.mark.real_hashes
def test_the_hash_of_nobody_is_a_whole_one_so_that_checking_it_takes_as_long() -> None:
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODY, PASSWORD)
    assert passwords.is_right(None, PASSWORD) is False


@pytest.mark.real_hashes
def test_a_password_typed_on_another_keyboard_is_the_same_one() -> None:
    hashed = passwords.hash_password("fünf große Kühe")
    assert passwords.is_right(hashed, "fu\u0308nf große Ku\u0308he")
    assert not passwords.is_right(hashed, "funf grosse Kuhe")


def test_a_hash_of_another_kind_is_nobodys() -> None:
    assert passwords.is_right("plain text", "plain text") is False
    assert passwords.is_right(passwords._NOBODY, "x" * 300) is False
