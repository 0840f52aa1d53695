"""`python -m benchmarks.validation`: twelve expectations on a landed batch, judged here and by three others in one run.

Each judge works in a process of its own, on the same rows of text, of which one in two hundred is faulty. Its clock
begins before it opens the enciphered batch and ends with the numbers of all rows that fail each expectation; so it
holds deciphering, reading, repairs (blanks, full-width digits, small x, dates without hyphens), typing and judging.
Imports, the contract, and Great Expectations' first look at itself are outside of it. They take turns, several times;
the shortest time of each stands, as what else the machine does only ever makes it longer.

* hedui: `judge`, as the pipeline calls it, on the landing zone's files; its memory is bounded, the rest spilled;
* duckdb: SQL by hand, one scan over DuckDB's own enciphered Parquet, with four times the memory;
* pandera: pandera on polars, on the landing zone's files as one table in memory;
* gx-pandas: Great Expectations on pandas, likewise. It and pandera look up identity numbers by our vectors.

CPU is seconds of all threads: on a machine that others use it says more than the clock on the wall.
"""

import argparse
import hashlib
import json
import pickle
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks import judged_rows
from benchmarks.judges import JUDGES
from benchmarks.twelve import TWELVE

_HEADER: Final = (
    f"{'rows':>11}  {'judge':<10}{'seconds':>9}{'rows/s':>12}{'CPU s':>8}{'peak MiB':>10}{'of hedui':>10}{'failing':>9}"
)
# pandas keeps all rows in memory, several times over: more than this it does not get.
_MOST_MEMORY: Final = 14 * 2**30

Measured = dict[str, Any]


def main() -> None:
    asked = _arguments()
    if asked.judge:
        _be_judge(*asked.judge)
        return
    if asked.store:
        _store(int(asked.store[0]), Path(asked.store[1]))
        return
    print(_HEADER, flush=True)
    peaks = [_compare(rows, asked.judges, asked.times) for rows in asked.rows]
    if len(peaks) > 1:
        print(f"memory at {max(asked.rows):,} rows is {peaks[-1] / peaks[0]:.2f} of {min(asked.rows):,}")


def _compare(rows: int, judges: list[str], times: int) -> float:
    """Have all of them judge the same batch. Returns our peak memory; AssertionError where two do not agree."""
    measured: dict[str, list[Measured]] = {}
    with TemporaryDirectory(prefix="benchmark-") as folder:
        batch = Path(folder) / "batch.pickle"
        # A process begins with the peak of the one that started it: rows are made in one of their own, too.
        subprocess.run([sys.executable, "-m", "benchmarks.validation", "--store", str(rows), str(batch)], check=True)
        for turn in range(1, times + 1):
            for judge in ("hedui", *judges):
                print(f"{rows:,} rows, turn {turn} of {times}: {judge}", file=sys.stderr, flush=True)
                if found := _measured(judge, batch):
                    measured.setdefault(judge, []).append(found)
    best = {judge: _best(found) for judge, found in measured.items()}
    for judge, found in best.items():
        _print(rows, judge, found, best["hedui"])
    _agree(measured)
    print(f"{rows:>11,}  all name the same rows for each of the {len(TWELVE)} expectations", flush=True)
    return float(best["hedui"]["peak_mib"])


def _best(found: list[Measured]) -> Measured:
    """The shortest time, and the highest peak."""
    return min(found, key=lambda one: float(one["seconds"])) | {"peak_mib": max(one["peak_mib"] for one in found)}


def _agree(measured: dict[str, list[Measured]]) -> None:
    ours = measured["hedui"][0]
    for judge, found in measured.items():
        for number, (kind, field, _) in enumerate(TWELVE):
            for one in found:
                assert one["rows"][number] == ours["rows"][number], f"{judge} names other rows: {kind} on {field}"


def _print(rows: int, judge: str, found: Measured, ours: Measured) -> None:
    ratio = found["seconds"] / ours["seconds"]
    speed = f"{found['seconds']:>9.1f}{rows / found['seconds']:>12,.0f}{found['cpu']:>8.1f}{found['peak_mib']:>10,.0f}"
    print(f"{rows:>11,}  {judge:<10}{speed}{ratio:>10.2f}{sum(found['counts']):>9,}", flush=True)


def _measured(judge: str, batch: Path) -> Measured | None:
    command = [sys.executable, "-m", "benchmarks.validation", "--judge", judge, str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and judge == "gx-pandas":
        print(f"             {judge} ended without a verdict; it may use {_MOST_MEMORY >> 30} GiB", flush=True)
        return None
    assert not done.returncode, done.stderr
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def _store(rows: int, file: Path) -> None:
    file.write_bytes(pickle.dumps(judged_rows.stored(rows, file.parent)))


def _be_judge(judge: str, file: str) -> None:
    if judge == "gx-pandas":
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    at_rest = pickle.loads(Path(file).read_bytes())
    judged_rows.contract()  # read, and kept from now on
    with TemporaryDirectory(prefix="benchmark-judge-") as scratch:
        judging = JUDGES[judge](at_rest, Path(scratch))
        started, before = time.perf_counter(), time.process_time()
        found = judging()
        seconds, cpu = time.perf_counter() - started, time.process_time() - before
    rows = [np.sort(np.asarray(one, dtype=np.int64)) for one in found]
    digests = [hashlib.blake2b(one.tobytes(), digest_size=16).hexdigest() for one in rows]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = [len(one) for one in rows]
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": peak, "rows": digests, "counts": counts}))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(
        prog="benchmarks.validation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    others = [name for name in JUDGES if name != "hedui"]
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--times", type=int, default=3, help="how often each judges; its shortest time stands")
    parser.add_argument("--judges", nargs="*", choices=others, default=others, help="beside hedui")
    parser.add_argument("--judge", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--store", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
