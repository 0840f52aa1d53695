"""The lists of records to mend that go with a report: in memory alone, and each opening of record keys is audited."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch
from hedui.model.channels import Language
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.model.facts import Document
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.division_names import division_name
from hedui.pipeline.open_records import OpenRecords, open_records
from hedui.pipeline.stores import Stores
from hedui.reports.lists import LISTED_REPAIRS, REPAIRED, Counted, RecordList, as_csv
from hedui.reports.when import mend_by, period
from hedui.reports.workbook import as_workbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lists(stores: Stores, name: str, language: Language) -> list[Document]:
    """The list of a batch as workbook and as CSV; none where nothing is to be mended and nothing was repaired."""
    batch, dataset = recalled(stores.ledger, name)
    opened = open_records(stores, [(batch, dataset)])
    because = Title(**batch.rejected_because) if batch.rejected_because else None
    listed = RecordList(
        agency=shelves.agencies()[dataset.agency],
        dataset=dataset,
        batch=name,
        period=period(Interval(batch.interval_start, batch.interval_end)),
        mend_by=mend_by(dataset, batch.received_at),
        made_at=batch.received_at,
        faults=opened.faults,
        records=opened.records,
        counted=_counted(opened),
        names=_names(opened),
        rejected_because=because,
        repairs=Counter({(f, repair): n for f, made in batch.repairs.items() for repair, n in made.items()}),
        repaired=_repaired(stores, batch, dataset),
    )
    stem = f"{dataset.table}-{batch.interval_start.astimezone(PROVINCE_TIME):%Y%m%d}-records"
    return _documents(stores, listed, name, stem, language)


def month_lists(stores: Stores, agency: str, month: str, language: Language) -> list[Document]:
    """Per dataset of an agency what is still to be mended of the deliveries that arrived in a month, as 2026-06."""
    documents = []
    for dataset in shelves.agencies()[agency].datasets.values():
        batches = _arrived(stores, dataset, month)
        opened = open_records(stores, batches)
        if not batches or not opened.counted:
            continue
        listed = RecordList(
            agency=shelves.agencies()[agency],
            dataset=dataset,
            batch="",
            period=month,
            mend_by="",
            made_at=batches[-1][0].received_at,
            faults=opened.faults,
            records=opened.records,
            counted=_counted(opened),
            names=_names(opened),
        )
        documents += _documents(stores, listed, f"{agency} {month}", f"{dataset.table}-{month}-records", language)
    return documents


def _documents(stores: Stores, listed: RecordList, about: str, stem: str, language: Language) -> list[Document]:
    if not listed.total and not listed.repairs:
        return []
    if len(listed.records):
        with stores.ledger.session() as session:
            agency, dataset = listed.agency.agency, listed.dataset.full_name
            records = len(listed.records)
            audit(session, "record keys listed", agency=agency, about=about, dataset=dataset, records=records)
    workbook = Document(f"{stem}.xlsx", _XLSX, as_workbook(listed, language))
    plain = [Document(f"{stem}.csv", "text/csv", as_csv(listed, language))] if len(listed.records) else []
    return [workbook, *plain]


def _arrived(stores: Stores, dataset: Dataset, month: str) -> list[tuple[Batch, Dataset]]:
    """The batches that were received in a month; of what was rejected or only judged the last delivery of its time."""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=PROVINCE_TIME)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    received = sa.select(Batch).where(Batch.dataset == dataset.full_name, Batch.received_at < end)
    with stores.ledger.session() as session:
        found = session.scalars(received.order_by(Batch.received_at)).all()
    last = {(b.interval_start, b.interval_end): b.id for b in sorted(found, key=lambda b: b.sequence)}
    kept = [b for b in found if b.state == "loaded" or last[b.interval_start, b.interval_end] == b.id]
    return [recalled(stores.ledger, b.id) for b in kept if b.received_at >= start]


def _counted(opened: OpenRecords) -> Sequence[Counted]:
    """By division, and what names none at the end."""
    codes = sorted(opened.counted, key=lambda code: (not code, code))
    return [Counted(code, opened.counted[code], opened.new[code]) for code in codes]


def _names(opened: OpenRecords) -> dict[str, str]:
    codes = {part for code in opened.counted for part in (code, code[:6])} - {""}
    return {code: name for code in codes if (name := division_name(code))}


def _repaired(stores: Stores, batch: Batch, dataset: Dataset) -> pa.Table:
    """Where the first of the batch's repairs were made."""
    files, name = stores.quarantine(dataset), f"{batch.id}.repairs"
    if not batch.repairs or not files.size(name):  # deleted, or from before they were listed
        return REPAIRED.empty_table()
    pieces = [piece.select(REPAIRED.names) for piece in _first(files.read(name))]
    return pa.Table.from_batches(pieces, REPAIRED).slice(0, LISTED_REPAIRS)


def _first(pieces: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rows = 0
    for piece in pieces:
        yield piece
        rows += piece.num_rows
        if rows >= LISTED_REPAIRS:
            return
