"""PostGIS, on PostgreSQL.

Revision ID: 0000
Revises:
"""

from __future__ import annotations

from alembic import op

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")


def downgrade() -> None:
    raise NotImplementedError("PostGIS is left in place")
