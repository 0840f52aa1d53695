"""Search whatever a home holds for identities in clear: bytes of files, columns of Parquet, rows of every table."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq

_NUMBERS = re.compile(rb"\d{17}[\dXx]|\d{15}")
_HAN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3,}")
# Two signs make a word as easily as a name.
_NAME_LENGTHS = (3, 4)


@dataclass(frozen=True)
class Identities:
    """Numbers and names as the feeds spell them."""

    numbers: frozenset[bytes]
    names: frozenset[str]

    @classmethod
    def of(cls, feeds: Path, columns: Iterable[tuple[str, str, str]]) -> "Identities":
        """`columns` are a feed, its column of numbers, and the one of the names beside them."""
        numbers: set[bytes] = set()
        names: set[str] = set()
        for feed, number, name in columns:
            rows = pq.read_table(feeds / f"{feed}.parquet", columns=[number, name])
            numbers.update(text.encode() for text in _texts(rows[number]) if _NUMBERS.fullmatch(text.encode()))
            names.update(text for text in _texts(rows[name]) if len(text) in _NAME_LENGTHS)
        return cls(frozenset(numbers), frozenset(names))

    def within(self, content: bytes) -> set[str]:
        """Those that stand in `content`."""
        found = {number.decode() for number in _NUMBERS.findall(content) if number.upper() in self.numbers}
        for run in _HAN.findall(content):
            text = run.decode("utf-8", errors="ignore")
            found |= {word for word in _words(text) if word in self.names}
        return found


def places(home: Path, database_urls: Iterable[str], identities: Identities) -> Iterator[str]:
    """Where in the home an identity stands in clear; the identities themselves are not named."""
    for file in sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink()):
        if found := identities.within(file.read_bytes()):
            yield f"{file.relative_to(home)}: {len(found)}"
        if file.suffix == ".parquet" and (found := identities.within(_columns(file))):
            yield f"{file.relative_to(home)}, columns: {len(found)}"
    for url in database_urls:
        yield from _tables(url, identities)


def _columns(file: Path) -> bytes:
    """Every text and binary value of a Parquet file; none of an enciphered one."""
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError):
        return b""
    kept = [column for column in table.columns if pa.types.is_string(column.type) or pa.types.is_binary(column.type)]
    return b"\n".join(bytes(value.as_buffer()) for column in kept for value in column if value.is_valid)


def _tables(url: str, identities: Identities) -> Iterator[str]:
    query = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        for schema, table in cursor.fetchall():
            rows = _Sink()
            cursor.copy_expert(f'COPY "{schema}"."{table}" TO STDOUT', rows)
            if found := identities.within(bytes(rows.content)):
                yield f"{cursor.connection.info.dbname}: {schema}.{table}: {len(found)}"


class _Sink:
    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, part: bytes) -> None:
        self.content += part


def _texts(column: pa.ChunkedArray) -> set[str]:
    return {text for text in column.unique().to_pylist() if text}


def _words(text: str) -> Iterator[str]:
    for length in _NAME_LENGTHS:
        for start in range(len(text) - length + 1):
            yield text[start : start + length]
