"""Cursors, what was forgotten, and what joins an email beside its headers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("forgotten_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    with op.batch_alter_table("raw_mail") as table:
        table.add_column(sa.Column("arrived_at", UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("labels", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("thread_keys", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("email") as table:
        table.drop_index("ix_email_node")  # the table `node` answers for it
        table.add_column(sa.Column("thread_keys", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("subject_key", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("seeks", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("people", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("dated", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("ahead", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("bulk", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("cut", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_email_subject_key", "email", ["subject_key", "sent_at"])
    with op.batch_alter_table("chain") as table:
        table.add_column(sa.Column("bulk", sa.String(length=16), nullable=False, server_default=""))
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("waiting_since", UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE outbox SET waiting_since = created_at")
    with op.batch_alter_table("outbox") as table:
        table.alter_column("waiting_since", existing_type=UtcDateTime(timezone=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("waiting_since")
    with op.batch_alter_table("chain") as table:
        table.drop_column("bulk")
    op.drop_index("ix_email_subject_key", "email")
    with op.batch_alter_table("email") as table:
        table.create_index("ix_email_node", ["node"])
        for name in ("edition", "cut", "bulk", "ahead", "dated", "people", "seeks", "subject_key", "thread_keys"):
            table.drop_column(name)
    with op.batch_alter_table("raw_mail") as table:
        table.drop_column("thread_keys")
        table.drop_column("labels")
        table.drop_column("arrived_at")
    op.drop_table("forgotten")
    op.drop_table("source_cursor")
