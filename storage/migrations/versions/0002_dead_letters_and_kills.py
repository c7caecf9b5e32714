"""Dead letters in words, attempts that killed their process, and the members' counters"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("group_id", sa.String(length=249), nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("chain_id", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("error_class", sa.String(length=64), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("analyser_id", sa.String(length=64), nullable=False),
        sa.Column("redrives", sa.Integer(), nullable=False),
        sa.Column("letter_partition", sa.Integer(), nullable=False),
        sa.Column("letter_offset", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "topic", "partition", "offset"),
    )
    with op.batch_alter_table("dead_letter") as table:
        table.create_index(op.f("ix_dead_letter_state"), ["state"])
        table.create_index(op.f("ix_dead_letter_error_class"), ["error_class"])
    with op.batch_alter_table("attempt") as table:
        table.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("kills", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("worker") as table:
        table.add_column(sa.Column("slots", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("counters", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("breakers", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("worker") as table:
        for name in ("breakers", "counters", "slots"):
            table.drop_column(name)
    with op.batch_alter_table("attempt") as table:
        table.drop_column("kills")
        table.drop_column("is_open")
    op.drop_table("dead_letter")
