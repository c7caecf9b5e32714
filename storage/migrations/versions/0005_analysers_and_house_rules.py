"""Who analyses, how its confidence was calibrated, and the rules of the house apart from the analysis"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ANALYSIS = sa.table("analysis", *map(sa.column, ("analysis_id", "analyser_id", "made_by", "record")))


def upgrade() -> None:
    analyser = op.create_table(
        "analyser",
        sa.Column("analyser_id", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=8), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_digest", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("schema_version", sa.String(length=16), nullable=False),
        sa.Column("first_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("promoted_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("analyser_id"),
    )
    op.create_table(
        "calibration",
        sa.Column("model_digest", sa.String(length=128), nullable=False),
        sa.Column("prompt_version", sa.String(length=64), nullable=False),
        sa.Column("fitted_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("chains", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("ece_raw", "ece_fitted", "brier_raw", "brier_fitted")),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("model_digest", "prompt_version"),
    )
    with op.batch_alter_table("analysis") as table:
        table.add_column(sa.Column("made_by", sa.String(length=8), nullable=False, server_default="model"))
        table.add_column(sa.Column("model_priority", sa.String(length=16), nullable=False, server_default=""))
        table.add_column(sa.Column("house", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("house_version", sa.String(length=16), nullable=False, server_default=""))
    op.execute("UPDATE analysis SET model_priority = priority")
    _fill(op.get_bind(), analyser)


def _fill(connection: sa.Connection, analyser: sa.Table) -> None:
    """Name the analysers of the stored analyses, each by its first one; of their schema version nothing is known."""
    first = sa.select(sa.func.min(_ANALYSIS.c.analysis_id)).group_by(_ANALYSIS.c.analyser_id)
    query = sa.select(_ANALYSIS.c.analyser_id, _ANALYSIS.c.record).where(_ANALYSIS.c.analysis_id.in_(first))
    for analyser_id, written in connection.execute(query).all():
        record = json.loads(written)
        use, made_by = record["model_use"], record.get("made_by", "model")
        connection.execute(
            sa.insert(analyser).values(
                analyser_id=analyser_id,
                made_by=made_by,
                **{name: use.get(name, "") for name in ("server", "model", "model_digest", "prompt_version")},
                options=use.get("options", {}),
                schema_version="",
                first_at=_first_at(analyser_id),
            )
        )
        connection.execute(
            sa.update(_ANALYSIS).where(_ANALYSIS.c.analyser_id == analyser_id).values(made_by=made_by)
        )


def _first_at(analyser_id: str) -> sa.ScalarSelect[object]:
    analysed_at = sa.column("analysed_at", UtcDateTime(timezone=True))
    rows = sa.table("analysis", sa.column("analyser_id"), analysed_at)
    return sa.select(sa.func.min(rows.c.analysed_at)).where(rows.c.analyser_id == analyser_id).scalar_subquery()


def downgrade() -> None:
    op.execute("UPDATE analysis SET priority = model_priority")
    with op.batch_alter_table("analysis") as table:
        for name in ("house_version", "house", "model_priority", "made_by"):
            table.drop_column(name)
    op.drop_table("calibration")
    op.drop_table("analyser")
