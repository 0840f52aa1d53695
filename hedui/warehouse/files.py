"""Which files of a table's folder its snapshots rest on."""

from collections.abc import Collection, Iterator

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table


def needed_files(table: Table, without: Collection[int] = ()) -> set[str]:
    """Names of the files that the table needs to show its snapshots but for those `without`: data and Iceberg's own."""
    lists = [s.manifest_list for s in table.snapshots() if s.snapshot_id not in without]
    manifests = _manifests(table, without)
    data = [entry.data_file.file_path for m in manifests.values() for entry in m.fetch_manifest_entry(table.io)]
    return {_name(location) for location in (table.metadata_location, *lists, *manifests, *data)}


def remembered_files(table: Table) -> set[str]:
    """Names of the earlier metadata that the table's own history lists; it works without them."""
    return {_name(entry.metadata_file) for entry in table.metadata.metadata_log}


def _manifests(table: Table, without: Collection[int]) -> dict[str, ManifestFile]:
    """Snapshots share most of their manifests: each is read once."""
    return {m.manifest_path: m for m in _listed(table, without)}


def _listed(table: Table, without: Collection[int]) -> Iterator[ManifestFile]:
    for snapshot in table.snapshots():
        if snapshot.snapshot_id not in without:
            yield from snapshot.manifests(table.io)


def _name(location: str) -> str:
    # Names are unique in a table's folder, and no quoting of a path can make two of them differ.
    return location.rpartition("/")[2]
