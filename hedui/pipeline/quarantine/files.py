"""The files of a batch in the quarantine: rows as delivered, what is wrong with them, where they stand."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from hedui.landing import EncryptedFiles
from hedui.ledger.tables import Batch
from hedui.validation.verdict import BAD_ROWS


def next_replay(batch: Batch) -> str:
    """Under which name the rows of the next replay are committed."""
    return _replay(batch, batch.replays + 1)


def last_replay(batch: Batch, names: Iterable[str]) -> int:
    """The highest number among the names of its replays."""
    start = _replay(batch, 0)[:-1]
    numbers = (name.removeprefix(start) for name in names if name.startswith(start))
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def faults_of(batch: Batch) -> str:
    """The file that says what is wrong with rows of a batch, as they were last judged."""
    return f"{_replay(batch, batch.replays) if batch.replays else batch.id}.faults"


def faults(files: EncryptedFiles, batch: Batch) -> pa.Table:
    """What is wrong with rows of a batch, in their order. Raises LandingBroken where it is not there.

    Where a ledger of earlier was restored it stands in the file of a replay of which the ledger does not know.
    """
    name = faults_of(batch)
    if not files.size(name):
        written = [other for other in files_of(batch.id, files.names()) if other.endswith(".faults")]
        name = max(written, key=lambda other: (len(other), other), default=name)
    found = pa.Table.from_batches(files.read(name), BAD_ROWS)
    return found.filter(pc.is_in(found["finding"], pa.array([f.ordinal for f in batch.findings], pa.int32())))


def held_rows(files: EncryptedFiles, batch: str, rows: pa.Array) -> Iterator[pa.RecordBatch]:
    """Those of the held rows that have one of these numbers, as delivered."""
    for piece in files.read(batch):
        if (chosen := piece.filter(pc.is_in(piece["_row"], rows))).num_rows:
            yield chosen


def files_of(batch: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are a batch's files, whichever replay wrote them."""
    return sorted(name for name in names if name == batch or name.startswith(f"{batch}."))


def _replay(batch: Batch, number: int) -> str:
    return f"{batch.id}.replay-{number}"
