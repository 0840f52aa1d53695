"""Read a delivery into the landing zone, segment by segment: an attempt goes on where the one before it broke off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from connectors.base import DRIFT, SOURCE_NAME, SOURCE_ROW, Connector, Page
from hedui.landing import Delivery, Enough, deliver, deliver_on
from hedui.model.contract import Dataset
from hedui.model.drift import Drift
from hedui.model.errors import DeliveryBroken, LandingBroken
from hedui.pipeline.bookmarks import Asked, Bookmark, Progress
from hedui.pipeline.stores import Stores

_ENOUGH: Final = Enough()


@dataclass(frozen=True)
class Landed:
    """A delivery that lies whole in the landing zone. `form` and `drifts` are what was seen of its form."""

    name: str
    rows: int
    digest: bytes
    form: Mapping[str, str]
    drifts: tuple[Drift, ...]


def read(stores: Stores, asked: Asked, connector: Connector, before: Mapping[str, str] | None) -> Landed:
    """Land what the agency has for `asked`; `before` is the form of the delivery before.

    Begins anew where an earlier attempt's rows are damaged, or the agency no longer knows the place where it ended.
    """
    bookmark = Bookmark(stores, asked, connector.wanted)
    if begun := bookmark.recall():
        try:
            return _Reader(stores, asked, bookmark, begun).land(connector, before)
        except (LandingBroken, DeliveryBroken):
            bookmark.forget(begun.name)
    progress = Progress.new(asked)
    try:
        return _Reader(stores, asked, bookmark, progress).land(connector, before)
    except DeliveryBroken:  # what comes in its place is another delivery
        bookmark.forget(progress.name)
        raise


class _Reader:
    """One attempt."""

    def __init__(self, stores: Stores, asked: Asked, bookmark: Bookmark, progress: Progress) -> None:
        self._dataset, self._reach = asked.dataset, asked.reach
        self._files = stores.landing(asked.dataset)
        self._digest_key = stores.keyring.derived("landing", "digest")
        self._bookmark, self._progress = bookmark, progress

    def land(self, connector: Connector, before: Mapping[str, str] | None) -> Landed:
        progress = self._progress
        delivery = self._delivery(self._noted(connector.pages(self._reach, progress.position, before)))
        while not self._segment(delivery):
            progress.segments += 1
            progress.rows, progress.position = delivery.rows, delivery.position
            self._bookmark.remember(progress)
            if delivery.broke_off:
                raise delivery.broke_off
        return Landed(progress.name, delivery.rows, delivery.digest, progress.form, tuple(progress.drifts))

    def _segment(self, delivery: Delivery) -> bool:
        """Land the next segment. Returns whether it was the last."""
        number = self._progress.segments + 1
        draft = self._files.draft(self._progress.name, number, delivery.schema, delivery.segment(_ENOUGH))
        self._files.keep(draft, last=delivery.position is None)
        return delivery.position is None

    def _delivery(self, pages: Iterator[Page]) -> Delivery:
        where, progress = self._dataset.full_name, self._progress
        if not progress.segments:
            return deliver(where, pages, _empty(self._dataset), self._digest_key)
        self._files.cut(progress.name, progress.segments)
        landed = self._files.read(progress.name, progress.segments)
        delivery = deliver_on(where, pages, self._files.schema(progress.name), landed, self._digest_key)
        if delivery.rows != progress.rows:
            raise LandingBroken(progress.name, "rows that were landed are missing", "Extract the interval again")
        return delivery

    def _noted(self, pages: Iterator[Page]) -> Iterator[Page]:
        for page in pages:
            # Behind a place that is returned to, connectors say once more what they said before it.
            self._progress.drifts += [drift for drift in page.drifts if drift not in self._progress.drifts]
            self._progress.form = {**self._progress.form, **page.form}
            yield page


def _empty(dataset: Dataset) -> pa.Schema:
    """The columns of a delivery without a single row."""
    sources = [(source, pa.string()) for source in dict.fromkeys(f.source for f in dataset.fields.values())]
    return pa.schema([*sources, (SOURCE_NAME, pa.string()), (SOURCE_ROW, pa.int64()), (DRIFT, pa.string())])
