"""Civil affairs: signed HTTPS requests, pages by cursor, and a gateway that is sometimes busy."""

import asyncio
import base64
import hmac
import secrets
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from hedui.model.contract import Dataset
from hedui.model.sources import RestSource
from simulator.agencies import feed
from simulator.agencies.certificates import kept_certificate
from simulator.agencies.process import announce, end_of_parent, kept_password, own_folder

KEY: Final = "hedui"
LARGEST_PAGE: Final = 1_000
STALE: Final = 300  # seconds


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    door = Door(kept_password(own / "token"), kept_password(own / "secret"))
    shelves = {
        _path(dataset): Shelf(feed.whole(feed.feed_file(folder, dataset))) for dataset in feed.datasets_of(agency)
    }
    asyncio.run(_serve(own, service(shelves, door), door))


def _path(dataset: Dataset) -> str:
    if not isinstance(dataset.source, RestSource):
        raise TypeError(f"{dataset.full_name} is not delivered by REST")
    return dataset.source.path


async def _serve(own: Path, app: FastAPI, door: "Door") -> None:
    certificate = kept_certificate(own)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, ssl_certfile=certificate.chain, ssl_keyfile=certificate.key, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not (server.started or serving.done()):
        await asyncio.sleep(0.01)
    if not server.started:
        raise RuntimeError("the HTTPS server did not start")
    announce(
        conn_type="https",
        host="127.0.0.1",
        port=listening.getsockname()[1],
        login=KEY,
        password=door.secret,
        extra={"ca_file": str(certificate.authority), "token": door.token},
    )
    await end_of_parent()
    server.should_exit = server.force_exit = True
    await serving


@dataclass
class Door:
    """Who is let in, and when the gateway has had enough."""

    token: str
    secret: str
    _seen: dict[str, float] = field(default_factory=dict)
    _requests: "count[int]" = field(default_factory=lambda: count(1))

    def refusal(self, request: Request) -> str | None:
        """Why a request is not let in."""
        given = request.headers.get
        timestamp, nonce = given("X-Timestamp", ""), given("X-Nonce", "")
        if not secrets.compare_digest(given("Authorization", ""), f"Bearer {self.token}") or given("X-App-Key") != KEY:
            return "unknown token or key"
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > STALE:
            return "stale timestamp"
        query = request.scope["query_string"].decode()
        path = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
        signed = "\n".join([request.method, path, timestamp, nonce]).encode()
        if not secrets.compare_digest(
            given("X-Signature", ""), hmac.new(self.secret.encode(), signed, sha256).hexdigest()
        ):
            return "wrong signature"
        return None if self._fresh(nonce) else "nonce used before"

    def busy(self) -> JSONResponse | None:
        """The gateway's bad moments, at set requests, so that every run meets the same."""
        number = next(self._requests)
        if number % 23 == 4:
            return JSONResponse({"code": 42900, "message": "too many requests"}, 429, {"Retry-After": "1"})
        if number % 17 == 6:
            return JSONResponse({"code": 50300, "message": "upstream not ready"}, 503)
        return None

    def _fresh(self, nonce: str) -> bool:
        now = time.time()
        for old in [n for n, at in self._seen.items() if now - at > 2 * STALE]:
            del self._seen[old]
        fresh = len(nonce) == 32 and nonce not in self._seen
        self._seen[nonce] = now
        return fresh


class Shelf:
    """The rows in the order they were changed."""

    def __init__(self, rows: pa.Table) -> None:
        self._times = feed.microseconds(rows[feed.CHANGED_AT])
        self._rows = rows.drop_columns(feed.CHANGED_AT)

    def page(self, start: datetime, end: datetime, size: int, cursor: str | None) -> dict[str, Any]:
        first, behind = np.searchsorted(self._times, [feed.moment(start), feed.moment(end)]).tolist()
        at = first if cursor is None else _place(cursor)
        if not first <= at <= behind:
            raise ValueError("the cursor is of another query")
        after = min(at + size, behind)
        items = self._rows.slice(at, after - at).to_pylist()
        return {"items": items, "nextCursor": _cursor(after) if after < behind else None}


def service(shelves: Mapping[str, Shelf], door: Door) -> FastAPI:
    """One service of the agency: each path gives the changes of one dataset."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def changed(request: Request) -> JSONResponse:
        if reason := door.refusal(request):
            return JSONResponse({"code": 40101, "message": reason}, 401)
        if busy := door.busy():
            return busy
        asked = request.query_params
        try:
            start, end = (datetime.fromisoformat(asked[name]) for name in ("updatedFrom", "updatedTo"))
            page = shelves[request.url.path].page(start, end, _size(asked["size"]), asked.get("cursor"))
        except (KeyError, ValueError):
            return JSONResponse({"code": 40001, "message": "bad parameters"})
        return JSONResponse({"code": 0, "data": page})

    for path in shelves:
        app.add_api_route(path, changed, methods=["GET"])
    return app


def _size(text: str) -> int:
    size = int(text)
    if not 1 <= size <= LARGEST_PAGE:
        raise ValueError("no such page size")
    return size


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"after:{place}".encode()).decode()


def _place(cursor: str) -> int:
    return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
