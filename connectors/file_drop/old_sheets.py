"""XLS, read by a process of its own: a damaged workbook ends the reader's process, and takes any memory before it."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from threading import Timer
from typing import IO, Final, cast

import pyarrow as pa

from connectors.file_drop.part import MEBI, NotAsAgreed
from connectors.file_drop.sheets import SheetForm, whole_sheet_batches

_MEMORY: Final = 4096 * MEBI
_SECONDS: Final = 300
_NOT_AS_AGREED: Final = 3


def xls_batches(workbook: bytes, form: SheetForm) -> Iterator[pa.RecordBatch]:
    """As of an XLSX workbook. Raises NotAsAgreed."""
    asked = [sys.executable, "-m", __name__, str(form.title_rows), form.name, str(int(form.fill_merged))]
    quiet = {**os.environ, "RUST_BACKTRACE": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(asked, env=quiet, stdin=pipe, stdout=pipe, stderr=pipe) as reader:  # noqa: S603
        timer = Timer(_SECONDS, reader.kill)
        timer.start()
        try:
            yield from _told(reader, workbook)
        finally:
            timer.cancel()
            reader.kill()


def _told(reader: subprocess.Popen[bytes], workbook: bytes) -> Iterator[pa.RecordBatch]:
    given, told, said = (cast(IO[bytes], pipe) for pipe in (reader.stdin, reader.stdout, reader.stderr))
    try:
        with given:
            given.write(workbook)
        yield from pa.ipc.open_stream(told)
    except (pa.ArrowInvalid, OSError):  # it ended before its time, and says why below
        pass
    words = said.read().decode()
    if code := reader.wait():
        raise NotAsAgreed(words if code == _NOT_AS_AGREED else "is not an XLS workbook that can be read")


def _main(title_rows: str, name: str, fill_merged: str) -> None:
    # No image of the memory is left anywhere should the process be ended.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    form = SheetForm(int(title_rows), name, fill_merged == "1")
    try:
        rows = whole_sheet_batches(sys.stdin.buffer.read(), form)
        first = next(rows)
        with pa.ipc.new_stream(sys.stdout.buffer, first.schema) as out:
            for batch in chain([first], rows):
                out.write_batch(batch)
    except NotAsAgreed as error:
        sys.stderr.write(str(error))
        sys.exit(_NOT_AS_AGREED)


if __name__ == "__main__":
    _main(*sys.argv[1:])
