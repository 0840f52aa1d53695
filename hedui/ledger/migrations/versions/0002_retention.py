"""what retention took away"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("expired", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch", sa.Column("landing_deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batch", sa.Column("quarantine_deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("batch", "quarantine_deleted_at")
    op.drop_column("batch", "landing_deleted_at")
    op.drop_column("batch", "expired")
