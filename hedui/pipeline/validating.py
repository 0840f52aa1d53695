"""validate: the suite's verdict on a landed batch, and the rows it holds back."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import object_session

from hedui import shelves
from hedui.ledger.tables import Batch, Finding
from hedui.model.contract import Dataset
from hedui.pipeline.asked import NOTHING_KEPT
from hedui.pipeline.batch_log import at_work, noted
from hedui.pipeline.documenting import keep_outcomes
from hedui.pipeline.known import known, note_profile
from hedui.pipeline.quarantine.confirming import confirmed
from hedui.pipeline.quarantine.holding import hold
from hedui.pipeline.quarantine.moving import tell
from hedui.pipeline.quarantine.superseding import clear_held_again, remind
from hedui.pipeline.raw_rows import by_division, only
from hedui.pipeline.stores import Stores
from hedui.validation.judging import judge
from hedui.validation.preparation import REPAIRED
from hedui.validation.verdict import Verdict

PLACES = pa.schema([("_row", pa.int64()), ("_source", pa.string()), ("_position", pa.int64())])


def validate(stores: Stores, name: str) -> bool:
    """Judge and hold back. Returns whether there is anything to load; what has gone on is not judged again."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in ("pseudonymised", "loaded"):
            return True
        landing, quarantine = stores.landing(dataset), stores.quarantine(dataset)
        with quarantine.writing(f"{name}.repairs", REPAIRED) as list_repairs:
            verdict = judged(stores, batch, dataset, lambda: landing.read(name), list_repairs)
        state = _state(dataset, verdict)
        held = verdict.quarantined if state == "validated" else pa.array([], pa.int64())
        asked = _keep(stores, dataset, name, verdict, held)
        keep_outcomes(stores, dataset, batch, verdict)
        with noted(stores.ledger, name, started) as batch:
            _write(batch, verdict, state, len(held))
            batch.asked = asked if state in NOTHING_KEPT else None
            note_profile(batch, verdict.profile)
            cleared = _hold(stores, dataset, batch, verdict)
        tell(stores, cleared)
    return state == "validated"


def judged(
    stores: Stores,
    batch: Batch,
    dataset: Dataset,
    rows: Callable[[], Iterator[pa.RecordBatch]],
    list_repairs: Callable[[pa.RecordBatch], None] | None = None,
    whole: bool = True,
) -> Verdict:
    """What the suite says of landed `rows`, the `whole` batch or some, with all that is known beyond them."""
    later, beyond = _later_fields(dataset), known(stores, batch, dataset, whole=whole)
    right = confirmed(stores, dataset, rows)
    with _spill(stores, dataset) as spill:
        return judge(dataset, rows(), spill, later=later, list_repairs=list_repairs, known=beyond, confirmed=right)


def _state(dataset: Dataset, verdict: Verdict) -> str:
    if verdict.rejected_because:
        return "rejected"
    return "judged" if dataset.stage == "onboarding" else "validated"


def _later_fields(dataset: Dataset) -> set[str]:
    """Fields of the newest contract that this version has not. The suite speaks of them, and they are no fault here."""
    known = shelves.datasets().get(dataset.full_name, dataset)
    return known.fields.keys() - dataset.fields.keys() if known.version > dataset.version else set()


@contextmanager
def _spill(stores: Stores, dataset: Dataset) -> Iterator[Path]:
    """A folder for this step; what a killed one left there goes first."""
    folder = stores.settings.spill / dataset.table
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def held_rows(stores: Stores, dataset: Dataset, name: str) -> pa.Array:
    """The numbers of the rows that were held back."""
    rows = [piece["_row"] for piece in stores.quarantine(dataset).read(name)]
    return pa.chunked_array(rows, pa.int64()).combine_chunks()


def _keep(stores: Stores, dataset: Dataset, name: str, verdict: Verdict, held: pa.Int64Array) -> dict[str, int]:
    """Three files of a batch: the held rows as delivered, what was wrong, and where each faulty row stands.

    Returns how many rows each division is to mend. What was repaired stands in a fourth file, written while the rows
    were prepared. A batch of which nothing is loaded waits whole in the landing zone: none of its rows is held alone.
    """
    landing, quarantine = stores.landing(dataset), stores.quarantine(dataset)
    quarantine.write(name, landing.schema(name), _only(landing.read(name), held))
    quarantine.write(f"{name}.faults", verdict.bad_rows.schema, verdict.bad_rows.to_batches())
    faulty, to_mend, asked = verdict.bad_rows["row"].combine_chunks(), verdict.to_mend, Counter[str]()

    def places() -> Iterator[pa.RecordBatch]:
        for piece in _only(landing.read(name), faulty):
            asked.update(by_division(piece.filter(pc.is_in(piece["_row"], to_mend)), dataset))
            yield piece.select(PLACES.names).cast(PLACES)

    quarantine.write(f"{name}.places", PLACES, places())
    return +asked


def _only(pieces: Iterator[pa.RecordBatch], rows: pa.Array) -> Iterator[pa.RecordBatch]:
    return only(pieces, rows) if len(rows) else iter(())


def _hold(stores: Stores, dataset: Dataset, batch: Batch, verdict: Verdict) -> set[str]:
    """Write down what is in the quarantine now. Returns the batches whose counts moved by it."""
    session = object_session(batch)
    assert session  # noqa: S101 - it was just read
    hold(stores, session, dataset, batch, verdict.bad_rows)
    remind(session, batch)
    return clear_held_again(stores, session, dataset, batch)


def _write(batch: Batch, verdict: Verdict, state: str, held: int) -> None:
    because = verdict.rejected_because
    batch.state = state
    batch.rejected_because = because.model_dump() if because else None
    batch.repaired = verdict.repaired
    batch.quarantine_deleted_at = None
    batch.quarantined, batch.superseded = held, 0
    batch.faulty, batch.own_faulty = len(verdict.faulty), len(verdict.faulty_by_their_own)
    batch.passed_over = [title.model_dump() for title in verdict.passed_over]
    repairs: dict[str, dict[str, int]] = defaultdict(dict)
    for (field, repair), count in sorted(verdict.repairs.items()):
        repairs[field][repair] = count
    batch.repairs = dict(repairs)
    batch.findings = [
        Finding(
            ordinal=ordinal,
            expectation=finding.expectation,
            field=finding.field,
            severity=finding.severity,
            on_failure=finding.on_failure,
            title=finding.title.model_dump(),
            advice=finding.advice.model_dump(),
            count=finding.count,
            scored=finding.scored,
        )
        for ordinal, finding in enumerate(verdict.findings)
    ]
