"""Sessions on the ledger, locks that outlive no process, and the audit chain."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.schema import migrate
from hedui.ledger.tables import AuditEntry
from hedui.model.errors import StoreBusy

_START = bytes(32)
_WAIT_FOR_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtextextended(:what, 0))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtextextended(:what, 0))")


class Ledger:
    """One database. `open` brings its tables up to date."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        engine = sa.create_engine(url, pool_size=2)
        try:
            migrate(engine)
        except sa.exc.OperationalError:
            raise StoreBusy(
                "ledger", "the database does not answer", "Check that PostgreSQL runs, then try again"
            ) from None
        return cls(engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone by an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def only_one(self, *things: str) -> Iterator[None]:
        """Nobody else does any of these `things` meanwhile; the locks go with the process that holds them.

        Raises StoreBusy where somebody is at one.
        """
        with self.engine.connect() as connection, ExitStack() as held:
            for what in things:
                name = {"what": f"hedui/{what}"}
                if not connection.scalar(_TRY_LOCK, name):
                    raise StoreBusy(what, "another run is at this already", "Wait for it to end")
                held.callback(connection.scalar, _UNLOCK, name)
            connection.commit()  # the lock is the session's: no transaction stays open while the work goes on
            yield


def hold_leads(session: Session, agency: str) -> None:
    """Wait until nobody else changes leads of this agency; until the end of the transaction nobody else does."""
    session.execute(_WAIT_FOR_LOCK, {"what": f"hedui/leads/{agency}"})


def audit(session: Session, action: str, **detail: Any) -> None:
    """Append to the chain, within the transaction of what is audited."""
    session.execute(_WAIT_FOR_LOCK, {"what": "hedui/audit"})
    previous = session.scalar(sa.select(AuditEntry.entry_hash).order_by(AuditEntry.id.desc()).limit(1)) or _START
    at = datetime.now(UTC)
    session.add(
        AuditEntry(
            at=at, action=action, detail=detail, previous_hash=previous, entry_hash=_link(previous, at, action, detail)
        )
    )
    session.flush()


def first_broken_link(session: Session) -> int | None:
    """The id of the first audit entry that was changed or follows a missing one; None if the chain is whole."""
    previous = _START
    for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        expected = _link(previous, entry.at, entry.action, entry.detail)
        if entry.previous_hash != previous or entry.entry_hash != expected:
            return entry.id
        previous = entry.entry_hash
    return None


def _link(previous: bytes, at: datetime, action: str, detail: dict[str, Any]) -> bytes:
    text = json.dumps([at.astimezone(UTC).isoformat(), action, detail], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()
