"""what is asked of batches of which nothing is kept; a report may be handed over again after another one"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ONCE = "report_delivery_subject_digest_key"


def upgrade() -> None:
    op.add_column("batch", sa.Column("asked", JSONB))
    op.drop_constraint(_ONCE, "report_delivery")
    op.create_index("ix_report_delivery_subject", "report_delivery", ["subject"])


def downgrade() -> None:
    op.drop_index("ix_report_delivery_subject", "report_delivery")
    op.execute(
        "DELETE FROM report_delivery AS old USING report_delivery AS new "
        "WHERE old.subject = new.subject AND old.digest = new.digest AND old.id < new.id"
    )
    op.create_unique_constraint(_ONCE, "report_delivery", ["subject", "digest"])
    op.drop_column("batch", "asked")
