"""Each way to be let in, alone and with each signature; TLS with our own certificate; proxies."""

import base64
import hashlib
import hmac
import json
import os
import socket
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from socketserver import StreamRequestHandler

import pytest
from tenacity import wait_none

from connectors import connector
from connectors.base import Wanted
from connectors.rest.auth import keyed_digest, sign
from connectors.rest.client import Patience
from connectors.rest.connector import RestConnector
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken
from simulator.agencies.certificates import kept_certificate
from tests.connectors import tiny_province
from tests.connectors.hostile_service import Answer, answering, listening, serving
from tests.connectors.rest_service import Service, running
from tests.connectors.test_rest_styles import ROWS, reader, source

SHARED = Path(os.environ.get("HEDUI_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
VECTORS = SHARED / "vectors" / "hmac_sm3_test.json"
REFUSED = Answer(401, b"{}")


@pytest.fixture(autouse=True)
def haste(monkeypatch):
    monkeypatch.setattr(RestConnector, "patience", Patience(attempts=3, back_off=wait_none(), sleep=lambda _: None))


def read(stated, credentials) -> int:
    return sum(rows.num_rows for rows in reader(stated, credentials).read(tiny_province.DAILY))


class Desk:
    """Gives out tokens by the standard's grant, and lets in who shows the last of them."""

    def __init__(self, life: object = 3600, login: str = "名 k&", secret: str = "s:e/c") -> None:
        self.life, self.tokens, self.lets_in = life, [], 10**9
        self.expected = (login, secret)

    def __call__(self, asked) -> Answer | None:
        if asked.path == "/oauth/token":
            return self._grant(asked)
        self.lets_in -= 1
        shown = asked.headers.get("authorization")
        return None if self.tokens and shown == f"Bearer {self.tokens[-1]}" and self.lets_in >= 0 else REFUSED

    def _grant(self, asked) -> Answer:
        name, secret = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode().split(":")
        assert asked.method == "POST"
        assert asked.body == b"grant_type=client_credentials&scope=read+all"
        if (name, secret) != ("%E5%90%8D+k%26", "s%3Ae%2Fc"):
            return REFUSED
        self.tokens.append(f"token-{len(self.tokens)}")
        self.lets_in = 10**9
        return Answer(200, json.dumps({"access_token": self.tokens[-1], "expires_in": self.life}).encode())


def with_desk(credentials, changed, password="s:e/c", **extra):  # pragma: allowlist secret
    extra = {"token_path": "/oauth/token", "scope": "read all", **extra}
    return changed(credentials, login="名 k&", password=password, extra=extra)


@pytest.fixture
def by_grant():
    return source("number", authentication="client_credentials")


@pytest.mark.parametrize("life", [3600, "3600", None, "soon"])
def test_one_token_serves_many_pages(life, by_grant, tmp_path, changed):
    desk = Desk(life)
    with running(tmp_path, Service(by_grant, ROWS, door=desk)) as credentials:
        assert read(by_grant, with_desk(credentials, changed)) == len(ROWS)
    assert desk.tokens == ["token-0"]


def test_a_token_is_renewed_before_it_ends(by_grant, tmp_path, changed):
    desk = Desk(life=0)
    with running(tmp_path, Service(by_grant, ROWS, door=desk)) as credentials:
        assert read(by_grant, with_desk(credentials, changed)) == len(ROWS)
    assert len(desk.tokens) == 6  # for each of five pages and the empty one behind them


def test_a_token_that_is_refused_later_is_renewed(by_grant, tmp_path, changed):
    desk = Desk()
    desk.lets_in = 10**9
    service = Service(by_grant, ROWS, door=desk)
    with running(tmp_path, service) as credentials:
        pages = reader(by_grant, with_desk(credentials, changed)).pages(tiny_province.DAILY)
        first = next(pages).rows.num_rows
        desk.lets_in = 1
        assert first + sum(page.rows.num_rows for page in pages) == len(ROWS)
    assert desk.tokens == ["token-0", "token-1"]


def test_a_new_token_that_is_refused_is_access_denied(by_grant, tmp_path, changed, fails):
    desk = Desk()
    service = Service(by_grant, ROWS, door=lambda asked: desk(asked) if asked.method == "POST" else REFUSED)
    with running(tmp_path, service) as credentials, fails(AccessDenied, "refused us"):
        read(by_grant, with_desk(credentials, changed))
    assert desk.tokens == ["token-0"]


@pytest.mark.parametrize("status", [400, 401])
def test_a_secret_that_is_withdrawn_meanwhile_is_access_denied(status, by_grant, tmp_path, changed, fails):
    """The standard lets a desk say so by 400 or 401."""
    desk = Desk()

    def door(asked) -> Answer | None:
        if asked.query.get("page") == "3":
            desk.lets_in = 0
        return Answer(status, b"{}") if asked.method == "POST" and desk.tokens else desk(asked)

    with running(tmp_path, Service(by_grant, ROWS, door=door)) as credentials, fails(AccessDenied, "refused us"):
        read(by_grant, with_desk(credentials, changed))


def test_a_wrong_secret_is_access_denied(by_grant, tmp_path, changed, fails):
    with running(tmp_path, Service(by_grant, ROWS, door=Desk())) as credentials, fails(AccessDenied, "refused us"):
        read(by_grant, with_desk(credentials, changed, password="wrong"))  # pragma: allowlist secret


def test_a_token_is_not_asked_for_elsewhere(by_grant, tmp_path, changed, fails):
    with running(tmp_path, Service(by_grant, ROWS)) as credentials, fails(AccessDenied, "token on another host"):
        read(by_grant, with_desk(credentials, changed, token_path="https://elsewhere.invalid/token"))


@pytest.mark.parametrize("given", [b"{}", b'{"access_token": ""}', b'{"access_token": null}', b"[]"])
def test_an_answer_without_a_token_is_broken(given, by_grant, tmp_path, changed, fails):
    with answering(tmp_path, Answer(200, given)) as credentials, fails(DeliveryBroken, "without a token"):
        read(by_grant, with_desk(credentials, changed))


def test_a_busy_desk_is_asked_again(by_grant, tmp_path, changed):
    desk, busy = Desk(), iter([Answer(503, b""), Answer(429, b"")])
    door = lambda asked: next(busy, None) or desk(asked) if asked.method == "POST" else desk(asked)  # noqa: E731
    with running(tmp_path, Service(by_grant, ROWS, door=door)) as credentials:
        assert read(by_grant, with_desk(credentials, changed)) == len(ROWS)


@pytest.mark.parametrize(("header", "sent"), [("", "x-api-key"), ("X-Ca-Key", "x-ca-key")])
def test_a_static_key_goes_in_its_header(header, sent, tmp_path, changed):
    stated = source("number", authentication="static_key")
    door = lambda asked: None if asked.headers.get(sent) == "s-key" else REFUSED  # noqa: E731
    with running(tmp_path, Service(stated, ROWS, door=door)) as credentials:
        assert read(stated, changed(credentials, password="s-key", extra={"key_header": header})) == len(ROWS)


def test_who_asks_for_nothing_is_sent_nothing(tmp_path, changed):
    stated = source("number", authentication="none")
    service = Service(stated, ROWS)
    with running(tmp_path, service) as credentials:
        read(stated, changed(credentials, password="s-key"))  # pragma: allowlist secret
    assert {"authorization", "x-api-key", "x-signature"}.isdisjoint(service.asked[0].headers)


@pytest.mark.parametrize("how", ["hmac_sha256", "hmac_sm3"])
@pytest.mark.parametrize("paging", ["number", "link in the header"])
def test_each_request_is_signed_over_what_is_really_sent(how, paging, tmp_path, changed):
    """Checked by another implementation of the digest than ours."""
    digest = how.removeprefix("hmac_")
    if digest not in hashlib.algorithms_available:
        pytest.skip(f"this Python's OpenSSL has no {digest}: nothing independent to check the signature by")
    nonces = set()

    def door(asked) -> Answer | None:
        head = asked.headers
        nonces.add(head["x-nonce"])
        signed = "\n".join([asked.method, asked.target, head["x-timestamp"], head["x-nonce"]]).encode()
        right = hmac.new(b"s-key", signed, digest).hexdigest()
        return None if (head["x-app-key"], head["x-signature"]) == ("app", right) else REFUSED

    stated = source(paging, signing=how)
    with running(tmp_path, Service(stated, ROWS, door=door)) as credentials:
        assert read(stated, changed(credentials, login="app", password="s-key")) == len(ROWS)
    assert len(nonces) > 4


def test_a_signature_may_have_a_key_of_its_own(tmp_path, changed):
    stated = source("number", authentication="static_key", signing="hmac_sm3")

    def door(asked) -> Answer | None:
        head = asked.headers
        right = sign("hmac_sm3", "other", asked.method, asked.target, head["x-timestamp"], head["x-nonce"])
        shown = (head["x-app-key"], head["x-signature"], head["x-api-key"])
        return None if shown == ("app", right, "s-key") else REFUSED

    with running(tmp_path, Service(stated, ROWS, door=door)) as credentials:
        extra = {"signing_key": "app", "signing_secret": "other"}  # pragma: allowlist secret
        assert read(stated, changed(credentials, password="s-key", extra=extra)) == len(ROWS)


@pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS.name} is not there: set HEDUI_SHARED_DATA to its folder")
def test_hmac_sm3_is_that_of_the_published_vectors():
    cases = [
        (case, group["tagSize"] // 8)
        for group in json.loads(VECTORS.read_text())["testGroups"]
        for case in group["tests"]
    ]
    assert len(cases) > 100
    for case, length in cases:
        digest = keyed_digest("hmac_sm3", bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]))[:length]
        assert (digest.hex() == case["tag"]) == (case["result"] == "valid"), case["tcId"]


