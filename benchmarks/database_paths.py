"""`python -m benchmarks.database_paths`: the ways from a database's table to Arrow, side by side.

Every way reads the same day of settlements, sorted by cursor and key as an extract needs it, in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

from benchmarks import sources
from benchmarks.sources import END, START, Place, contract
from connectors import connector
from connectors.base import Wanted
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.model.sources import DatabaseSource

_KINDS: Final = ("postgres", "mariadb")
_AT_ONCE: Final = 50_000
_IMPORTED: Final = ("adbc_driver_postgresql.dbapi", "connectorx", "connectors.database.connector", "duckdb", "pandas")


def _query() -> str:
    columns = ", ".join(dict.fromkeys(field.source for field in contract().fields.values()))
    day = f"updt_time >= '{START} 00:00:00' AND updt_time < '{END} 00:00:00'"
    return f"SELECT {columns} FROM settlements WHERE {day} ORDER BY updt_time, setl_id"


def _hedui(place: Place) -> Iterator[int]:
    dataset = contract().model_copy(update={"source": DatabaseSource.model_validate(place.source)})
    reading = connector(Wanted.of(dataset), Credentials.model_validate(place.credentials))
    return (batch.num_rows for batch in reading.read(Interval.parse(START, END)))


def _sqlalchemy(place: Place) -> Iterator[int]:
    with sa.create_engine(place.peer["url"]).connect() as connection:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
        for rows in streamed.execute(sa.text(_query())).partitions(_AT_ONCE):
            yield len([pa.array(values) for values in zip(*rows, strict=True)] and rows)


def _adbc(place: Place) -> Iterator[int]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(_plain(place)) as connection, connection.cursor() as cursor:
        cursor.execute(_query())
        yield from (batch.num_rows for batch in cursor.fetch_record_batch())


def _connectorx(place: Place) -> Iterator[int]:
    import connectorx

    batches = connectorx.read_sql(_plain(place), _query(), return_type="arrow_stream", batch_size=_AT_ONCE)
    yield from (batch.num_rows for batch in batches)


def _duckdb(place: Place) -> Iterator[int]:
    import duckdb

    scanner = {"postgres": "postgres", "mariadb": "mysql"}[place.kind]
    connection = duckdb.connect()
    connection.execute(f"LOAD '{_extension(f'duckdb_extension_{scanner}_scanner')}'")
    connection.execute(f"ATTACH '{_words(place)}' AS agency (TYPE {scanner}, READ_ONLY)")
    rows = connection.execute(f"SELECT * FROM {scanner}_query('agency', $${_query()}$$)")
    yield from (batch.num_rows for batch in rows.to_arrow_reader(_AT_ONCE))


_WAYS: Final[Mapping[str, Callable[[Place], Iterator[int]]]] = {
    "hedui": _hedui,
    "sqlalchemy": _sqlalchemy,
    "adbc": _adbc,
    "connectorx": _connectorx,
    "duckdb": _duckdb,
}


def main() -> None:
    asked = _arguments()
    if asked.read:
        _be_reader(*asked.read)
        return
    print(f"{'database':<10}{'way':<12}{'rows/s':>10}{'first row':>11}{'CPU':>8}{'peak MiB':>10}")
    for kind in _KINDS:
        with TemporaryDirectory() as folder, sources.standing(kind, asked.rows, Path(folder)) as place:
            file = Path(folder) / "place.json"
            file.write_text(json.dumps(place.as_json()), encoding="utf-8")
            _measured("duckdb", file)  # the first reading of a new table is slow, whoever reads it
            for way in _WAYS:
                if (kind, way) != ("mariadb", "adbc"):  # there is no such driver
                    _show(kind, way, _measured(way, file))


def _measured(way: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.database_paths", "--read", way, str(file)]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return found


def _show(kind: str, way: str, found: dict[str, float]) -> None:
    speed = found["rows"] / found["seconds"]
    times = f"{found['first']:>10.2f}s{found['cpu']:>7.1f}s"
    print(f"{kind:<10}{way:<12}{speed:>10,.0f}{times}{found['peak_mib']:>10,.0f}", flush=True)


def _be_reader(way: str, file: str) -> None:
    for module in _IMPORTED:
        import_module(module)  # which is not reading
    place, started, first, rows = Place.from_json(json.loads(Path(file).read_text())), time.perf_counter(), 0.0, 0
    for count in _WAYS[way](place):
        first = first or time.perf_counter() - started
        rows += count
    used = resource.getrusage(resource.RUSAGE_SELF)
    times = {"seconds": time.perf_counter() - started, "first": first, "cpu": used.ru_utime + used.ru_stime}
    print(json.dumps({"rows": rows, **times, "peak_mib": used.ru_maxrss / 1024}))


def _plain(place: Place) -> str:
    """The URL as drivers outside Python know it: a socket's folder stands for the host."""
    url = sa.make_url(place.peer["url"])
    host = url.host or quote(str(url.query.get("host", "")), safe="")
    at = f"{host}:{url.port}" if url.port else host
    return f"{url.get_backend_name()}://{url.username}:{url.password or ''}@{at}/{url.database}"


def _words(place: Place) -> str:
    """How the scanners are told where the database is."""
    names = {"postgres": ("user", "password", "dbname"), "mariadb": ("user", "passwd", "db")}[place.kind]
    named = dict(zip(names, ("login", "password", "database"), strict=True)) | {"host": "host", "port": "port"}
    given = {name: place.credentials.get(ours) for name, ours in named.items()}
    return " ".join(f"{name}={value}" for name, value in given.items() if value)


def _extension(package: str) -> Path:
    found = find_spec(package)
    assert found and found.submodule_search_locations
    return next(Path(found.submodule_search_locations[0]).glob("extensions/*/*.duckdb_extension"))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="benchmarks.database_paths", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
