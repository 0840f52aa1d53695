"""The lists of records to mend that go with a report: in memory alone, and each opening of record keys is audited."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

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
from hedui.pipeline.month_reporting import first_day
from hedui.pipeline.open_records import OpenRecords, open_records
from hedui.pipeline.repairs import places_repaired
from hedui.pipeline.stores import Stores
from hedui.reports.lists import Counted, RecordList, as_csv
from hedui.reports.when import mend_all_by, mend_by, period
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
        repaired=places_repaired(stores, batch, dataset),
    )
    stem = f"{dataset.table}-{batch.interval_start.astimezone(PROVINCE_TIME):%Y%m%d}-records"
    return _documents(stores, listed, name, stem, language)


def month_lists(stores: Stores, agency: str, month: str, language: Language) -> list[Document]:
    """Per dataset of an agency what is still to be mended of the deliveries of a month, such as 2026-06.

    Raises DeclarationInvalid where there is no such agency, or no such month yet.
    """
    declared, first = shelves.agency(agency), first_day(month, datetime.now(UTC))
    documents = []
    for dataset in declared.datasets.values():
        batches = _of_month(stores, dataset, first)
        opened = open_records(stores, batches)
        if not batches or not opened.counted:
            continue
        listed = RecordList(
            agency=declared,
            dataset=dataset,
            batch="",
            period=month,
            mend_by=mend_all_by(dataset, [batch.received_at for batch in opened.batches]),
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


def _of_month(stores: Stores, dataset: Dataset, first: date) -> list[tuple[Batch, Dataset]]:
    """Batches whose last day is in the month, as its report counts them.

    One that was refused is delivered again, not mended row by row; of those on trial the last of its time counts.
    """
    start = datetime(first.year, first.month, 1, tzinfo=PROVINCE_TIME)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    covered = (Batch.dataset == dataset.full_name, Batch.interval_end > start, Batch.interval_end <= end)
    with stores.ledger.session() as session:
        found = session.scalars(sa.select(Batch).where(*covered).order_by(Batch.interval_end, Batch.sequence)).all()
    last = {(b.interval_start, b.interval_end): b.id for b in found}
    kept = [b for b in found if b.state != "judged" or last[b.interval_start, b.interval_end] == b.id]
    return [recalled(stores.ledger, b.id) for b in kept if b.state != "rejected"]


def _counted(opened: OpenRecords) -> Sequence[Counted]:
    """By division, and what names none at the end."""
    codes = sorted(opened.counted, key=lambda code: (not code, code))
    return [Counted(code, opened.counted[code], opened.new[code]) for code in codes]


def _names(opened: OpenRecords) -> dict[str, str]:
    codes = {part for code in opened.counted for part in (code, code[:6])} - {""}
    return {code: name for code in codes if (name := division_name(code))}