@pytest.mark.parametrize(("ahead", "says"), [(3600, "ahead of ours"), (-600, "behind ours")])
@pytest.mark.parametrize("status", [401, 403])
def test_clocks_that_differ_are_told(ahead, says, status, tmp_path, fails):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
    with (
        answering(tmp_path, Answer(status, b"", {"Date": date})) as credentials,
        fails(AccessDenied, f"its clock is {str(abs(ahead))[:-1]}. seconds {says}|{abs(ahead) - 1} seconds {says}"),
    ):
        read(source(), credentials)


@pytest.mark.parametrize("date", ["soon", "", "Thu, 99 Jan 2026 99:00:00 GMT", "now"])
def test_clocks_that_agree_or_say_nothing_are_not_mentioned(date, tmp_path, fails):
    date = format_datetime(datetime.now(UTC)) if date == "now" else date
    with answering(tmp_path, Answer(401, b"", {"Date": date})) as credentials, fails(AccessDenied, r"us \(401\)\. "):
        read(source(), credentials)


def own_certificate(folder):
    folder.mkdir()
    return kept_certificate(folder)


@pytest.fixture
def asking_for_certificates(tmp_path):
    ours = own_certificate(tmp_path / "ours")
    certificate = kept_certificate(tmp_path)
    with serving(certificate, Service(source(), ROWS), ask_for=ours.authority) as credentials:
        yield credentials, ours


