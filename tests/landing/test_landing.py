"""Landing keeps what was delivered, whole, encrypted, and recognisable when it comes again."""

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Page
from hedui.landing import EncryptedFiles, Enough, deliver
from hedui.model.errors import DeliveryBroken, LandingBroken

SCHEMA = pa.schema([("number", pa.string()), ("_source", pa.string()), ("_position", pa.int64())])
KEY = bytes(range(32))


def rows(*numbers: str | None, source: str = "page") -> pa.RecordBatch:
    places = [pa.repeat(pa.scalar(source), len(numbers)), pa.array(range(1, len(numbers) + 1), pa.int64())]
    return pa.RecordBatch.from_arrays([pa.array(numbers, pa.string()), *places], schema=SCHEMA)


def digest(*batches: pa.RecordBatch, key: bytes = KEY) -> bytes:
    delivery = deliver("agency.dataset", map(Page, batches), SCHEMA, key)
    for _ in delivery.segment(Enough()):
        pass
    return delivery.digest


@pytest.fixture
def files(tmp_path: Path) -> EncryptedFiles:
    return EncryptedFiles(tmp_path / "landing", KEY)


def land(files: EncryptedFiles, name: str, *batches: pa.RecordBatch) -> None:
    delivery = deliver("agency.dataset", map(Page, batches), SCHEMA, KEY)
    files.write(name, delivery.schema, delivery.segment(Enough()))


def test_what_lands_is_read_back_with_its_row_numbers(files: EncryptedFiles) -> None:
    land(files, "a", rows("x", None), rows("y"))
    landed = pa.Table.from_batches(files.read("a"))
    assert landed["number"].to_pylist() == ["x", None, "y"]
    assert landed["_row"].to_pylist() == [0, 1, 2]


def test_no_value_stands_in_clear_on_disk(files: EncryptedFiles, tmp_path: Path) -> None:
    land(files, "a", rows("PLAINTEXT-MARKER"))
    written = b"".join(file.read_bytes() for file in (tmp_path / "landing").iterdir())
    assert b"PLAINTEXT-MARKER" not in written
    assert b"number" not in written  # not even the names of columns


def test_a_changed_byte_is_noticed(files: EncryptedFiles, tmp_path: Path) -> None:
    land(files, "a", rows(*(str(n) for n in range(1000))))
    file = tmp_path / "landing" / "a.parquet"
    whole = file.read_bytes()
    for place in range(4, len(whole), max(1, len(whole) // 40)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(LandingBroken, match="a: the stored file is missing, was changed"):
            list(files.read("a"))


def test_a_batch_cannot_take_the_place_of_another(files: EncryptedFiles, tmp_path: Path) -> None:
    land(files, "a", rows("x"))
    land(files, "b", rows("y"))
    folder = tmp_path / "landing"
    for ending in ("parquet", "key"):
        shutil.copy(folder / f"a.{ending}", folder / f"b.{ending}")
    with pytest.raises(LandingBroken, match="belongs to another batch"):
        list(files.read("b"))


def test_another_master_key_opens_nothing(files: EncryptedFiles, tmp_path: Path) -> None:
    land(files, "a", rows("x"))
    with pytest.raises(LandingBroken):
        list(EncryptedFiles(tmp_path / "landing", bytes(32)).read("a"))


def test_each_file_has_a_data_key_of_its_own(files: EncryptedFiles, tmp_path: Path) -> None:
    land(files, "a", rows("x"))
    land(files, "b", rows("x"))
    first, second = (json.loads((tmp_path / "landing" / f"{n}.key").read_text()) for n in "ab")
    assert first["key"] != second["key"]


def test_a_delivery_that_breaks_off_leaves_nothing(files: EncryptedFiles, tmp_path: Path) -> None:
    def broken() -> Iterator[Page]:
        yield Page(rows("x"))
        raise DeliveryBroken("agency.dataset", "the digest differs", "Ask again")

    delivery = deliver("agency.dataset", broken(), SCHEMA, KEY)
    with pytest.raises(DeliveryBroken):
        files.write("a", delivery.schema, delivery.segment(Enough()))
    assert list((tmp_path / "landing").glob("*.parquet*")) == []
    files.sweep()
    assert list((tmp_path / "landing").iterdir()) == []


def test_a_delivery_without_rows_lands_with_its_columns(files: EncryptedFiles) -> None:
    land(files, "a")
    assert files.schema("a").names == ["number", "_source", "_position", "_row"]
    assert list(files.read("a")) == [] or pa.Table.from_batches(files.read("a")).num_rows == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=4)), max_size=30), st.integers(1, 7))
def test_how_an_agency_cuts_its_pages_does_not_change_the_digest(numbers: list[str | None], cut: int) -> None:
    pages = [rows(*numbers[i : i + cut], source=f"page {i}") for i in range(0, len(numbers), cut)]
    assert digest(*pages) == digest(rows(*numbers))


def test_other_content_or_another_key_gives_another_digest() -> None:
    assert digest(rows("x", "y")) != digest(rows("y", "x"))
    assert digest(rows("x")) != digest(rows("x"), key=bytes(32))
    assert digest(rows("x"), rows("x")) != digest(rows("x"))


def test_what_lies_behind_a_null_or_beyond_the_rows_has_no_say() -> None:
    """Two drivers, or a file and the memory it was written from, may leave different bytes there."""
    kept = rows("x", "y", None, "z", None)
    cut = pa.concat_batches([rows("before"), kept, rows("after", "after")]).slice(1, 5)
    numbers = pa.array(["x", "y", "hidden", "z", "hidden"])
    masked = pa.Array.from_buffers(pa.string(), 5, [pa.py_buffer(bytes([0b01011])), *numbers.buffers()[1:]])
    hidden = kept.set_column(0, "number", masked)
    assert masked.to_pylist() == ["x", "y", None, "z", None]
    assert digest(kept) == digest(cut) == digest(hidden)
    assert digest(kept) != digest(rows("x", "y", "", "z", None))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, 3], pa.int64()),
        pa.array([True, None, False]),
        pa.array([Decimal("1.50"), None, Decimal("2.00")], pa.decimal128(18, 2)),
        pa.array([1, None, 3], pa.timestamp("us", "UTC")),
        pa.array([b"x", None, b"y"], pa.large_binary()),
        pa.array(["x", None, "x"]).dictionary_encode(),
        pa.array([["x"], None, []], pa.list_(pa.string())),
    ],
    ids=lambda values: str(values.type)[:20],
)
def test_every_type_counts_and_is_known_again_from_its_file(files: EncryptedFiles, values: pa.Array) -> None:
    batch = rows("a", "b", "c").set_column(0, "number", values)
    land(files, "a", batch)
    landed = pa.Table.from_batches(files.read("a")).drop_columns("_row").combine_chunks().to_batches()[0]
    assert landed["number"].equals(values)
    assert digest(landed) == digest(batch) != digest(batch.slice(0, 2)) != digest(batch.slice(1))


def test_a_column_without_any_value_is_text() -> None:
    empty = pa.RecordBatch.from_arrays([pa.nulls(1), pa.array(["p"]), pa.array([1])], names=SCHEMA.names)
    assert deliver("agency.dataset", [Page(empty)], SCHEMA, KEY).schema.field("number").type == pa.string()
