"""Why emails are in a chain by their subject alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Chains of before have no reasons until they change, or `rebuild-chains`."""
    with op.batch_alter_table("chain") as table:
        table.add_column(sa.Column("subject_joins", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("chain") as table:
        table.drop_column("subject_joins")
