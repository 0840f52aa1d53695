"""The readers: ours into a landing zone, dlt's into its pipeline's files. Each returns what is to be timed."""

import os
import secrets
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from benchmarks import sources
from benchmarks.sources import Place
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval

WITH_PEER: Final = frozenset({"csv", "parquet", "postgres", "mariadb", "rest"})

Reading = Callable[[], int]


def read_with_hedui(place: Place, into: Path) -> Reading:
    """Connector, numbering, digest, enciphered Parquet: what `extract` does but for the ledger."""
    from connectors import connector_for
    from hedui.landing import EncryptedFiles, Enough, deliver

    contract = sources.contract()
    asked = type(contract).model_validate({**contract.model_dump(), "source": place.source})
    connector = connector_for(asked, Credentials.model_validate(place.credentials))
    landing = EncryptedFiles(into, secrets.token_bytes(32))
    interval = Interval.parse(sources.START, sources.END)

    def read() -> int:
        pages = connector.pages(interval)
        delivery = deliver(asked.full_name, pages, pa.schema([]), secrets.token_bytes(32))
        for number in count(1):
            draft = landing.draft("batch", number, delivery.schema, delivery.segment(Enough()))
            landing.keep(draft, last=delivery.position is None)
            if delivery.position is None:
                break
        return delivery.rows

    return read


def read_with_dlt(place: Place, into: Path) -> Reading:
    """A pipeline to Parquet files, with what dlt's documentation names as its fastest reader of each kind."""
    os.environ |= {
        "DESTINATION__FILESYSTEM__BUCKET_URL": (into / "loaded").as_uri(),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
        "DLT_DATA_DIR": str(into / "state"),
        "REQUESTS_CA_BUNDLE": str(place.peer.get("ca_file", "")),
    }
    import dlt

    pipeline = dlt.pipeline("benchmark", destination="filesystem", dataset_name="d", pipelines_dir=str(into / "work"))
    resource = _RESOURCES[place.kind](place)

    def read() -> int:
        pipeline.run(resource, loader_file_format="parquet", table_name="settlements")
        counts = pipeline.last_trace.last_normalize_info.row_counts
        return int(counts["settlements"])

    return read


def _files(place: Place) -> Any:
    from dlt.sources.filesystem import filesystem, read_csv_duckdb, read_parquet

    found = filesystem(bucket_url=Path(place.peer["folder"]).as_uri(), file_glob=place.peer["glob"])
    # Arrow tables pass through dlt's pipeline without becoming rows of Python.
    return found | (read_csv_duckdb(use_pyarrow=True) if place.kind == "csv" else read_parquet(use_pyarrow=True))


def _table(place: Place) -> Any:
    from dlt.sources.sql_database import sql_table

    return sql_table(
        credentials=place.peer["url"],
        schema=place.peer.get("schema"),
        table="settlements",
        backend="pyarrow",
        chunk_size=50_000,
        backend_kwargs={"tz": "UTC"},
    )


def _pages(place: Place) -> Any:
    from dlt.sources.rest_api import rest_api_source

    base = f"https://{place.peer['host']}:{place.peer['port']}"
    paginator = {"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}
    endpoint = {"path": "settlements", "data_selector": "items", "paginator": paginator}
    return rest_api_source(
        {
            "client": {"base_url": base, "auth": {"type": "bearer", "token": place.peer["token"]}},
            "resources": [{"name": "settlements", "endpoint": endpoint}],
        }
    )


_RESOURCES: Final = {"csv": _files, "parquet": _files, "postgres": _table, "mariadb": _table, "rest": _pages}
