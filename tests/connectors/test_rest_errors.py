"""Whatever a REST service does wrong is one clear error of the right kind."""

import json
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tenacity import wait_none

from connectors.rest.auth import Admission, FixedHeaders, Signature, bearer, sign
from connectors.rest.client import Patience
from connectors.rest.connector import RestConnector
from connectors.text_rows import read_json, text_batch
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, SchemaDrift
from tests.connectors.conftest import read
from tests.connectors.hostile_service import Answer, answering, page

DATASET = "civil_affairs.deaths"
ROW = {
    "recordNo": "D1",
    "idCard": "1",
    "name": "张三",
    "deathDate": "2026-06-01",
    "basis": "",
    "status": None,
    "countyCode": "620102",
    "updatedAt": "2026-06-21T00:00:00+08:00",
}
AT_ONCE = {"Retry-After": "0"}


HASTE = Patience(back_off=wait_none())


@pytest.fixture
def deaths(contracts):
    return contracts[DATASET]


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The pauses that would have been made."""
    made = []
    monkeypatch.setattr(RestConnector, "patience", replace(HASTE, sleep=lambda seconds: made.append(seconds)))
    return made


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (Answer(200, "<html>张三</html>".encode(), {"Content-Type": "text/html"}), DeliveryBroken, "text/html"),
        (Answer(200, b'{"code":0,"data":{"items":[{"name":"'), DeliveryBroken, "not JSON"),
        (page([ROW], code=50012), DeliveryBroken, "error code 50012"),
        (page(None), DeliveryBroken, "no list of records"),
        (Answer(200, b""), AgencyUnavailable, "an empty answer, 6 times"),
        (Answer(200, "\ufeff".encode() + b"1"), DeliveryBroken, "no list of records"),
        (page(["张三"]), DeliveryBroken, "no list of records"),
        (Answer(200, b"[]"), DeliveryBroken, "no list of records"),
        (page([{**ROW, "name": ["张三"]}]), DeliveryBroken, "a list or an object"),
        (page([{**ROW, "name": "\ud800张三"}]), DeliveryBroken, "a field holds"),
        (page([{**ROW, "name": "三" * 400_000}]), DeliveryBroken, "longer than any field"),
        (page([{f"c{n}": 1 for n in range(2_001)} | ROW]), DeliveryBroken, "more columns than any table"),
        (page([ROW], cursor="again"), DeliveryBroken, "same page twice"),
        (page([], cursor="again"), DeliveryBroken, "names a page twice"),
        (page([{k: v for k, v in ROW.items() if k != "idCard"}]), SchemaDrift, "idCard"),
        (Answer(302, b"", {"Location": "https://127.0.0.1/"}), DeliveryBroken, "answered 302"),
        (Answer(404, b"{}"), DeliveryBroken, "answered 404"),
        (Answer(401, b"{}"), AccessDenied, "refused us"),
        (Answer(403, b"{}"), AccessDenied, "refused us"),
        (Answer(500, b"{}", AT_ONCE), AgencyUnavailable, "answered 500, 6 times"),
        (Answer(503, b"{}", AT_ONCE), AgencyUnavailable, "answered 503, 6 times"),
        (Answer(429, b"{}", AT_ONCE), AgencyUnavailable, "answered 429, 6 times"),
    ],
)
def test_a_wrong_answer_is_an_error(answer, kind, says, deaths, tmp_path, fails):
    with answering(tmp_path, answer) as credentials, fails(kind, says):
        read(deaths, credentials)


def test_a_page_that_breaks_after_good_ones_is_an_error_too(deaths, tmp_path, fails):
    pages = [page([ROW], "2"), page([{**ROW, "recordNo": "D2"}], "3"), page([ROW], code=9)]
    with answering(tmp_path, *pages) as credentials, fails(DeliveryBroken, "error code 9"):
        read(deaths, credentials)


def test_a_circle_of_cursors_is_an_error(deaths, tmp_path, fails):
    with (
        answering(tmp_path, page([], "a"), page([], "b"), page([], "a")) as credentials,
        fails(DeliveryBroken, "names a page twice"),
    ):
        read(deaths, credentials)


def test_five_bad_moments_in_a_row_are_survived(deaths, tmp_path):
    busy = [Answer(status, b"", AT_ONCE) for status in (429, 503, 502, 500, 504)]
    with answering(tmp_path, *busy, page([ROW])) as credentials:
        assert read(deaths, credentials) == 1


def test_the_service_says_how_long_to_wait(deaths, tmp_path, waits):
    with answering(tmp_path, Answer(429, b"", {"Retry-After": "17"}), page([ROW])) as credentials:
        assert read(deaths, credentials) == 1
    assert waits == [17]


def test_the_service_may_say_until_when(deaths, tmp_path, waits):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    with answering(tmp_path, Answer(503, b"", {"Retry-After": until}), page([ROW])) as credentials:
        assert read(deaths, credentials) == 1
    assert 0 < waits[0] <= 30


def test_a_long_wait_is_left_to_the_scheduler(deaths, tmp_path, waits, fails):
    with (
        answering(tmp_path, Answer(429, b"", {"Retry-After": "3600"})) as credentials,
        fails(AgencyUnavailable, "asks us to wait for 3600 seconds"),
    ):
        read(deaths, credentials)
    assert waits == []


def test_pauses_grow_and_differ_where_the_service_says_nothing(deaths, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(RestConnector, "patience", Patience(sleep=waits.append))
    with answering(tmp_path, *[Answer(503, b"")] * 5, page([ROW])) as credentials:
        assert read(deaths, credentials) == 1
    assert len(waits) == len(set(waits)) == 5
    assert all(wait <= 0.3 * 2**n for n, wait in enumerate(waits))


def test_no_more_calls_a_second_than_the_agency_bears(deaths, tmp_path, waits):
    rare = deaths.model_copy(update={"source": deaths.source.model_copy(update={"calls_a_second": 0.01})})
    with answering(tmp_path, page([ROW], "2"), page([{**ROW, "recordNo": "D2"}])) as credentials:
        assert read(rare, credentials) == 2
    assert 90 < waits[0] <= 100


def test_a_broken_connection_is_tried_again_and_then_named(deaths, connections, fails, monkeypatch):
    monkeypatch.setattr(RestConnector, "patience", replace(HASTE, connect=0.1, between=0.1))
    silent = socket.create_server(("127.0.0.1", 0))
    with closing(silent), fails(AgencyUnavailable, "not available"):
        read(deaths, connections["civil_affairs"].model_copy(update={"port": silent.getsockname()[1]}))


def test_a_refused_connection_is_an_agency_that_is_down(deaths, connections, unused_port, fails):
    with fails(AgencyUnavailable, "refuses connections"):
        read(deaths, connections["civil_affairs"].model_copy(update={"port": unused_port}))


def test_an_unknown_host_is_an_agency_that_is_down(deaths, connections, fails):
    with fails(AgencyUnavailable, "host name"):
        read(deaths, connections["civil_affairs"].model_copy(update={"host": "no-such-agency.invalid"}))


@pytest.mark.parametrize(
    "wrong", [{"password": "x"}, {"login": "x"}, {"extra": {"token": "x"}}, {"extra": {"token": "a\nb"}}]
)
def test_wrong_credentials_are_access_denied(wrong, deaths, connections, changed, fails):
    with fails(AccessDenied, "refused us|cannot be right"):
        read(deaths, changed(connections["civil_affairs"], **wrong))


def test_a_certificate_of_another_authority_is_access_denied(deaths, connections, changed, tmp_path, fails):
    with answering(tmp_path, page([])) as other, fails(AccessDenied, "certificate"):
        read(deaths, changed(connections["civil_affairs"], extra={"ca_file": other.secret("ca_file")}))


def test_no_environment_variable_replaces_the_authority(deaths, connections, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert read(deaths, connections["civil_affairs"]) > 0


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_authority_file_is_access_denied(content, deaths, connections, changed, tmp_path, fails):
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with fails(AccessDenied, "ca_file"):
        read(deaths, changed(connections["civil_affairs"], extra={"ca_file": str(file)}))


class Repeating(Signature):
    """The same time and nonce each time, correctly signed."""

    def __init__(self, credentials, timestamp, nonce) -> None:
        super().__init__("hmac_sha256", credentials.login, credentials.password.get_secret_value())
        self.timestamp, self.nonce = timestamp, nonce

    def headers(self, method, path_with_query):
        signature = sign(self.how, self.secret, method, path_with_query, self.timestamp, self.nonce)
        again = {"X-Timestamp": self.timestamp, "X-Nonce": self.nonce, "X-Signature": signature}
        return super().headers(method, path_with_query) | again


def test_the_service_refuses_a_nonce_it_has_seen_and_a_stale_signature(connections, now):
    credentials = connections["civil_affairs"]

    def status(timestamp, nonce):
        return requests.get(
            f"https://127.0.0.1:{credentials.port}/api/v1/deaths?size=1",
            auth=Admission(FixedHeaders(bearer(credentials.secret("token"))), Repeating(credentials, timestamp, nonce)),
            verify=credentials.secret("ca_file"),
            timeout=5,
        ).status_code

    assert status(str(now), "1" * 32) != 401
    assert status(str(now), "1" * 32) == 401
    assert status(str(now - 301), "2" * 32) == 401


@given(
    st.lists(st.none() | st.booleans() | st.text(max_size=9) | st.integers() | st.floats(allow_nan=False), min_size=1)
)
def test_every_scalar_arrives_as_the_text_the_agency_wrote(values):
    sent = json.dumps([{"a": value} for value in values], ensure_ascii=False)
    arrived = text_batch(read_json(sent), ["a"], "here", 1)["a"].to_pylist()
    written = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    assert arrived == written
