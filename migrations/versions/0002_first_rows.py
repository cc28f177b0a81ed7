"""What autogeneration cannot see: PostGIS indexes, the append-only audit trail, the first rows.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GIST = (("area", "geometry"), ("premises", "point"))
APPEND_ONLY = ("audit_entry",)
AUDIT_LANES = 16


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()
    heads = sa.table("audit_head", sa.column("lane"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(heads, [{"lane": lane, "seq": 0, "hash": "0" * 64} for lane in range(AUDIT_LANES)])
    state = sa.table("service_state", sa.column("name"), sa.column("value"))
    op.bulk_insert(state, [{"name": "epoch", "value": uuid.uuid4().hex}])


def _on_postgresql() -> None:
    for table, column in GIST:
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="gist")
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _on_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_append_only_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    raise NotImplementedError("the first migration is not undone: restore a backup")
