"""Make the province known to a pipeline: how agencies are reached, for whom leads are sealed, what counties are called.

Each office has a key pair: the pipeline is given the public half, and the private one stays with the agency.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from hedui import shelves
from hedui.model.credentials import Credentials
from hedui.settings import Settings
from simulator.agencies.office import office_key
from simulator.agencies.running import in_clear

FOR_AIRFLOW = "airflow_connections.json"
_DIVISIONS = Path(__file__).with_name("divisions.csv")


def introduce(province: Path, connections: Mapping[str, Credentials], settings: Settings) -> None:
    """Write into the pipeline's home what it has to know.

    The connections, as the command reads them and as `airflow connections import` does, the offices' public keys,
    and the names of the counties.
    """
    write_secret(settings.connections, json.dumps({name: in_clear(c) for name, c in connections.items()}))
    write_secret(settings.home / FOR_AIRFLOW, json.dumps({name: for_airflow(c) for name, c in connections.items()}))
    offices = settings.keys / "offices"
    offices.mkdir(parents=True, exist_ok=True, mode=0o700)
    for agency in shelves.agencies():
        public = office_key(province / "agencies" / agency).public_key()
        (offices / f"{agency}.pub").write_bytes(public.public_bytes_raw())
    shutil.copyfile(_DIVISIONS, settings.home / _DIVISIONS.name)


def for_airflow(credentials: Credentials) -> dict[str, object]:
    """The fields of an Airflow Connection, secrets included."""
    fields = in_clear(credentials)
    # Its import takes `extra` for text.
    return {"schema": fields.pop("database"), "extra": json.dumps(fields.pop("extra")), **fields}


def write_secret(file: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    partial.replace(file)
