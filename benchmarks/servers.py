"""Real servers for the benchmarks, on the loopback, ended with the block."""

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from hedui.embedded import EmbeddedPostgres
from simulator.agencies.certificates import kept_certificate
from tests.connectors.mariadb import DATABASE, PASSWORD, READER, running_mariadb

_PAGE: Final = 5_000


@contextmanager
def postgres(folder: Path) -> Iterator[dict[str, Any]]:
    """A PostgreSQL of its own: `url`, and its parts as psycopg2 names them."""
    with EmbeddedPostgres(folder / "postgres") as server:
        url = sa.make_url(server.url("exchange"))
        parts = {"host": url.query.get("host") or url.host, "user": url.username, "dbname": url.database}
        yield {"url": url.render_as_string(hide_password=False), **parts} | ({"port": url.port} if url.port else {})


@contextmanager
def pages_over_https(rows: int, folder: Path) -> Iterator[dict[str, Any]]:
    """A service that makes pages of settlements as they are asked for, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.servers", str(rows), str(folder / "https")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()  # which ends it


def _serve_pages(rows: int, own: Path) -> None:
    own.mkdir(parents=True)
    certificate = kept_certificate(own)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    record = (
        '{"setl_id":"S%09d","certno":"620102195012345678","psn_name":"张三","med_type":"14","insutype":"390",'
        '"begndate":"2026-06-01","enddate":"2026-06-02","setl_date":"2026-06-03","fixmedins_code":"H62010200001",'
        '"dise_codg":"I10.x00","medfee_sumamt":120.50,"fund_pay_sumamt":100.25,"acct_pay":0.25,'
        '"insu_admdvs":"620102","updt_time":"2026-06-30T08:00:00+08:00"}'
    )
    whole = ",".join([record] * _PAGE)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            first = int(parse_qs(urlsplit(self.path).query).get("cursor", ["0"])[0])
            numbers = range(first, min(first + _PAGE, rows))
            records = whole if len(numbers) == _PAGE else ",".join([record] * len(numbers))
            after = f'"{numbers.stop}"' if numbers.stop < rows else "null"
            body = f'{{"code":0,"next":{after},"items":[{records % tuple(numbers)}]}}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reached = {"host": "127.0.0.1", "port": server.server_port, "ca_file": str(certificate.authority), "token": "t"}
        print(json.dumps(reached), flush=True)
        sys.stdin.read()
        server.shutdown()


@contextmanager
def mariadb(folder: Path) -> Iterator[dict[str, Any]]:
    """Debian's MariaDB with data of its own; how to reach it, as pymysql names it."""
    (folder / "mariadb").mkdir()
    with running_mariadb(folder / "mariadb", "--innodb-buffer-pool-size=1G", "--secure-file-priv=") as server:
        yield {"host": "127.0.0.1", "port": server.port, "user": READER, "password": PASSWORD, "database": DATABASE}


@contextmanager
def sealed_packages(file: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file as packages in a drop; `extra` of the connection that opens them."""
    keys, drop = folder / "keys", folder / "drop"
    drop.mkdir()
    _sealing("keys", str(keys / "sender"))
    _sealing("keys", "--recipient", str(keys / "reader"))
    period = ("--from", "2026-06-30", "--to", "2026-07-01", "--closes", "2026-06-30")
    pem = {file.name: file for file in keys.rglob("*.pem")}
    sender = ("--sender", "health", "--signing-key", str(pem["sender.pem"]))
    _sealing(
        str(file),
        "--dataset",
        "health.settlements",
        *period,
        *sender,
        "--recipient",
        str(pem["recipient.pub.pem"]),
        "--into",
        str(drop),
    )
    yield {
        "folder": str(drop),
        "recipient_key": pem["recipient.pem"].read_text(),
        "sender_public_key": pem["sender.pub.pem"].read_text(),
    }


def _sealing(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "hedui.sealing", *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    _serve_pages(int(sys.argv[1]), Path(sys.argv[2]))
