"""A large delivery lands in segments: the same table, and no segment can be lost, swapped or left out."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Page
from hedui.landing import Delivery, EncryptedFiles, Enough, deliver, deliver_on
from hedui.landing.encrypted import Draft
from hedui.model.errors import AgencyUnavailable, LandingBroken
from tests.landing.test_landing import KEY, SCHEMA, digest, rows


def land(files: EncryptedFiles, name: str, delivery: Delivery, enough: int, number: int = 1) -> int:
    """Land all segments and return how many there are."""
    while True:
        files.keep(draft(files, name, delivery, enough, number), last=delivery.position is None)
        if delivery.position is None:
            return number
        number += 1


def draft(files: EncryptedFiles, name: str, delivery: Delivery, enough: int, number: int) -> Draft:
    return files.draft(name, number, delivery.schema, delivery.segment(Enough(rows=enough)))


def pages(numbers: Sequence[str], size: int, positions: Iterable[bool] | None = None) -> list[Page]:
    batches = [rows(*numbers[at : at + size]) for at in range(0, len(numbers), size)]
    known = list(positions) if positions is not None else [True] * len(batches)
    return [Page(batch, str(at) if known[at % len(known)] else None) for at, batch in enumerate(batches)]


def delivered(some: Iterable[Page]) -> Delivery:
    return deliver("agency.dataset", some, SCHEMA, KEY)


@pytest.fixture
def files(tmp_path: Path) -> EncryptedFiles:
    return EncryptedFiles(tmp_path / "landing", KEY)


@pytest.fixture
def three(files: EncryptedFiles, tmp_path: Path) -> Path:
    """The folder of a table of three segments."""
    assert land(files, "a", delivered(pages("abcde", 1)), 2) == 3
    return tmp_path / "landing"


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.text(max_size=3), max_size=30),
    size=st.integers(1, 7),
    positions=st.lists(st.booleans(), min_size=1, max_size=5),
    enough=st.integers(1, 12),
)
def test_segments_make_the_table_that_one_file_would(
    numbers: list[str], size: int, positions: list[bool], enough: int
) -> None:
    with TemporaryDirectory() as folder:
        files = EncryptedFiles(Path(folder), KEY)
        delivery = delivered(pages(numbers, size, positions))
        land(files, "a", delivery, enough)
        landed = pa.Table.from_batches(files.read("a"), delivery.schema)
        assert landed["number"].to_pylist() == numbers
        assert landed["_row"].to_pylist() == list(range(len(numbers)))
        assert delivery.rows == len(numbers)
        assert delivery.digest == digest(*(page.rows for page in pages(numbers, size)))


def test_a_segment_ends_only_where_reading_can_go_on(files: EncryptedFiles) -> None:
    delivery = delivered(pages("abcdefg", 1, [False, False, True]))
    assert draft(files, "a", delivery, 1, 1).rows == 3
    assert delivery.position == "2"
    assert draft(files, "a", delivery, 1, 2).rows == 3
    assert draft(files, "a", delivery, 1, 3).rows == 1
    assert delivery.position is None


def test_what_takes_long_to_read_is_a_segment_though_it_is_small() -> None:
    delivery = delivered(pages("abc", 1))
    assert [piece.num_rows for piece in delivery.segment(Enough(rows=100, seconds=0))] == [1]


def test_where_the_agency_fails_what_was_read_is_a_segment() -> None:
    def failing(*known: Page) -> Iterator[Page]:
        yield from known
        raise AgencyUnavailable("agency.dataset", "no answer", "Wait")

    delivery = delivered(failing(*pages("abc", 1)))
    assert sum(piece.num_rows for piece in delivery.segment(Enough())) == 3
    assert (delivery.position, type(delivery.broke_off)) == ("2", AgencyUnavailable)
    nowhere = delivered(failing(*pages("abc", 1, [True, True, False])))
    with pytest.raises(AgencyUnavailable):
        list(nowhere.segment(Enough()))


def test_an_attempt_goes_on_with_what_another_has_landed(files: EncryptedFiles) -> None:
    first = delivered(pages("abcdefg", 1))
    files.keep(draft(files, "a", first, 3, 1), last=False)
    rest = deliver_on("agency.dataset", pages("abcdefg", 1)[3:], files.schema("a"), files.read("a", 1), KEY)
    land(files, "a", rest, 100, number=2)
    landed = pa.Table.from_batches(files.read("a"))
    assert landed["number"].to_pylist() == list("abcdefg")
    assert landed["_row"].to_pylist() == list(range(7))
    assert rest.digest == digest(rows(*"abcdefg"))


@pytest.mark.parametrize("lost", ["a~1", "a~2", "a"])
def test_a_lost_segment_is_noticed(files: EncryptedFiles, three: Path, lost: str) -> None:
    for ending in ("parquet", "key"):
        (three / f"{lost}.{ending}").unlink()
    assert not files.readable("a")


@pytest.mark.parametrize(("one", "other"), [("a~1", "a~2"), ("a~2", "a")])
def test_segments_cannot_change_places(files: EncryptedFiles, three: Path, one: str, other: str) -> None:
    for ending in ("parquet", "key"):
        files_of = three / f"{one}.{ending}", three / f"{other}.{ending}"
        contents = [file.read_bytes() for file in files_of]
        for file, content in zip(files_of, reversed(contents), strict=True):
            file.write_bytes(content)
    assert not files.readable("a")


def test_a_table_cannot_be_cut_behind_an_earlier_segment(files: EncryptedFiles, three: Path) -> None:
    for ending in ("parquet", "key"):
        shutil.move(three / f"a~2.{ending}", three / f"a.{ending}")
    with pytest.raises(LandingBroken):
        list(files.read("a"))


def test_a_table_that_lacks_its_end_is_none(files: EncryptedFiles) -> None:
    files.keep(draft(files, "a", delivered(pages("abc", 1)), 1, 1), last=False)
    assert not files.readable("a")
    assert pa.Table.from_batches(files.read("a", 1))["number"].to_pylist() == ["a"]
    assert files.names() == {"a"}


def test_removal_takes_all_segments_and_the_keys_before_the_files(
    files: EncryptedFiles, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, unlink = [], Path.unlink

    def noted(file: Path, missing_ok: bool = False) -> None:
        gone.append(file.suffix)
        unlink(file, missing_ok)

    monkeypatch.setattr(Path, "unlink", noted)
    assert files.size("a") == sum(file.stat().st_size for file in three.glob("*.parquet")) > 0
    files.remove("a")
    assert gone == [".key"] * 3 + [".parquet"] * 3
    assert list(three.iterdir()) == []


def test_cutting_leaves_the_first_segments_and_other_tables(files: EncryptedFiles, three: Path) -> None:
    land(files, "ab", delivered(pages("xyz", 1)), 1)
    files.cut("a", 1)
    assert sorted(file.name for file in three.glob("a[.~]*")) == ["a~1.key", "a~1.parquet"]
    assert files.readable("ab")
