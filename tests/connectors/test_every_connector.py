"""What the method around `records` promises, whatever a connector does."""

import subprocess
import sys
from collections.abc import Iterator

import pyarrow as pa
import pytest

from connectors.base import Connector, Offer, Page, Wanted
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, SchemaDrift
from tests.connectors import tiny_province
from tests.connectors.conftest import read


@pytest.fixture
def cases(contracts):
    return contracts["police.dui_cases"]


@pytest.fixture
def yielding(monkeypatch):
    """Let every connector be one that does just this."""

    def install(*steps: pa.RecordBatch | Exception) -> Credentials:
        class Scripted(Connector):
            def records(self, interval, after) -> Iterator[Page]:
                for step in steps:
                    if isinstance(step, Exception):
                        raise step
                    yield Page(step)

            def steps(self) -> Iterator[str]:
                yield "it is there"

            def offer(self) -> Offer:
                return Offer(steps[0].schema)

        monkeypatch.setattr(
            "tests.connectors.conftest.connector_for", lambda dataset, who: Scripted(Wanted.of(dataset), who)
        )
        return Credentials(conn_type="scripted")

    return install


def whole(dataset, rows: int = 1, **more: str) -> pa.RecordBatch:
    names = [*(f.source for f in dataset.fields.values()), "_source", "_position", *more]
    return pa.record_batch([pa.array(["张三"] * rows) for _ in names], names=names)


@pytest.mark.parametrize("error", [ValueError("张三"), pa.ArrowInvalid("张三"), KeyError("张三"), MemoryError("张三")])
def test_an_error_nobody_foresaw_says_its_kind_and_not_its_words(error, cases, yielding, fails):
    with fails(DeliveryBroken, type(error).__name__):
        read(cases, yielding(whole(cases), error))


def test_a_column_missing_in_a_later_batch_is_a_drift(cases, yielding, fails):
    with fails(SchemaDrift, "lacks the column caseNo"):
        read(cases, yielding(whole(cases), whole(cases).drop_columns(["caseNo"])))


def test_empty_batches_do_not_arrive(cases, yielding):
    assert read(cases, yielding(whole(cases, 0), whole(cases, 2), whole(cases, 0)), tiny_province.DAILY) == 2


def test_importing_the_package_loads_no_driver():
    """DAG files import it every few seconds."""
    code = (
        "import sys, connectors; print({'requests', 'sqlalchemy', 'paramiko', 'cryptography'} & set(sys.modules) or '')"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""
