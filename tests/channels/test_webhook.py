"""Reports by webhook: signed with their content, taken with a receipt, or not at all."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.rest.client import Patience
from hedui.channels import Receipt
from hedui.channels.webhook import WebhookReports
from hedui.model.channels import WebhookChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken
from simulator.agencies.certificates import kept_certificate
from tests.channels.conftest import LIST, NOTICE, PAGE, SENDING, Fails
from tests.connectors.hostile.certificates import own_word_for_it
from tests.connectors.hostile_service import Answer, Asked, Raw, answering, serving

DECLARED = WebhookChannel(kind="webhook", connection="health", path="/api/reports")
HASTE = Patience(attempts=2, sleep=lambda _: None)
TAKEN = Answer(200, b'{"receipt": "R-17"}', {"Content-Type": "application/json"})


def send(credentials: Credentials, sending=SENDING, patience: Patience = HASTE) -> Receipt:
    signing = credentials.model_copy(update={"password": SecretStr("S3cret")})
    return WebhookReports("health", DECLARED, signing, patience).send(sending)


def parts(asked: Asked) -> list[EmailMessage]:
    whole = b"Content-Type: " + asked.headers["content-type"].encode() + b"\r\n\r\n" + asked.body
    return list(BytesParser(policy=default).parsebytes(whole).iter_parts())  # type: ignore[attr-defined]


def field(part: EmailMessage) -> str:
    return str(part["Content-Disposition"].params["name"])


def test_the_form_holds_letter_and_documents_and_the_answer_is_the_receipt(tmp_path):
    asked: list[Asked] = []
    with serving(kept_certificate(tmp_path), lambda a: asked.append(a) or TAKEN) as credentials:
        assert send(credentials) == "R-17"
    (request,) = asked
    assert (request.method, request.path) == ("POST", "/api/reports")
    texts = {field(p): p.get_payload(decode=True).decode() for p in parts(request) if not p.get_filename()}
    assert texts == {
        "reference": SENDING.reference,
        "language": "zh",
        "subject": SENDING.subject,
        "text": SENDING.text,
    }
    documents = {p.get_filename(): p.get_payload(decode=True) for p in parts(request) if p.get_filename()}
    assert documents == {PAGE.name: PAGE.content, LIST.name: LIST.content}


def test_the_signature_covers_the_content_and_no_nonce_serves_twice(tmp_path):
    asked: list[Asked] = []
    with serving(kept_certificate(tmp_path), lambda a: asked.append(a) or TAKEN) as credentials:
        send(credentials)
        send(credentials)
    for request in asked:
        told = request.headers
        digest = hashlib.sha256(request.body).hexdigest()
        lines = ["POST", "/api/reports", told["x-timestamp"], told["x-nonce"], digest]
        signature = hmac.new(b"S3cret", "\n".join(lines).encode(), "sha256").hexdigest()
        assert (told["x-app-key"], told["x-content-sha256"], told["x-signature"]) == ("k", digest, signature)
    assert asked[0].headers["x-nonce"] != asked[1].headers["x-nonce"]


def test_a_busy_service_is_asked_again_under_the_same_reference(tmp_path):
    asked: list[Asked] = []
    answers = iter([Answer(503, b""), TAKEN])
    with serving(kept_certificate(tmp_path), lambda a: asked.append(a) or next(answers)) as credentials:
        assert send(credentials, NOTICE) == "R-17"
    references = [next(p.get_content() for p in parts(request) if field(p) == "reference") for request in asked]
    assert references == [NOTICE.reference] * 2


def test_a_receipt_is_one_clean_line_of_bounded_length(tmp_path):
    answer = Answer(200, b'{"receipt": "R\\n\\u001b[31m' + b"1" * 1_000 + b'"}')
    with answering(tmp_path, answer) as credentials:
        receipt = send(credentials)
    assert receipt.isprintable() and receipt.startswith("R  [31m1") and len(receipt) == 300


def _silent(left: threading.Event) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"
    left.wait()


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer(500, b"said by the server"), AgencyUnavailable, "answered 500, 2 times"),
        (Answer(429, b"", {"Retry-After": "86400"}), AgencyUnavailable, "asks us to wait"),
        (Answer(200, b"<html>said by the server</html>", {"Content-Type": "text/html"}), DeliveryBroken, "text/html"),
        (Answer(200, b'{"code": 0}'), DeliveryBroken, "without a receipt"),
        (Answer(200, b'{"receipt": ""}'), DeliveryBroken, "without a receipt"),
        (Answer(200, b'["R-17"]'), DeliveryBroken, "without a receipt"),
        (Answer(200, b" " * 100_000), DeliveryBroken, "larger than"),
        (Answer(400, b"said by the server"), DeliveryBroken, "answered 400"),
        (Answer(404, b""), DeliveryBroken, "answered 404"),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), DeliveryBroken, "answered 302"),
        (Answer(401, b"said by the server"), AccessDenied, r"refused us \(401\)"),
        (Raw([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"]), AgencyUnavailable, "broke off"),
        (Raw([], reset=True), AgencyUnavailable, "broke off"),
    ],
    ids=lambda given: str(getattr(given, "status", "")),
)
def test_without_a_receipt_nothing_counts_as_handed_over(tmp_path: Path, fails: Fails, answer, error, says):
    with answering(tmp_path, answer) as credentials, fails(error, says):
        send(credentials)


def test_a_service_that_falls_silent_in_its_answer_does_not_hold_us(tmp_path, fails):
    left, patience = threading.Event(), replace(HASTE, between=0.2, attempts=1)
    try:
        with (
            serving(kept_certificate(tmp_path), lambda _: Raw(_silent(left))) as credentials,
            fails(AgencyUnavailable, "broke off"),
        ):
            send(credentials, patience=patience)
    finally:
        left.set()


def test_a_certificate_that_nobody_vouches_for_gets_no_report(tmp_path, fails):
    asked: list[Asked] = []
    (tmp_path / "other").mkdir()
    with serving(own_word_for_it(tmp_path), lambda a: asked.append(a) or TAKEN) as credentials:
        other = str(kept_certificate(tmp_path / "other").authority)
        distrusting = Credentials.model_validate({**credentials.model_dump(), "extra": {"ca_file": other}})
        with fails(AccessDenied, "nobody we trust vouches"):
            send(distrusting)
    assert asked == []
