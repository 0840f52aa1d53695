"""versions of contracts, the form of deliveries, reading that goes on where it broke off, agencies that pause"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("batch", sa.Column("read_from", _MOMENT))
    op.add_column("batch", sa.Column("delivered", JSONB))
    op.add_column("batch", sa.Column("fingerprint", sa.String()))
    op.add_column("batch", sa.Column("repeats", sa.String()))
    op.add_column("batch", sa.Column("vanished", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "drift_event",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("dataset", sa.String(), nullable=False, index=True),
        sa.Column("batch_id", sa.String(), sa.ForeignKey("batch.id", ondelete="SET NULL")),
        sa.Column("interval_start", _MOMENT, nullable=False),
        sa.Column("interval_end", _MOMENT, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("before", sa.String()),
        sa.Column("now", sa.String()),
        sa.Column("policy", sa.String(), nullable=False),
    )
    op.create_table(
        "reading",
        sa.Column("dataset", sa.String(), primary_key=True),
        sa.Column("interval_start", _MOMENT, primary_key=True),
        sa.Column("interval_end", _MOMENT, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("position", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "contract_version",
        sa.Column("dataset", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("effective_from", _MOMENT),
        sa.Column("first_used_at", _MOMENT, nullable=False),
        sa.Column("reextracted_at", _MOMENT),
    )
    op.create_table(
        "pause",
        sa.Column("agency", sa.String(), primary_key=True),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )


def downgrade() -> None:
    for table in ("pause", "contract_version", "reading", "drift_event"):
        op.drop_table(table)
    for column in ("vanished", "repeats", "fingerprint", "delivered", "read_from"):
        op.drop_column("batch", column)
