"""`python -m benchmarks.connectors`: rows a second and peak memory of each kind of connector, beside dlt.

Both read one source in one run, each in a process of its own, and both end with Parquet on this disk: hedui's is
enciphered, numbered and digested on the way, dlt's is what its pipeline loads. Of dlt's readers the fastest known for
each kind is taken. A sealed drop has no peer: its package is opened twice, once to see that it is genuine.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks import peers, sources
from benchmarks.sources import KINDS, Place

_READERS: Final = {"hedui": peers.read_with_hedui, "dlt": peers.read_with_dlt}
_HEADER: Final = f"{'kind':<16}{'rows':>12}  {'reader':<8}{'seconds':>9}{'rows/s':>12}{'peak MiB':>10}{'ratio':>8}"


def main() -> None:
    asked = _arguments()
    if asked.read:
        _be_reader(*asked.read)
        return
    print(_HEADER, flush=True)
    peaks: dict[str, list[float]] = {}
    for kind in asked.kinds:
        for rows in asked.rows:
            with _place(kind, rows) as file:
                _compare(kind, rows, file, asked.without_peer, peaks.setdefault(kind, []))
    for kind, found in peaks.items():
        if len(found) > 1:
            print(f"{kind}: memory at {max(asked.rows):,} rows is {found[-1] / found[0]:.2f} of {min(asked.rows):,}")


def _compare(kind: str, rows: int, file: Path, alone: bool, peaks: list[float]) -> None:
    ours = _measured("hedui", file)
    peaks.append(ours["peak_mib"])
    _print(kind, rows, "hedui", ours)
    if kind in peers.WITH_PEER and not alone:
        theirs = _measured("dlt", file)
        _print(kind, rows, "dlt", theirs, f"{theirs['seconds'] / ours['seconds']:.1f}x")
        assert theirs["rows"] == ours["rows"] == rows, f"{kind}: {ours['rows']} and {theirs['rows']} of {rows} rows"


def _print(kind: str, rows: int, reader: str, found: dict[str, float], ratio: str = "") -> None:
    speed = found["rows"] / found["seconds"]
    figures = f"{found['seconds']:>9.1f}{speed:>12,.0f}{found['peak_mib']:>10,.0f}{ratio:>8}"
    print(f"{kind:<16}{rows:>12,}  {reader:<8}{figures}", flush=True)


@contextmanager
def _place(kind: str, rows: int) -> Iterator[Path]:
    """The source while it stands, described in a file for the readers' processes."""
    with TemporaryDirectory(prefix="benchmark-") as folder, sources.standing(kind, rows, Path(folder)) as place:
        file = Path(folder) / "place.json"
        file.write_text(json.dumps(place.as_json()), encoding="utf-8")
        yield file


def _measured(reader: str, place: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.connectors", "--read", reader, str(place)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _be_reader(reader: str, file: str) -> None:
    place = Place.from_json(json.loads(Path(file).read_text(encoding="utf-8")))
    with TemporaryDirectory(prefix="benchmark-read-") as into:
        warm = _READERS[reader](place, Path(into))  # imports are not reading
        started = time.perf_counter()
        rows = warm()
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": peak / 1024}))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="benchmarks.connectors", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--without-peer", action="store_true", help="measure hedui alone")
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
