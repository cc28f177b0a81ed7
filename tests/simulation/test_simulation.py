"""The fixed seeds of every test run, on both databases, and proof that the simulator would notice."""

from __future__ import annotations

import re

import pytest

from server.base.keyring import KeyRing
from tests.simulation.bugs import BUGS
from tests.simulation.databases import KINDS, Databases
from tests.simulation.run import Violation, simulate

SEEDS, AT_ONCE = 200, 20
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def _has_database(request: pytest.FixtureRequest) -> None:
    """PostGIS tests are skipped with the reason where it is not installed, and fail where CI=true."""
    if "postgis" in request.node.name:
        request.getfixturevalue("cluster")


@pytest.mark.parametrize("first", range(1, SEEDS + 1, AT_ONCE))
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_every_event_counts_once_and_everyone_sees_it(
    kind: str, first: int, databases: Databases, keys: KeyRing
) -> None:
    """Odd seeds on SQLite, even ones on PostGIS: `make simulate` runs each on both."""
    for seed in range(first + KINDS.index(kind), first + AT_ONCE, len(KINDS)):
        simulate(seed, kind, databases, keys=keys)


def test_a_seed_does_the_same_again_on_either_database(
    cluster: object, databases: Databases, keys: KeyRing
) -> None:
    first = simulate(7, "sqlite", databases, keys=keys)
    assert simulate(7, "sqlite", databases, keys=keys) == first
    assert simulate(7, "postgis", databases, keys=keys) == first
    assert simulate(8, "sqlite", databases, keys=keys) != first


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_within_the_fixed_seeds(
    name: str, kind: str, databases: Databases, keys: KeyRing
) -> None:
    plant, told = BUGS[name]

    def run_until_broken() -> None:
        for seed in range(1, 41):
            simulate(seed, kind, databases, keys=keys)

    with plant(), pytest.raises(Violation) as caught:
        run_until_broken()
    violation = caught.value
    assert any(re.search(told, finding) for finding in violation.found), violation
    assert f"seed {violation.seed} on {kind}" in str(violation)
    assert f"SEED={violation.seed}" in str(violation)
