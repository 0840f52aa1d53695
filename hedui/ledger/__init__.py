"""The ledger remembers: batches, findings, watermarks, leads, releases, and a hash-chained audit log.

PostgreSQL through SQLAlchemy; its tables are made by Alembic. Holds no raw identifier and no key; evidence of a lead
arrives here already sealed.
"""

from hedui.ledger.ledger import Ledger

__all__ = ["Ledger"]
