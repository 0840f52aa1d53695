"""Human resources: CSV files in GB18030 by SFTP, several parts to a delivery, the control file last."""

import asyncio
import hashlib
import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import asyncssh
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from hedui.model.contract import Dataset
from hedui.model.sources import FileDropSource
from simulator.agencies import feed
from simulator.agencies.process import announce, end_of_parent, kept, kept_password, own_folder, remember, unchanged

LOGIN: Final = "hedui"
HISTORY_PARTS: Final = 3
ROWS: Final = 500_000  # in one part at most


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    outbox = own / "root"
    dataset = feed.dataset_of(agency)
    file = feed.feed_file(folder, dataset)
    if not (outbox.exists() and unchanged(own, file)):
        shutil.rmtree(outbox, ignore_errors=True)
        _deliver(dataset, folder, outbox)
        remember(own, file)
    asyncio.run(_serve(own, outbox))


async def _serve(own: Path, outbox: Path) -> None:
    key = asyncssh.import_private_key(kept(own / "host.key", _new_host_key))
    password = kept_password(own / "password")
    server = await asyncssh.create_server(
        lambda: _SignIn(password),
        "127.0.0.1",
        0,
        server_host_keys=[key],
        sftp_factory=lambda channel: _ReadOnly(channel, chroot=bytes(outbox)),
    )
    async with server:
        public = " ".join(key.export_public_key().decode().split()[:2])
        announce(
            conn_type="sftp",
            host="127.0.0.1",
            port=server.get_port(),
            login=LOGIN,
            password=password,
            extra={"host_key": public},
        )
        await end_of_parent()


class _SignIn(asyncssh.SSHServer):
    def __init__(self, password: str) -> None:
        self._password = password

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == LOGIN and password == self._password


class _ReadOnly(asyncssh.SFTPServer):
    """An outbox: what is there can be listed and read."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & ~asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("read only")
        return super().open(path, pflags, attrs)

    def _refuse(self, *_: object) -> None:
        raise asyncssh.SFTPPermissionDenied("read only")

    remove = rename = posix_rename = mkdir = rmdir = setstat = lsetstat = symlink = link = cast(Any, _refuse)


def _deliver(dataset: Dataset, folder: Path, outbox: Path) -> None:
    """The history in one delivery dated its last day, then one delivery for each day."""
    if not isinstance(dataset.source, FileDropSource):
        raise TypeError(f"{dataset.full_name} is not delivered by files")
    target = outbox / dataset.source.folder.strip("/")
    target.mkdir(parents=True)
    file = feed.feed_file(folder, dataset)
    times = feed.moments(file)
    history = feed.history(folder)
    for period in [history, *feed.days(folder)]:
        first, behind = np.searchsorted(times, [feed.moment(period.start), feed.moment(period.end)]).tolist()
        day = f"{feed.by_day(period)[-1].start:%Y%m%d}"
        control = target / dataset.source.control.format(date=day)
        count = max(HISTORY_PARTS if period == history else 1, -(-(behind - first) // ROWS))
        parts = [target / f"{control.stem}_part{n:02}.csv" for n in range(1, count + 1)]
        bounds = np.linspace(first, behind, count + 1).astype(int).tolist()
        lines = [_write(part, file, *bounds[n : n + 2]) for n, part in enumerate(parts)]
        control.write_text("".join(lines), encoding="utf-8")


def _write(part: Path, file: Path, first: int, behind: int) -> str:
    """Write one part; its line in the control file."""
    names = [name for name in pq.read_schema(file).names if name != feed.CHANGED_AT]
    sha256 = hashlib.sha256()
    with part.open("wb") as stream:
        for lines in _lines(names, feed.between(file, first, behind)):
            sha256.update(lines)
            stream.write(lines)
    return f"{part.name},{behind - first},{sha256.hexdigest()}\n"


def _lines(names: list[str], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    yield (",".join(names) + "\r\n").encode("gb18030")
    for batch in batches:
        lines = io.BytesIO()
        arrow_csv.write_csv(batch.select(names), lines, arrow_csv.WriteOptions(include_header=False, eol="\r\n"))
        yield lines.getvalue().decode().encode("gb18030")


def _new_host_key() -> bytes:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
