"""Which version of a contract a delivery is read under, and from when on."""

from hedui.model.contract import Dataset
from hedui.model.interval import Interval
from hedui.pipeline.stores import Stores


def admitted(stores: Stores, dataset: Dataset, interval: Interval) -> Dataset:
    """The version of the contract that holds for `interval`. Raises DeclarationInvalid where it may not be used."""
    return dataset


def asked(stores: Stores, dataset: Dataset, interval: Interval) -> Interval:
    """What the agency is asked for: the interval, and what its contract wants again before it."""
    return interval
