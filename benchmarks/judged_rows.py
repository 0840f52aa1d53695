"""What the judges are measured on: settlements of a day as an exchange database of text hands them over, with dirt.

About one row in two hundred has a fault, and twice as many something to repair. Every person is invented.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hedui import shelves
from hedui.landing import EncryptedFiles, Enough, deliver
from hedui.model.contract import Dataset
from hedui.scratch import private_database
from simulator.identity import COUNTY_CODES, identity_numbers
from simulator.names import SURNAMES, full_names

TABLE: Final = "batch"
_CHUNK: Final = 131_072
_PEOPLE: Final = 400_000
_BORN: Final = (np.datetime64("1930-01-01").astype(int), np.datetime64("2020-01-01").astype(int))
_DAY: Final = np.datetime64("2026-06-30T00:00:00", "s")
_VISITS: Final = ("11", "14", "21", "41", "52")
_DIAGNOSES: Final = ("I10.x00x002", "E11.900", "J18.9", "N18.9", "M51.202", "K29.500", "C34.900", "I63.900")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")

Texts = dict[str, pa.StringArray]

# Of which share of the rows, what becomes of which column.
_FAULTS: Final = (
    (0.0010, "certno", "wrong check"),
    (0.0002, "certno", ""),
    (0.0002, "psn_name", " "),
    (0.0003, "med_type", "99"),
    (0.0005, "begndate", "2026-02-30"),
    (0.0005, "enddate", "1999-12-31"),
    (0.0003, "dise_codg", "高血压"),
    (0.0003, "medfee_sumamt", "0.01"),
    (0.0003, "fund_pay_sumamt", "-20.00"),
    (0.0002, "fund_pay_sumamt", "八十元"),
    (0.0003, "insu_admdvs", "城关区"),
    (0.0001, "setl_id", ""),
)
_UNTIDY: Final = (
    (0.0040, "certno", "lower case"),
    (0.0020, "certno", "full width"),
    (0.0020, "psn_name", "blanks"),
    (0.0010, "certno", "blanks"),
    (0.0010, "insu_admdvs", "blanks"),
    (0.0010, "begndate", "compact"),
)
# Of so many rows one is there again with another amount.
_CONTRADICTED: Final = 4_000


@dataclass(frozen=True)
class Stored:
    """One batch at rest, twice and both times enciphered: as the pipeline lands it, and in DuckDB's own Parquet."""

    folder: Path
    landing_key: bytes
    duckdb_key: str

    @property
    def landing(self) -> EncryptedFiles:
        return EncryptedFiles(self.folder / "landing", self.landing_key)

    @property
    def parquet(self) -> Path:
        return self.folder / "duckdb.parquet"


def contract() -> Dataset:
    return shelves.dataset("health.settlements")


def stored(rows: int, folder: Path) -> Stored:
    """`rows` settlements, written down."""
    at_rest = Stored(folder, secrets.token_bytes(32), secrets.token_hex(16))
    delivery = deliver(contract().full_name, map(_Page, _chunks(rows)), pa.schema([]), secrets.token_bytes(32))
    landing, number, more = at_rest.landing, 0, True
    while more:
        number += 1
        draft = landing.draft(TABLE, number, delivery.schema, delivery.segment(Enough()))
        more = delivery.position is not None
        landing.keep(draft, last=not more)
    _write_for_duckdb(at_rest)
    return at_rest


def _write_for_duckdb(at_rest: Stored) -> None:
    pieces = pa.RecordBatchReader.from_batches(at_rest.landing.schema(TABLE), at_rest.landing.read(TABLE))
    with private_database(at_rest.folder / "spill") as connection:
        connection.register("pieces", pieces)
        connection.execute(f"PRAGMA add_parquet_key('batch', '{at_rest.duckdb_key}')")
        connection.execute(
            f"COPY (FROM pieces) TO '{at_rest.parquet}'"
            " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ENCRYPTION_CONFIG {footer_key: 'batch'})"
        )


class _Page:
    """A page of a delivery; it can go on after every one."""

    position = "anywhere"

    def __init__(self, rows: pa.RecordBatch) -> None:
        self.rows = rows