def test_a_service_may_ask_for_our_certificate(asking_for_certificates, changed):
    credentials, ours = asking_for_certificates
    extra = {"client_cert_file": str(ours.chain), "client_key_file": str(ours.key)}
    assert read(source(), changed(credentials, extra=extra)) == len(ROWS)
    assert all(step.error is None for step in reader(source(), changed(credentials, extra=extra)).check())


def test_certificate_and_key_may_be_in_one_file(asking_for_certificates, changed, tmp_path):
    credentials, ours = asking_for_certificates
    both = tmp_path / "both.pem"
    both.write_bytes(ours.chain.read_bytes() + ours.key.read_bytes())
    assert read(source(), changed(credentials, extra={"client_cert_file": str(both)})) == len(ROWS)


def test_without_our_certificate_or_with_another_we_are_not_let_in(asking_for_certificates, changed, tmp_path, fails):
    credentials, ours = asking_for_certificates
    other = own_certificate(tmp_path / "other")
    for extra in ({}, {"client_cert_file": str(other.chain), "client_key_file": str(other.key)}):
        with fails(AccessDenied, "client certificate"):
            read(source(), changed(credentials, extra=extra))
    for extra in ({"client_cert_file": str(ours.chain), "client_key_file": str(other.key)}, {"client_cert_file": "no"}):
        with fails(AccessDenied, "cannot be right"):
            read(source(), changed(credentials, extra=extra))


@contextmanager
def proxy(seen: list[str], answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n"):
    """A proxy that tunnels, or answers what it is told to."""

    class Tunnel(StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode()
            seen.append(line)
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)
            if b" 200 " in answer:
                self._tunnel(line.split()[1])

        def _tunnel(self, target: str) -> None:
            host, _, port = target.partition(":")
            with socket.create_connection((host, int(port))) as there:
                thread = threading.Thread(target=_pump, args=(self.connection, there))
                thread.start()
                _pump(there, self.connection)
                thread.join()

    with listening(Tunnel) as port:
        yield f"http://127.0.0.1:{port}"


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def test_the_way_may_lead_through_a_proxy(tmp_path, changed):
    seen = []
    with running(tmp_path, Service(source(), ROWS)) as credentials, proxy(seen) as address:
        reached = changed(credentials, extra={"proxy": address})
        assert read(source(), reached) == len(ROWS)
        assert next(step.title for step in reader(source(), reached).check()) == "we are admitted"
    assert seen[0].startswith(f"CONNECT 127.0.0.1:{credentials.port} ")


def test_a_proxy_that_refuses_us_is_access_denied(tmp_path, changed, fails):
    required = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    with (
        running(tmp_path, Service(source(), ROWS)) as credentials,
        proxy([], required) as address,
        fails(AccessDenied, "proxy refused us"),
    ):
        read(source(), changed(credentials, extra={"proxy": address}))


def test_a_proxy_that_is_down_is_an_agency_that_is_not_available(tmp_path, changed, unused_port, fails):
    with running(tmp_path, Service(source(), ROWS)) as credentials, fails(AgencyUnavailable, "proxy"):
        read(source(), changed(credentials, extra={"proxy": f"http://127.0.0.1:{unused_port}"}))


def test_a_server_that_speaks_no_tls_is_told(connections, contracts, changed, fails):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        thread.start()
        plain = changed(connections["civil_affairs"], port=server.getsockname()[1])
        with fails(AccessDenied, "not by HTTPS"):
            list(connector(Wanted.of(contracts["civil_affairs.deaths"]), plain).read(tiny_province.DAILY))
        thread.join()
