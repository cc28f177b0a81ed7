"""Makes migration 0001 anew from the tables in code: `make migration`. For use while nothing is released.

What autogeneration cannot see (PostGIS itself, GiST indexes, triggers, first rows) stands in 0002, by hand.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from alembic import command
from alembic.operations import ops

from server.base.db import Database
from server.base.schema import MIGRATIONS, alembic_config

BEFORE = "0000"
FIRST = "0001"


def main() -> None:
    """Write migrations/versions/0001_tables.py over the one there."""
    versions = MIGRATIONS / "versions"
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        kept.mkdir()
        for path in versions.glob("*.py"):
            if path.stem[:4] >= FIRST:
                path.rename(kept / path.name)
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            config = alembic_config(database)
            command.upgrade(config, BEFORE)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(
                config, "tables", autogenerate=True, rev_id=FIRST, process_revision_directives=_portable
            )
        except BaseException:
            (kept / f"{FIRST}_tables.py").rename(versions / f"{FIRST}_tables.py")
            raise
        finally:
            database.dispose()
            for path in kept.glob("*.py"):
                if not path.name.startswith(FIRST):
                    path.rename(versions / path.name)


def _portable(_context: object, _revision: object, scripts: list[ops.MigrationScript]) -> None:
    for script in scripts:
        if script.upgrade_ops is not None:
            _drop_gist(script.upgrade_ops)
        if script.downgrade_ops is not None:
            script.downgrade_ops.ops = []


def _drop_gist(container: ops.OpContainer) -> None:
    container.ops = [one for one in container.ops if not _is_gist(one)]
    for one in container.ops:
        if isinstance(one, ops.OpContainer):
            _drop_gist(one)


def _is_gist(operation: ops.MigrateOperation) -> bool:
    return isinstance(operation, ops.CreateIndexOp) and operation.kw.get("postgresql_using") == "gist"


if __name__ == "__main__":
    main()
