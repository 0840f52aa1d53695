"""The records that an agency is asked to mend, opened for it alone: where they stand, their keys, what is wrong.

Of a loaded batch these are the rows that are still held back; of one that was rejected, or only judged, the faulty
ones. What the agency answered is not asked again, unless it delivers the record wrong once more in other words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.pipeline.asked import NOTHING_KEPT, still_asked
from hedui.pipeline.quarantine.files import faults_of
from hedui.pipeline.raw_rows import by_division, divisions, held_file, only, record_keys, text_of
from hedui.pipeline.settled import settled
from hedui.pipeline.stores import Stores
from hedui.reports.lists import LISTED, RECORDS, Fault
from hedui.validation.verdict import BAD_ROWS, FORM_OF_DELIVERY


@dataclass(frozen=True)
class OpenRecords:
    """`records` holds at most `LISTED`, new ones first; the counts are of all, by division, and of new ones.

    `batches` are those that have any.
    """

    records: pa.Table
    faults: Sequence[Fault]
    counted: Counter[str]
    new: Counter[str]
    batches: Sequence[Batch] = ()


def open_records(stores: Stores, batches: Iterable[tuple[Batch, Dataset]]) -> OpenRecords:
    """Of batches of one dataset."""
    found, having = _Found(), []
    for batch, dataset in batches:
        before = found.counted.total()
        if batch.state in NOTHING_KEPT:
            raw = None if batch.landing_deleted_at else stores.landing(dataset).read(batch.id)
            _add_faulty(stores, batch, dataset, raw, found)
        elif _has_held_rows(stores, batch):
            _add_held(stores, batch, dataset, found)
        elif batch.quarantined:  # held back before each row of the quarantine was kept account of
            _add_faulty(stores, batch, dataset, stores.quarantine(dataset).read(batch.id), found)
        having += [batch] if found.counted.total() > before else []
    return OpenRecords(found.records, list(found.faults), found.counted, found.new, having)


class _Found:
    """What was found so far, cut to what is listed."""

    def __init__(self) -> None:
        self.records = RECORDS.empty_table()
        self.faults: dict[Fault, int] = {}
        self.counted: Counter[str] = Counter()
        self.new: Counter[str] = Counter()

    def places(self, batch: Batch) -> dict[int, int]:
        """Of each finding that concerns rows one by one, by its ordinal, the place among the faults."""
        return {
            f.ordinal: self.faults.setdefault(Fault(f.field, Title(**f.title), Title(**f.advice)), len(self.faults))
            for f in batch.findings
            if f.on_failure != "warn" and f.expectation != FORM_OF_DELIVERY
        }

    def add(self, records: pa.Table) -> None:
        self.records = first_of([self.records, records])


def first_of(tables: list[pa.Table]) -> pa.Table:
    """The records to list, in the list's order: new ones first, then by division and place."""
    both = pa.concat_tables(tables)
    again = both.append_column("again", pc.greater(both["reminded"], 1))
    order = [(name, "ascending") for name in ("again", "region", "source", "position")]
    return both.take(pc.sort_indices(again, order).slice(0, LISTED)).combine_chunks()


# --- rows that are held back ---


def _has_held_rows(stores: Stores, batch: Batch) -> bool:
    with stores.ledger.session() as session:
        return session.scalar(sa.select(sa.exists().where(HeldRow.batch_id == batch.id))) is True


def _add_held(stores: Stores, batch: Batch, dataset: Dataset, found: _Found) -> None:
    places = found.places(batch)
    with stores.ledger.session() as session:
        asked = HeldRow.batch_id == batch.id, still_asked({batch.id: settled(stores, session, batch, dataset)})
        for region, count, new in session.execute(_by_region(asked)):
            code = region or ""
            found.counted[code] += count
            found.new[code] += new
        order = (HeldRow.reminded > 1, HeldRow.region.nulls_last(), HeldRow.source, HeldRow.position)
        listed = session.scalars(sa.select(HeldRow).where(*asked).order_by(*order).limit(LISTED)).all()
    keys = _keys_of(stores, batch, dataset, [held.row for held in listed])
    rows = [
        (
            batch.id,
            held.row,
            held.region,
            held.source,
            held.position,
            keys.get(held.row),
            [places[ordinal] for ordinal in held.findings if ordinal in places],
            held.reminded,
        )
        for held in listed
    ]
    found.add(_placed(pa.Table.from_pylist([dict(zip(RECORDS.names, row, strict=True)) for row in rows], RECORDS)))


