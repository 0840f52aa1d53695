"""Alembic's entry: migrate on the connection that `hedui.ledger.schema` hands over."""

from alembic import context

from hedui.ledger.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
