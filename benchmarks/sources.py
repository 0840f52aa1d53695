"""What the readers are measured on: the same settlements of a day, as a file, in a database, behind HTTPS, sealed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import psycopg2
import pymysql

from benchmarks.servers import mariadb, pages_over_https, postgres, sealed_packages
from hedui import shelves
from hedui.model.contract import Dataset

START, END = "2026-06-30", "2026-07-01"
_DAY_SECONDS: Final = 86_400
_PART: Final = 500_000

# Invented people: numbers count up and pass no checksum.
_SETTLEMENTS: Final = """
    SELECT 'S' || lpad(i::VARCHAR, 9, '0') AS setl_id,
           '6201021950' || lpad((i % 100000000)::VARCHAR, 8, '0') AS certno,
           ['张三', '李四', '王五', '马六', '赵七', '买买提·热合曼'][1 + i % 6] || (i % 977)::VARCHAR AS psn_name,
           ['11', '14', '21', '41'][1 + i % 4] AS med_type,
           ['310', '390'][1 + i % 2] AS insutype,
           DATE '2026-06-01' + (i % 28)::INTEGER AS begndate,
           DATE '2026-06-02' + (i % 28)::INTEGER AS enddate,
           DATE '2026-06-03' + (i % 27)::INTEGER AS setl_date,
           'H6201020' || lpad((i % 4000)::VARCHAR, 4, '0') AS fixmedins_code,
           'I10.x' || lpad((i % 300)::VARCHAR, 3, '0') AS dise_codg,
           ((i % 100000) / 7.0 + 1)::DECIMAL(16, 2) AS medfee_sumamt,
           ((i % 100000) / 11.0)::DECIMAL(16, 2) AS fund_pay_sumamt,
           ((i % 1000) / 13.0)::DECIMAL(16, 2) AS acct_pay,
           (620102 + i % 80)::VARCHAR AS insu_admdvs,
           TIMESTAMP '2026-06-30 00:00:00' + to_seconds(i * {seconds} / {rows}) AS updt_time
    FROM range({first}, {last}) AS r(i)"""

_TABLE: Final = """CREATE TABLE settlements (
    setl_id varchar(20) PRIMARY KEY, certno varchar(20), psn_name varchar(60), med_type varchar(4),
    insutype varchar(4), begndate date, enddate date, setl_date date, fixmedins_code varchar(20),
    dise_codg varchar(20), medfee_sumamt decimal(16, 2), fund_pay_sumamt decimal(16, 2),
    acct_pay decimal(16, 2), insu_admdvs varchar(6), updt_time {moment})"""


@dataclass(frozen=True)
class Place:
    """Where a source stands. `source` and `credentials` are ours; `peer` says the same to dlt."""

    kind: str
    rows: int
    source: Mapping[str, Any]
    credentials: Mapping[str, Any]
    peer: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


def contract() -> Dataset:
    """Whose columns are read."""
    return shelves.dataset("health.settlements")


@contextmanager
def _csv(rows: int, folder: Path) -> Iterator[Place]:
    drop = folder / "drop"
    drop.mkdir()
    _copied(rows, drop / "settlements_20260630.csv", "FORMAT csv, HEADER")
    yield Place(
        "csv", rows, _drop("csv", "settlements_{date}.csv"), _folder(folder), {"folder": str(drop), "glob": "*.csv"}
    )


@contextmanager
def _parquet(rows: int, folder: Path) -> Iterator[Place]:
    drop = folder / "drop"
    drop.mkdir()
    # In parts, as an agency has to deliver it: a part that says at its end what is in it is held as a whole.
    for number, first in enumerate(range(0, rows, _PART)):
        part = drop / f"settlements_20260630_{number:03}.parquet"
        _copied(rows, part, "FORMAT parquet, COMPRESSION zstd", first, min(first + _PART, rows))
    peer = {"folder": str(drop), "glob": "*.parquet"}
    yield Place("parquet", rows, _drop("parquet", "settlements_{date}_*.parquet"), _folder(folder), peer)


@contextmanager
def _postgres(rows: int, folder: Path) -> Iterator[Place]:
    file = folder / "rows.csv"
    _copied(rows, file, "FORMAT csv, HEADER false")
    with postgres(folder) as reached:
        where = {name: reached[name] for name in ("host", "port", "user", "password", "dbname") if name in reached}
        with psycopg2.connect(**where) as connection, connection.cursor() as cursor, file.open() as lines:
            cursor.execute(_TABLE.format(moment="timestamp"))
            cursor.copy_expert("COPY settlements FROM STDIN CSV", lines)
            cursor.execute("CREATE INDEX ON settlements (updt_time)")
        connection.close()
        file.unlink()
        source = {"kind": "database", "table": "public.settlements"}
        credentials = {
            "conn_type": "postgres",
            "host": reached["host"],
            "login": reached["user"],
            "password": reached.get("password", ""),
            "database": reached["dbname"],
        } | ({"port": reached["port"]} if "port" in reached else {})
        yield Place("postgres", rows, source, credentials, {"url": reached["url"], "schema": "public"})


@contextmanager
def _mariadb(rows: int, folder: Path) -> Iterator[Place]:
    file = folder / "rows.csv"
    _copied(rows, file, "FORMAT csv, HEADER false")
    with mariadb(folder) as reached:
        connection = pymysql.connect(**reached, local_infile=True, charset="utf8mb4", autocommit=True)
        with connection, connection.cursor() as cursor:
            cursor.execute(_TABLE.format(moment="datetime(6)"))
            cursor.execute("SET foreign_key_checks = 0, unique_checks = 0")
            cursor.execute(
                f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE settlements CHARACTER SET utf8mb4"
                " FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'"
            )
            cursor.execute("CREATE INDEX changed ON settlements (updt_time)")
        file.unlink()
        credentials = {
            "conn_type": "mysql",
            "host": reached["host"],
            "port": reached["port"],
            "login": reached["user"],
            "password": reached["password"],
            "database": reached["database"],
        }
        url = "mysql+pymysql://{user}:{password}@{host}:{port}/{database}".format(**reached)
        yield Place("mariadb", rows, {"kind": "database", "table": "settlements"}, credentials, {"url": url})


@contextmanager
def _rest(rows: int, folder: Path) -> Iterator[Place]:
    source = {
        "kind": "rest",
        "path": "/settlements",
        "records": "items",
        "paging": {"by": "cursor", "next": "next"},
        "page_size": 5_000,
    }
    with pages_over_https(rows, folder) as reached:
        credentials = {
            "conn_type": "https",
            "host": reached["host"],
            "port": reached["port"],
            "extra": {"ca_file": reached["ca_file"], "token": reached["token"]},
        }
        yield Place("rest", rows, source, credentials, reached)


@contextmanager
def _sealed(rows: int, folder: Path) -> Iterator[Place]:
    file = folder / "settlements.csv"
    _copied(rows, file, "FORMAT csv, HEADER")
    with sealed_packages(file, folder) as extra:
        file.unlink()
        yield Place(
            "sealed", rows, {"kind": "sealed_drop", "sender": "health"}, {"conn_type": "sealed", "extra": extra}
        )


_STANDING: Final[Mapping[str, Callable[[int, Path], AbstractContextManager[Place]]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "postgres": _postgres,
    "mariadb": _mariadb,
    "rest": _rest,
    "sealed": _sealed,
}
KINDS: Final = tuple(_STANDING)


def standing(kind: str, rows: int, folder: Path) -> AbstractContextManager[Place]:
    """A source of this kind with so many rows, while it stands."""
    return _STANDING[kind](rows, folder)


def _folder(root: Path) -> dict[str, Any]:
    return {"conn_type": "folder", "extra": {"folder": str(root)}}


def _drop(form: str, files: str) -> dict[str, Any]:
    return {
        "kind": "file_drop",
        "transport": "folder",
        "folder": "drop",
        "files": files,
        "settled_seconds": 0,
        "format": form,
    }


def _copied(rows: int, file: Path, options: str, first: int = 0, last: int | None = None) -> None:
    span = {"first": first, "last": rows if last is None else last}
    query = _SETTLEMENTS.format(rows=rows, seconds=_DAY_SECONDS, **span)
    duckdb.connect().execute(f"COPY ({query}) TO '{file}' ({options})")
