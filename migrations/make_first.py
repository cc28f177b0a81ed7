"""Makes migration 0001 anew from the tables in code: `make migration`. For use while nothing is released.

What autogeneration cannot see (PostGIS itself, GiST indexes, triggers, first rows) stands in 0002, by hand.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from alembic import command
from alembic.operations import ops

from server.base.db import Database
from server.base.schema import MIGRATIONS, alembic_config

BEFORE = "0000"
FIRST = "0001"


def main() -> None:
    """Write migrations/versions/0001_tables.py over the one there, all at once."""
    with tempfile.TemporaryDirectory(dir=MIGRATIONS) as folder:
        apart = Path(folder)
        (apart / "versions").mkdir()
        for name in ("env.py", "script.py.mako", f"versions/{BEFORE}_postgis.py"):
            shutil.copy(MIGRATIONS / name, apart / name)
        database = Database(f"sqlite:///{apart / 'empty.db'}")
        config = alembic_config(database)
        config.set_main_option("script_location", str(apart))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.upgrade(config, BEFORE)
        command.revision(
            config, "tables", autogenerate=True, rev_id=FIRST, process_revision_directives=_portable
        )
        database.dispose()
        made = f"versions/{FIRST}_tables.py"
        (apart / made).replace(MIGRATIONS / made)


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
