"""The Assets by which a loaded dataset wakes the rules that read it."""

from airflow.sdk import Asset

from hedui.model.contract import Dataset


def warehouse_asset(dataset: Dataset) -> Asset:
    """The table of a dataset in the warehouse; an event of it carries the batch that was loaded."""
    return Asset(name=dataset.full_name, uri=f"hedui://warehouse/{dataset.full_name}", group="warehouse")
