"""Object storage, by fsspec: `s3://bucket/folder`, or any other protocol whose driver is installed."""

import json
import posixpath
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, cast

import fsspec  # type: ignore[import-untyped]

from connectors.file_drop.places import Entry, Stream
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryIncomplete

_LATER: Final = "It is tried again; if it lasts, call whoever runs the storage"
_AT_ONCE: Final = 8 * 1024 * 1024
_TIMEOUTS: Final = {"connect_timeout": 10, "read_timeout": 60}


@contextmanager
def object_storage(where: str, credentials: Credentials) -> Iterator["ObjectStorage"]:
    """Connection: `login` and `password` are key and secret; extra `endpoint_url`, `region`, `ca_file`.

    For other protocols than S3, extra `options`: what fsspec's driver asks for, as JSON.
    """
    try:
        yield ObjectStorage(_options(credentials))
    except FileNotFoundError:
        raise DeliveryIncomplete(where, "the folder or an object of the delivery is not there", _LATER) from None
    except PermissionError:
        raise AccessDenied(where, "the object storage refused key or right", "Correct the connection") from None
    except ImportError:
        raise AccessDenied(
            where, "the driver of this object storage is not installed", "Install it: for S3 `hedui[object-storage]`"
        ) from None
    except _errors():
        raise AgencyUnavailable(where, "the object storage does not answer", _LATER) from None


class ObjectStorage:
    """Folders are beginnings of names."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._drivers: dict[str, Any] = {}
        self.title = "the object storage"

    def files(self, folder: str) -> dict[str, Entry]:
        found = self._of(folder).ls(self._path(folder), detail=True, refresh=True)
        return {_name(one): Entry(int(one["size"]), _changed_at(one)) for one in found if one["type"] == "file"}

    def folders(self, folder: str) -> list[str]:
        found = self._of(folder).ls(self._path(folder), detail=True, refresh=True)
        return sorted(_name(one) for one in found if one["type"] == "directory")

    def open(self, path: str) -> AbstractContextManager[Stream]:
        opened = self._of(path).open(self._path(path), "rb", block_size=_AT_ONCE, cache_type="readahead")
        return cast(AbstractContextManager[Stream], opened)

    def move(self, path: str, target: str) -> None:
        self._of(path).mv(self._path(path), self._path(target))

    def _of(self, url: str) -> Any:
        protocol = url.partition("://")[0] if "://" in url else "s3"
        if protocol not in self._drivers:
            # Listings are never remembered: what arrives meanwhile has to be seen.
            given = {"use_listings_cache": False, **self._options.get(protocol, self._options[""])}
            self._drivers[protocol] = fsspec.filesystem(protocol, skip_instance_cache=True, **given)
        return self._drivers[protocol]

    def _path(self, url: str) -> str:
        return url.partition("://")[2] if "://" in url else url


def _options(credentials: Credentials) -> dict[str, Any]:
    """What the driver is given, by protocol; under the empty name for all others than S3."""
    client = {"region_name": credentials.secret("region"), "verify": credentials.secret("ca_file")}
    s3 = {
        "key": credentials.login or None,
        "secret": credentials.password.get_secret_value() or None,
        "endpoint_url": credentials.secret("endpoint_url") or None,
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": dict(_TIMEOUTS),
    }
    return {"s3": s3, "": json.loads(credentials.secret("options") or "{}")}


def _errors() -> tuple[type[Exception], ...]:
    """What else a driver may raise: that of S3 has errors of its own."""
    try:
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]
    except ImportError:
        return (OSError,)
    return (OSError, BotoCoreError)


def _name(found: dict[str, Any]) -> str:
    return posixpath.basename(str(found["name"]).rstrip("/"))


def _changed_at(found: dict[str, Any]) -> float:
    """What each driver calls it; where it does not say, the moment the epoch began: unchanged for ever."""
    moment = next((found[name] for name in ("LastModified", "mtime", "updated", "last_modified") if name in found), 0)
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)
