"""The ledger: its tables are what the code expects, its locks exclude, its audit chain shows every change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hedui.ledger import Ledger
from hedui.ledger.ledger import audit, first_broken_link
from hedui.ledger.schema import HEAD, alembic_config
from hedui.ledger.tables import AuditEntry, Base
from hedui.model.errors import StoreBusy
from hedui.pipeline.stores import Stores


def test_migrations_lead_to_the_tables_the_code_declares(stores: Stores) -> None:
    with stores.ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert ScriptDirectory.from_config(alembic_config(connection)).get_current_head() == HEAD


def test_many_processes_may_open_a_new_ledger_at_once(database: Callable[[str], str]) -> None:
    url = database("ledger")
    with ThreadPoolExecutor(4) as pool:
        ledgers = list(pool.map(lambda _: Ledger.open(url), range(4)))
    for ledger in ledgers:
        ledger.close()


def test_a_database_that_does_not_answer_is_worth_another_try() -> None:
    with pytest.raises(StoreBusy, match="ledger: the database does not answer"):
        Ledger.open("postgresql+psycopg2://nobody@127.0.0.1:1/none")


def test_only_one_may_do_a_thing_at_a_time(stores: Stores) -> None:
    with stores.ledger.only_one("match x"):
        with pytest.raises(StoreBusy, match="another run is at this already"), stores.ledger.only_one("match x"):
            pass
        with stores.ledger.only_one("match y"):
            pass
    with stores.ledger.only_one("match x"):
        pass


def write(stores: Stores, count: int) -> None:
    with stores.ledger.session() as session:
        for number in range(count):
            audit(session, "released", release=number, approvers=["甲", "乙"])


def test_an_untouched_audit_chain_is_whole(stores: Stores) -> None:
    write(stores, 3)
    write(stores, 2)
    with stores.ledger.session() as session:
        assert first_broken_link(session) is None


@pytest.mark.parametrize(
    "tampering",
    [
        sa.update(AuditEntry).where(AuditEntry.id == 2).values(detail={"release": 9, "approvers": ["甲", "乙"]}),
        sa.update(AuditEntry).where(AuditEntry.id == 2).values(action="proposed"),
        sa.delete(AuditEntry).where(AuditEntry.id == 2),
    ],
    ids=["detail", "action", "deleted"],
)
def test_a_changed_or_missing_entry_breaks_the_chain(stores: Stores, tampering: sa.Executable) -> None:
    write(stores, 4)
    with stores.ledger.session() as session:
        session.execute(tampering)
        session.expire_all()
        assert first_broken_link(session) in (2, 3)


def test_what_fails_leaves_no_audit_entry(stores: Stores) -> None:
    with pytest.raises(RuntimeError), stores.ledger.session() as session:
        audit(session, "released", release=1)
        raise RuntimeError
    with stores.ledger.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0
