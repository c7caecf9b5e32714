"""Tombstones of dead letters wait in the outbox: their keys are longer than chain ids"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.alter_column("chain_id", existing_type=sa.String(length=32), type_=sa.String(length=300))


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE length(chain_id) > 32")
    with op.batch_alter_table("outbox") as table:
        table.alter_column("chain_id", existing_type=sa.String(length=300), type_=sa.String(length=32))
