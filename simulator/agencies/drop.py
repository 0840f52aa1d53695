"""Police: sealed packages of all datasets in one numbered series, put into a folder by a one-way gateway.

A package covers what its dataset's schedule asks for: of one that is due daily a day, of the others a week.
"""

import base64
import gzip
import heapq
import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import SealedDropSource
from hedui.sealing import MAGIC, Header, seal
from simulator.agencies import feed
from simulator.agencies.office import office_key
from simulator.agencies.process import announce, kept, own_folder, remember, unchanged, wait_for_end

DAILY: Final = "0 0 * * *"
ROWS: Final = 5_000  # the gateway lets no larger package through


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    recipient = X25519PrivateKey.from_private_bytes(kept(own / "recipient.key", _new_recipient))
    sender = Ed25519PrivateKey.from_private_bytes(kept(own / "sender.key", _new_sender))
    drop = own / "drop"
    feeds = feed.feed_files(agency, folder)
    if not (_of_this_format(drop) and unchanged(own, feeds)):
        _fill(agency, folder, drop, recipient, sender)
        remember(own, feeds)
    announce(
        conn_type="drop",
        extra={
            "folder": str(drop),
            "recipient_key": _text(recipient.private_bytes_raw()),
            "sender_public_key": _text(sender.public_key().public_bytes_raw()),
            "report_public_key": _text(office_key(own).public_key().public_bytes_raw()),
        },
    )
    wait_for_end()


def _of_this_format(drop: Path) -> bool:
    """Whether there are packages, and not those of an older release."""
    first = next(drop.glob("*.pkg"), None)
    return first is not None and first.read_bytes().startswith(MAGIC)


def _fill(agency: str, folder: Path, drop: Path, recipient: X25519PrivateKey, sender: Ed25519PrivateKey) -> None:
    shutil.rmtree(drop, ignore_errors=True)
    drop.mkdir(mode=0o700)
    for number, (header, payload) in enumerate(_packages(agency, folder), start=1):
        package = seal(payload, {**header, "sequence": number}, [recipient.public_key()], sender)
        partial = drop / f"{number:06}.partial"
        partial.write_bytes(package)
        partial.rename(drop / f"{number:06}.pkg")


def _packages(agency: str, folder: Path) -> Iterator[tuple[Header, bytes]]:
    """Every package of every dataset in one series, in the order of time."""
    sent = [_packages_of(dataset, folder) for dataset in feed.datasets_of(agency)]
    for _, header, payload in heapq.merge(*sent, key=itemgetter(0)):
        yield header, payload


def _packages_of(dataset: Dataset, folder: Path) -> Iterator[tuple[datetime, Header, bytes]]:
    """When a period ends, its packages: the last says which day it closes, and is sent even when empty."""
    if not isinstance(dataset.source, SealedDropSource):
        raise TypeError(f"{dataset.full_name} is not delivered by sealed drop")
    rows = feed.whole(feed.feed_file(folder, dataset))
    times = feed.microseconds(rows[feed.CHANGED_AT])
    stated: Header = {"sender": dataset.source.sender, "dataset": dataset.full_name}
    for sent in _periods(dataset, folder):
        cuts = list(_cuts(times, sent))
        for start, end in pairwise(cuts):
            first, behind = np.searchsorted(times, [start, end])
            payload = rows.slice(first, behind - first).drop_columns(feed.CHANGED_AT).to_pylist()
            last_day = sent.end - timedelta(days=1)
            last: Header = {"last_of": f"{last_day:%Y-%m-%d}"} if end == cuts[-1] else {}
            period: Header = {"from": _iso(start), "to": _iso(end), "rows": len(payload)}
            yield sent.end, {**stated, **period, **last}, _packed(payload)


def _periods(dataset: Dataset, folder: Path) -> list[Interval]:
    """What goes together: a day where the dataset is due daily, else the weeks of the history; then each day."""
    history = feed.by_day(feed.history(folder))
    if dataset.schedule.cron != DAILY:
        history = [
            Interval(week[0].start, week[-1].end)
            for _, days in groupby(history, key=lambda day: day.start.isocalendar()[:2])
            if (week := list(days))
        ]
    return [*history, *feed.days(folder)]


def _cuts(times: feed.Moments, period: Interval) -> Iterator[int]:
    """Where a period is cut: at its ends, and between two moments wherever a package is full."""
    start, end = feed.moment(period.start), feed.moment(period.end)
    yield start
    while (full := int(np.searchsorted(times, start)) + ROWS) < np.searchsorted(times, end):
        # Rows of one moment stay together, though the package grows: its period could not tell them apart.
        start = int(times[full]) if times[full] > start else int(times[np.searchsorted(times, start, "right")])
        if start >= end:
            break
        yield start
    yield end


def _packed(rows: list[dict[str, str | None]]) -> bytes:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return gzip.compress(lines.encode(), mtime=0)


def _iso(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).astimezone(PROVINCE_TIME).isoformat()


def _new_recipient() -> bytes:
    return X25519PrivateKey.generate().private_bytes_raw()


def _new_sender() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
