"""Ways to fetch an agency's data: one module per style of delivery, one declaration per agency in `agencies/`.

May import `hedui.model`, `hedui.sealing` and drivers. Never knows Airflow, keys of the landing zone or of pseudonyms,
or the warehouse. Holds rows only while they stream through; writes nothing to disk.

DAG files import this package: drivers are imported when a connector is made.
"""

from importlib import import_module
from typing import Final

from connectors.base import Connector, Wanted
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials

_KINDS: Final = {
    "rest": ("connectors.rest.connector", "RestConnector"),
    "database": ("connectors.database.connector", "DatabaseConnector"),
    "file_drop": ("connectors.file_drop.connector", "FileDropConnector"),
    "sealed_drop": ("connectors.sealed_drop.connector", "SealedDropConnector"),
}


def connector_for(dataset: Dataset, credentials: Credentials) -> Connector:
    """The connector that a contract's `source.kind` asks for. Opens nothing yet."""
    return connector(Wanted.of(dataset), credentials)


def connector(wanted: Wanted, credentials: Credentials) -> Connector:
    """The connector for what is wanted, with a contract or without. Opens nothing yet."""
    module, name = _KINDS[wanted.source.kind]
    made: Connector = getattr(import_module(module), name)(wanted, credentials)
    return made
