"""what becomes of held rows, what batches look like, reports that were handed over, deliveries that are late"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _of_batch() -> sa.Column[str]:
    return sa.Column("batch_id", sa.String(), sa.ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    op.add_column("batch", sa.Column("discarded", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch", sa.Column("announced", sa.Integer()))
    op.add_column("batch", sa.Column("replays", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch", sa.Column("replaying", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("batch", sa.Column("faulty", sa.Integer()))
    op.add_column("batch", sa.Column("own_faulty", sa.Integer()))
    op.add_column("batch", sa.Column("passed_over", JSONB, server_default="[]", nullable=False))
    op.add_column("finding", sa.Column("scored", sa.Boolean(), server_default="true", nullable=False))
    op.create_table(
        "held_row",
        _of_batch(),
        sa.Column("row", sa.BigInteger(), primary_key=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("record_mark", sa.LargeBinary()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.String()),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String()),
        sa.Column("answered_at", _MOMENT),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_index("held_row_record", "held_row", ["dataset", "record_mark"])
    op.create_index("held_row_state", "held_row", ["dataset", "state"])
    op.create_table(
        "confirmation",
        sa.Column("dataset", sa.String(), primary_key=True),
        sa.Column("record_mark", sa.LargeBinary(), primary_key=True),
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("expectation", sa.String(), primary_key=True),
        sa.Column("value_mark", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "batch_profile",
        _of_batch(),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("filled", JSONB, nullable=False),
        sa.Column("categories", JSONB, nullable=False),
    )
    op.create_table(
        "report_delivery",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("agency", sa.String(), nullable=False, index=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.UniqueConstraint("subject", "digest"),
    )
    op.create_table(
        "overdue",
        sa.Column("dataset", sa.String(), primary_key=True),
        sa.Column("interval_start", _MOMENT, primary_key=True),
        sa.Column("interval_end", _MOMENT, primary_key=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ("overdue", "report_delivery", "batch_profile", "confirmation", "held_row"):
        op.drop_table(table)
    op.drop_column("finding", "scored")
    for column in ("passed_over", "own_faulty", "faulty", "replaying", "replays", "announced", "discarded"):
        op.drop_column("batch", column)
