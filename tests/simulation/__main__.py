"""`python -m tests.simulation --seed N --seeds COUNT --database sqlite|postgis`: simulate; exit 1 at a violation."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

from server.base.keyring import KeyRing
from tests.postgis import NoPostgisError
from tests.simulation.databases import KINDS, Databases
from tests.simulation.run import Violation, simulate


def main(arguments: list[str] | None = None) -> int:
    """Run the seeds on one or both databases, a line each; 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds")
    parser.add_argument("--database", choices=KINDS, help="on this database only")
    asked = parser.parse_args(arguments)
    kinds = [asked.database] if asked.database else list(KINDS)
    warnings.filterwarnings("ignore", category=UserWarning, module="apispec")
    began, broken, runs = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="doorstep-sim-") as folder:
        databases, keys = Databases(Path(folder), Path(folder) / "postgis"), KeyRing.make()
        try:
            for seed in range(asked.seed, asked.seed + asked.seeds):
                for kind in kinds:
                    runs += 1
                    broken += _run(seed, kind, databases, keys)
        except NoPostgisError as error:
            print(f"{error}. Use DATABASE=sqlite to go without.", file=sys.stderr)
            return 2
        finally:
            databases.close()
    print(f"{runs} runs in {time.monotonic() - began:.0f} s: {broken} broken.")
    return 1 if broken else 0


def _run(seed: int, kind: str, databases: Databases, keys: KeyRing) -> int:
    try:
        done = simulate(seed, kind, databases, keys=keys)
    except Violation as violation:
        print(violation)
        return 1
    print(
        f"seed {seed} on {kind}: {len(done.trace)} steps, {done.events} events, {done.mishaps} mishaps, "
        f"{done.kills} deaths: well"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
