"""Civil affairs, hotlines and the trading centre: an HTTPS service each, as their contracts describe it.

What an agency gives as files besides, as the trading centre does, is laid in a folder that both can see.
"""

import asyncio
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from hedui.model.channels import WebhookChannel
from hedui.model.contract import Dataset
from hedui.shelves import agencies
from simulator.agencies import feed
from simulator.agencies.certificates import kept_certificate
from simulator.agencies.process import announce, end_of_parent, kept_password, own_folder, remember, unchanged
from simulator.agencies.rest_door import KEY, TOKEN_PATH, Door
from simulator.agencies.rest_inbox import Inbox
from simulator.agencies.rest_pages import Shelf


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    datasets = feed.datasets_of(agency)
    shelves = [Shelf(d, feed.whole(feed.feed_file(folder, d))) for d in datasets if d.source.kind == "rest"]
    files = _laid([d for d in datasets if d.source.kind == "file_drop"], folder, own)
    door = Door(shelves[0].source, kept_password(own / "token"), kept_password(own / "secret"))
    app = service({shelf.source.path: shelf for shelf in shelves}, door)
    if isinstance(channel := agencies()[agency].report_channel, WebhookChannel):
        app.add_api_route(channel.path, Inbox(own, door.secret).take, methods=["POST"])
    asyncio.run(_serve(own, app, door, {**door.key, **files}))


def _laid(datasets: list[Dataset], folder: Path, own: Path) -> dict[str, str]:
    """The deliveries of datasets that come as files, and where they lie."""
    if not datasets:
        return {}
    from simulator.agencies import outbox

    root, feeds = own / "files", [feed.feed_file(folder, dataset) for dataset in datasets]
    if not (root.exists() and unchanged(own, feeds)):
        shutil.rmtree(root, ignore_errors=True)
        for dataset in datasets:
            outbox.fill(dataset, folder, root)
        remember(own, feeds)
    return {"folder": str(root)}


async def _serve(own: Path, app: FastAPI, door: Door, extra: Mapping[str, str]) -> None:
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
        extra={"ca_file": str(certificate.authority), **extra},
    )
    await end_of_parent()
    server.should_exit = server.force_exit = True
    await serving


def service(shelves: Mapping[str, Shelf], door: Door) -> FastAPI:
    """One service of the agency: each path gives the changes of one dataset."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def changed(request: Request) -> Response:
        if reason := door.refusal(request):
            return JSONResponse({"code": 40101, "message": reason}, 401)
        if busy := door.busy():
            return busy
        try:
            return shelves[request.url.path].page(request)
        except (KeyError, ValueError):
            return JSONResponse({"code": 40001, "message": "bad parameters"})

    async def token(request: Request) -> Response:
        return door.grant(request)

    for path in shelves:
        app.add_api_route(path, changed, methods=["GET"])
    app.add_api_route(TOKEN_PATH, token, methods=["POST"])
    return app


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
