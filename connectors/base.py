"""The one thing a connector does, and what every connector gets for it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb
from typing import final

import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, HeduiError, SchemaDrift
from hedui.model.interval import Interval

# Where a row stands in the delivery, so that the agency finds it without being shown its content.
SOURCE_NAME, SOURCE_ROW = "_source", "_position"


class Connector(ABC):
    """Reads one dataset of one agency. Implement `records`; the rest is here.

    The constructor opens nothing: errors of the network belong to reading.
    """

    def __init__(self, dataset: Dataset, credentials: Credentials) -> None:
        self.dataset = dataset
        self.credentials = credentials

    @property
    def columns(self) -> list[str]:
        """The agency's columns that the contract reads, each once: two fields may be read from one."""
        return list(dict.fromkeys(field.source for field in self.dataset.fields.values()))

    @abstractmethod
    def records(self, interval: Interval) -> Iterator[pa.RecordBatch]:
        """Yield what the agency changed within `interval`, as it was delivered.

        Columns: those of the agency, text or native types, more than the contract's are allowed; and `_source` (text:
        the file, package, table or address) with `_position` (int64: the row in it, from 1).

        Raises AgencyUnavailable, DeliveryIncomplete (try again); AccessDenied, DeliveryBroken (a person must act).
        """

    @final
    def read(self, interval: Interval) -> Iterator[pa.RecordBatch]:
        """Yield batches of exactly the contract's source columns and the two of the place.

        Raises SchemaDrift where a column of the contract is missing; further columns never leave this method, nor do
        exceptions of drivers and parsers, which may quote a row.
        """
        try:
            yield from self._checked(interval)
        except HeduiError:
            raise
        except Exception as error:
            raise DeliveryBroken(
                self.dataset.full_name,
                f"reading {interval} failed for a reason nobody foresaw: {_kind_and_place(error)}",
                "Report it with this line",
            ) from None

    def _checked(self, interval: Interval) -> Iterator[pa.RecordBatch]:
        wanted = [*self.columns, SOURCE_NAME, SOURCE_ROW]
        for batch in self.records(interval):
            if missing := [name for name in wanted if name not in batch.schema.names]:
                raise SchemaDrift(
                    self.dataset.full_name,
                    f"the delivery for {interval} lacks the column {', '.join(missing)}",
                    "Ask the agency whether it was renamed, then correct the contract",
                )
            if batch.num_rows:
                yield batch.select(wanted)


def _kind_and_place(error: Exception) -> str:
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
