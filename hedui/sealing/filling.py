"""The sender's rows, packed into contents of limited size.

What cannot be sent as it stands is refused by file and line before anything leaves.
"""

import csv
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

from hedui.model.errors import TerminalError

FORMS: Final = {".csv": "csv", ".tsv": "csv", ".jsonl": "json_lines", ".ndjson": "json_lines", ".parquet": "parquet"}
UNPACKED: Final = 512 * 1024 * 1024  # the reader opens no more than he agreed to, and that is more than this
_CHUNK: Final = 256 * 1024
_LONGEST_VALUE: Final = 1024 * 1024  # the reader takes no longer one
_LONGEST_LINE: Final = 4 * 1024 * 1024
_FEW, _MANY = 50, 5_000  # rows of a chunk, first and at most
_GROWTH: Final = 1024  # what a chunk that cannot be packed grows by, and more


@dataclass(frozen=True)
class Rows:
    """Some rows as they are sent, packed or not."""

    content: bytes
    count: int


@dataclass(frozen=True)
class Reading:
    """How text files are to be read."""

    encoding: str = "utf-8"
    delimiter: str = ","


def form_of(files: Sequence[Path]) -> str:
    """The one format of all files. Raises TerminalError, as all here."""
    forms = {FORMS.get(file.suffix.lower(), "") for file in files}
    if len(forms) != 1 or "" in forms:
        raise refused(files[0], "all files must be CSV, JSON lines or Parquet, and alike", f"End names in {_endings()}")
    return forms.pop()


def filled(files: Sequence[Path], form: str, reading: Reading, room: int) -> Iterator[Rows]:
    """Contents of no more than `room` bytes that hold all rows in their order; one at least, be it empty."""
    if form == "parquet":
        from hedui.sealing.parquet import parquet_contents  # the one that needs pyarrow

        return parquet_contents(files, room)
    if form == "csv":
        header = _header(files, reading)
        return _gzipped(_line(header), _csv_rows(files, reading, header), room)
    return _gzipped(b"", _json_rows(files, reading), room)


def refused(file: Path, what: str, remedy: str) -> TerminalError:
    """Names a file, and never what stands in it."""
    return TerminalError(file.name, what, remedy)


def _gzipped(head: bytes, chunks: Iterable[Rows], room: int) -> Iterator[Rows]:
    content = _Gzip(head)
    for chunk in chunks:
        size = len(chunk.content)
        if content.rows and (content.size + size + _GROWTH > room or content.unpacked + size > UNPACKED):
            yield content.finished()
            content = _Gzip(head)
        content.add(chunk)
        if content.size > room:
            raise TerminalError("--limit-mib", f"{chunk.count} rows alone are larger", "Allow larger packages")
    yield content.finished()


class _Gzip:
    """A content that grows; at each moment it is known how large it is."""

    def __init__(self, head: bytes) -> None:
        self.rows, self.unpacked = 0, 0
        self._packing, self._packed = zlib.compressobj(level=3, wbits=31), io.BytesIO()
        self.add(Rows(head, 0))

    @property
    def size(self) -> int:
        return self._packed.tell() + 64

    def add(self, chunk: Rows) -> None:
        self._packed.write(self._packing.compress(chunk.content) + self._packing.flush(zlib.Z_SYNC_FLUSH))
        self.rows += chunk.count
        self.unpacked += len(chunk.content)

    def finished(self) -> Rows:
        self._packed.write(self._packing.flush())
        return Rows(self._packed.getvalue(), self.rows)


def _header(files: Sequence[Path], reading: Reading) -> list[str]:
    """The columns of all files, which must have the same."""
    headers = [next(_table(file, reading), []) for file in files]
    for file, header in zip(files, headers, strict=True):
        if len(set(header)) < len(header) or not all(name.strip() for name in header) or not header:
            raise refused(file, "its first line does not name every column once", "Add a line of names")
        if header != headers[0]:
            raise refused(file, f"it has other columns than {files[0].name}", "Seal it by itself")
    return headers[0]


def _csv_rows(files: Sequence[Path], reading: Reading, header: list[str]) -> Iterator[Rows]:
    for file in files:
        rows = islice(_table(file, reading), 1, None)
        line, step = 1, _FEW
        while some := list(islice(rows, step)):
            for row in some:
                line += 1
                if len(row) != len(header):
                    raise refused(file, f"row {line} has {len(row)} columns of {len(header)}", "Correct the file")
            content = _lines(some)
            yield Rows(content, len(some))
            step = max(1, min(_MANY, len(some) * _CHUNK // len(content)))


def _table(file: Path, reading: Reading) -> Iterator[list[str]]:
    """Rows of a CSV file; empty lines are none."""
    csv.field_size_limit(_LONGEST_VALUE)
    with _text(file, reading) as stream:
        reader = csv.reader(stream, delimiter=reading.delimiter, strict=True)
        try:
            yield from filter(None, reader)
        except csv.Error:
            raise refused(file, f"line {reader.line_num} breaks the rules of CSV", "Correct the quotes") from None
        except UnicodeError:
            raise _undecodable(file, reading, reader.line_num) from None


def _json_rows(files: Sequence[Path], reading: Reading) -> Iterator[Rows]:
    for file in files:
        number = 0
        with _text(file, reading) as stream:
            while lines := _some_lines(stream, file, reading, number):
                filled_ones = [line for line in lines if line.strip()]
                for at, line in enumerate(lines, number + 1):
                    if line.strip() and not _is_object(line):
                        raise refused(file, f"line {at} is no JSON object", "Correct the file")
                number += len(lines)
                yield Rows("".join(line.rstrip("\r\n") + "\n" for line in filled_ones).encode(), len(filled_ones))


def _some_lines(stream: IO[str], file: Path, reading: Reading, before: int) -> list[str]:
    lines: list[str] = []
    size = 0
    try:
        while size < _CHUNK and (line := stream.readline(_LONGEST_LINE)):
            if len(line) == _LONGEST_LINE:
                raise refused(file, f"line {before + len(lines) + 1} is longer than any record", "Correct the file")
            lines.append(line)
            size += len(line)
    except UnicodeError:
        raise _undecodable(file, reading, before + len(lines)) from None
    return lines


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict) and bool(line.encode())
    except (ValueError, RecursionError):
        return False


def _text(file: Path, reading: Reading) -> IO[str]:
    encoding = "utf-8-sig" if reading.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else reading.encoding
    try:
        return file.open(encoding=encoding, newline="")
    except LookupError:
        raise TerminalError("--encoding", f"{reading.encoding} is not known", "Try gb18030 or utf-8") from None
    except OSError:
        raise refused(file, "it cannot be read", "Check its name and your rights") from None


def _undecodable(file: Path, reading: Reading, line: int) -> TerminalError:
    return refused(
        file, f"near line {line + 1} it is not {reading.encoding}", "Name its encoding, such as --encoding gb18030"
    )


def _line(row: list[str]) -> bytes:
    return _lines([row])


def _lines(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _endings() -> str:
    return ", ".join(FORMS)
