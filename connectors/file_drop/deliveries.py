"""What lies in the folder and in the archive, as deliveries."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.file_drop.control import LeadsElsewhere, Stated, dated, marked, within
from connectors.file_drop.part import MEBI
from connectors.file_drop.places import Entry, Place, below
from hedui.model.errors import DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import Interval
from hedui.model.sources import FileDropSource

_LARGEST_CONTROL: Final = 4 * MEBI
_AGAIN: Final = "Ask the agency to deliver it again"
_COMPARE: Final = "Compare it with `source` in the contract; if that is right, ask the agency to deliver it again"
_LATER: Final = "It is looked for again; if it lasts, call the agency"
# So far our clock and the agency's may differ; a file that seems older is whole, others are watched for a while.
_CLOCKS: Final = 3600.0


@dataclass(frozen=True)
class Found:
    """A file, and where it lies."""

    name: str
    path: str
    entry: Entry


@dataclass(frozen=True)
class Part:
    """A file of a delivery, and what its control file says of it."""

    file: Found
    stated: Stated

    @property
    def identity(self) -> list[object]:
        """What makes it this very file."""
        entry = self.file.entry
        return [self.file.name, self.stated.digest or [entry.size, entry.changed_at]]


@dataclass(frozen=True)
class Delivery:
    """What came for one day; `control` None where its files' names alone say so."""

    control: Found | None
    parts: tuple[Part, ...]


class Drop:
    """A folder and its archive. A delivery whose control file is in the archive was taken in: its parts are there."""

    def __init__(self, place: Place, where: str, source: FileDropSource) -> None:
        self.place, self._where, self._source = place, where, source
        self.archive = below(source.folder, source.archive) if source.archive else ""
        self.here = self._listed(source.folder)
        self.taken = self._taken()

    def deliveries(self, interval: Interval) -> list[Delivery]:
        """Those of the interval, oldest first. Raises DeliveryIncomplete, DeliveryBroken."""
        found = [*self.days(interval).values()]
        if not found and self._source.may_be_absent:
            return []
        if not found and self._source.control:
            raise self.incomplete(f"no control file {self._source.control} for {interval} in {self._source.folder}")
        if not found:
            raise self.incomplete(f"no file {self._source.files} for {interval} in {self._source.folder}")
        if self._source.control:
            return [self._controlled(name) for names in found for name in names]
        self._settled([name for names in found for name in names])
        return [Delivery(None, tuple(Part(self._everywhere[name], Stated(name)) for name in names)) for names in found]

    def days(self, interval: Interval | None = None) -> dict[str, list[str]]:
        """The names that say which deliveries there are, by day. Raises DeliveryBroken."""
        days = dated(self._everywhere, self._source.control or self._source.files)
        try:
            return within(days, interval) if interval else days
        except ValueError as error:
            raise self.broken(f"the {'control ' if self._source.control else ''}file {error}") from None

    def unchanged(self, file: Found) -> bool:
        """Whether a file is still the one that was listed."""
        folder = file.path.removesuffix(file.name).rstrip("/") or "/"
        return self.place.files(folder).get(file.name) == file.entry

    def take(self, delivery: Delivery) -> None:
        """Move what was read to the archive, the control file first: what lies in its folder then belongs to it."""
        for file in filter(None, [delivery.control, *(part.file for part in delivery.parts)]):
            if file.name in self.here and self.here[file.name] == file:
                self.place.move(file.path, below(self.archive, file.name))

    def broken(self, what: str) -> DeliveryBroken:
        return DeliveryBroken(self._where, what, _AGAIN)

    def not_as_agreed(self, what: str) -> DeliveryBroken:
        """Either side may be wrong."""
        return DeliveryBroken(self._where, what, _COMPARE)

    def incomplete(self, what: str) -> DeliveryIncomplete:
        return DeliveryIncomplete(self._where, what, _LATER)

    @property
    def _everywhere(self) -> Mapping[str, Found]:
        return {**self.taken, **self.here}

    def _listed(self, folder: str) -> dict[str, Found]:
        found = self.place.files(folder)
        return {name: Found(name, below(folder, name), entry) for name, entry in found.items()}

    def _taken(self) -> dict[str, Found]:
        try:
            return self._listed(self.archive) if self.archive else {}
        except FileNotFoundError:  # nothing was taken yet
            return {}

    def _controlled(self, control: str) -> Delivery:
        file = self._everywhere[control]
        # Behind a control file that was taken, a part may still lie in the folder; before that, none in the archive.
        present = {**self.here, **self.taken} if file.path != below(self._source.folder, control) else self.here
        parts = self._stated(file, present)
        for part in parts:
            if part.name not in present:
                raise self.incomplete(f"{control} names the part {part.name}, which is not there")
        return Delivery(file, tuple(Part(present[part.name], part) for part in parts))

    def _stated(self, control: Found, present: Mapping[str, Found]) -> list[Stated]:
        with self.place.open(control.path) as file:
            content = b""
            while len(content) <= _LARGEST_CONTROL and (piece := file.read(MEBI)):
                content += piece
        try:
            parts = Stated.read_all(content, self._source.digest)
        except LeadsElsewhere:
            raise self.broken(f"the control file {control.name} names a part outside of its folder") from None
        except ValueError:
            kind = {"sha256": ", SHA-256", "md5": ", MD5", "sm3": ", SM3", "none": ""}[self._source.digest]
            raise self.broken(f"the control file {control.name} is not lines of name, rows{kind}") from None
        if not parts and self._source.digest == "none":
            parts = [Stated(name) for name in marked(control.name, present)]
        if not parts:  # a delivery without rows has a part without rows: this is one that is still being written
            raise self.incomplete(f"the control file {control.name} names no part")
        return parts

    def _settled(self, names: list[str]) -> None:
        """Raises DeliveryIncomplete where a file is still being written: none says when it is whole."""
        young = [f for name in names if (f := self._everywhere[name]).entry.changed_at > time.time() - _CLOCKS]
        if young and self._source.settled_seconds:
            time.sleep(self._source.settled_seconds)
            if changed := next((file.name for file in young if not self.unchanged(file)), None):
                raise self.incomplete(f"{changed} is still being written")