def _chunks(rows: int) -> Iterator[pa.RecordBatch]:
    rng = np.random.default_rng(20260630)
    numbers, names = _people(min(_PEOPLE, rows), rng)
    for first in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - first)
        who = pa.array(rng.integers(0, len(numbers), count))
        right = _right(first, count, numbers.take(who), names.take(who), rng)
        dirty = _contradicted(_with(_FAULTS, _with(_UNTIDY, right, rng), rng))
        place = {
            "_source": pa.repeat(pa.scalar("settlement"), count),
            "_position": pa.array(range(first, first + count)),
        }
        yield pa.RecordBatch.from_pydict(dirty | place)


def _people(count: int, rng: np.random.Generator) -> tuple[pa.StringArray, pa.StringArray]:
    counties = rng.integers(0, len(COUNTY_CODES), count)
    numbers = identity_numbers(COUNTY_CODES, counties, rng.integers(*_BORN, count), rng.integers(1, 999, count))
    return numbers, full_names(rng.integers(0, SURNAMES, count), np.zeros(count, dtype=np.bool_), rng)


def _right(first: int, count: int, numbers: pa.StringArray, names: pa.StringArray, rng: np.random.Generator) -> Texts:
    began = np.datetime64("2026-06-01") + rng.integers(0, 27, count)
    total = rng.gamma(2.0, 90_000.0, count).astype(np.int64) + 100
    return {
        "setl_id": _numbered(first, count),
        "certno": numbers,
        "psn_name": names,
        "med_type": _one_of(_VISITS, count, rng),
        "insutype": _one_of(("310", "390"), count, rng),
        "begndate": _text(began),
        "enddate": _text(began + rng.integers(0, 3, count)),
        "fixmedins_code": _one_of([f"H6201020{n:04}" for n in range(4_000)], count, rng),
        "dise_codg": _one_of(_DIAGNOSES, count, rng),
        "medfee_sumamt": _yuan(total),
        "fund_pay_sumamt": _yuan((total * rng.random(count)).astype(np.int64)),
        "insu_admdvs": _one_of(COUNTY_CODES, count, rng),
        "updt_time": pc.strftime(pa.array(_DAY + np.arange(first, first + count) % 86_400), "%Y-%m-%d %H:%M:%S"),
    }


def _with(shares: tuple[tuple[float, str, str], ...], texts: Texts, rng: np.random.Generator) -> Texts:
    for share, column, what in shares:
        picked = rng.random(len(texts[column])) < share
        before = texts[column].filter(pa.array(picked)).to_pylist()
        after = pa.array([_spoilt(text, what) for text in before], pa.string())
        texts[column] = pc.replace_with_mask(texts[column], pa.array(picked), after)
    return texts


def _spoilt(text: str, what: str) -> str:
    if what == "wrong check":
        return text[:-1] + ("0" if text[-1] != "0" else "1")
    if what == "lower case":
        return text.lower()
    if what == "full width":
        return text.translate(_WIDE)
    if what == "blanks":
        return f" {text}\t"
    return text.replace("-", "") if what == "compact" else what


def _contradicted(texts: Texts) -> Texts:
    """Rows that repeat the number and time of the row before them, and say something else."""
    count = len(texts["setl_id"])
    again = np.zeros(count, dtype=np.bool_)
    again[_CONTRADICTED::_CONTRADICTED] = True
    source = pa.array(np.arange(count) - again)
    return texts | {name: texts[name].take(source) for name in ("setl_id", "updt_time")}


def _numbered(first: int, count: int) -> pa.StringArray:
    return pc.binary_join_element_wise(
        "S", pc.utf8_lpad(pa.array(range(first, first + count)).cast("string"), 11, "0"), ""
    )


def _one_of(texts: tuple[str, ...] | list[str], count: int, rng: np.random.Generator) -> pa.StringArray:
    return pa.array(texts).take(pa.array(rng.integers(0, len(texts), count)))


def _text(days: npt.NDArray[np.datetime64]) -> pa.StringArray:
    return pa.array(days).cast("string")


def _yuan(cents: npt.NDArray[np.int64]) -> pa.StringArray:
    yuan, rest = pa.array(cents // 100).cast("string"), pa.array(cents % 100).cast("string")
    return pc.binary_join_element_wise(yuan, pc.utf8_lpad(rest, 2, "0"), ".")