def _by_region(asked: Sequence[sa.ColumnElement[bool]]) -> sa.Select[str | None, int, int]:
    new = sa.func.count().filter(HeldRow.reminded == 1)
    return sa.select(HeldRow.region, sa.func.count(), new).where(*asked).group_by(HeldRow.region)


# --- faulty rows of a batch of which nothing is kept ---


def _add_faulty(
    stores: Stores, batch: Batch, dataset: Dataset, raw: Iterator[pa.RecordBatch] | None, found: _Found
) -> None:
    """`raw` are the rows as delivered; without them it is known where they stand, and no more."""
    if batch.quarantine_deleted_at:
        return
    quarantine, places = stores.quarantine(dataset), found.places(batch)
    asked = pa.array(places, pa.int32())
    faulty = (piece.filter(pc.is_in(piece["finding"], asked)) for piece in quarantine.read(faults_of(batch)))
    rows = pa.chunked_array([pc.unique(piece["row"]) for piece in faulty], pa.int64()).unique()
    best, counted = RECORDS.empty_table(), Counter[str]()
    for piece in only(raw if raw is not None else quarantine.read(f"{batch.id}.places"), rows):
        counted += by_division(piece, dataset)
        best = first_of([best, _placed(_standing(batch, dataset, piece))])
    if batch.asked is not None:  # without its delivery nobody else knows whose they are
        counted = Counter(batch.asked)
    found.counted += counted
    found.new += counted
    found.add(_with_faults(best, quarantine.read(faults_of(batch)), places))


def _standing(batch: Batch, dataset: Dataset, piece: pa.RecordBatch) -> pa.Table:
    rows = piece.num_rows
    region = dataset.fields[dataset.region].source if dataset.region else ""
    columns = {
        "batch": pa.repeat(pa.scalar(batch.id), rows),
        "row": piece["_row"],
        "region": text_of(piece, region),
        "source": piece["_source"].cast(pa.string()),
        "position": piece["_position"],
        "key": record_keys(piece, dataset),
        "faults": pa.nulls(rows, RECORDS.field("faults").type),
        "reminded": pa.repeat(pa.scalar(1, pa.int32()), rows),
    }
    return pa.table(columns, schema=RECORDS)


def _with_faults(records: pa.Table, faults: Iterable[pa.RecordBatch], places: Mapping[int, int]) -> pa.Table:
    by_row: dict[int, list[int]] = defaultdict(list)
    for piece in faults:
        of_these = piece.filter(pc.is_in(piece["row"], records["row"].combine_chunks()))
        for bad in pa.table(of_these, schema=BAD_ROWS).to_pylist() if of_these.num_rows else ():
            if bad["finding"] in places:
                by_row[bad["row"]].append(places[bad["finding"]])
    column = pa.array([by_row[row] for row in records["row"].to_pylist()], RECORDS.field("faults").type)
    return records.set_column(RECORDS.names.index("faults"), RECORDS.field("faults"), column)


def _keys_of(stores: Stores, batch: Batch, dataset: Dataset, rows: Sequence[int]) -> dict[int, str | None]:
    keys: dict[int, str | None] = {}
    for piece in only(held_file(stores, batch, dataset), rows):
        keys |= dict(zip(piece["_row"].to_pylist(), record_keys(piece, dataset).to_pylist(), strict=True))
    return keys


def _placed(records: pa.Table) -> pa.Table:
    codes = divisions(records["region"].combine_chunks())
    return records.set_column(RECORDS.names.index("region"), RECORDS.field("region"), codes)
