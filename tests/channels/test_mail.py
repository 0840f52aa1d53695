"""Reports by mail: over TLS that is verified or not at all, to all addresses or to none."""

import socket
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from hedui.channels import Receipt, mail
from hedui.channels.mail import MailReports
from hedui.model.channels import MailChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, ReportRefused
from tests.channels.conftest import LIST, NOTICE, PAGE, SENDING, Fails
from tests.channels.mail_server import Mailbox, mail_server
from tests.connectors.hostile.certificates import own_word_for_it

TO = ("clerk@health.example", "deputy@health.example")


def send(credentials: Credentials, sending=SENDING) -> Receipt:
    declared = MailChannel(kind="mail", connection="mail", to=TO)
    return MailReports("health", declared, credentials).send(sending)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)  # type: ignore[return-value]


@pytest.mark.parametrize("how", ["starttls", "implicit"])
def test_the_message_arrives_with_its_documents_and_the_receipt_is_what_the_server_said(tmp_path: Path, how: str):
    mailbox = Mailbox("250 2.0.0 queued as 4711")
    with mail_server(tmp_path, mailbox, how) as credentials:
        assert send(credentials) == f"<{SENDING.reference}@office.example> 250 2.0.0 queued as 4711"
    (content,) = mailbox.kept
    message = read(content)
    assert (message["Subject"], message["To"]) == (SENDING.subject, ", ".join(TO))
    assert message["Message-ID"].strip() == f"<{SENDING.reference}@office.example>"  # it fills a line of its own
    attached = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert attached == {PAGE.name: PAGE.content, LIST.name: LIST.content}


def test_the_text_can_be_read_with_and_without_html_and_holds_no_markup_of_others(tmp_path):
    mailbox = Mailbox()
    with mail_server(tmp_path, mailbox) as credentials:
        send(credentials, NOTICE)
    message = read(mailbox.kept[0])
    assert message.get_body(("plain",)).get_content().split() == NOTICE.text.split()
    assert "<p>&lt;b&gt;不是标记</p>" in message.get_body(("html",)).get_content()


def test_every_byte_on_the_way_fits_seven_bits(tmp_path):
    mailbox = Mailbox()
    with mail_server(tmp_path, mailbox) as credentials:
        send(credentials)
    assert mailbox.kept[0].isascii()


def test_a_page_says_that_it_is_utf_8(tmp_path):
    mailbox = Mailbox()
    with mail_server(tmp_path, mailbox) as credentials:
        send(credentials)
    page = next(part for part in read(mailbox.kept[0]).iter_attachments() if part.get_filename() == PAGE.name)
    assert page.get_content() == PAGE.content.decode()


def test_what_is_refused_at_first_is_taken_later_under_the_same_message_id(tmp_path, fails):
    mailbox = Mailbox("451 4.3.0 said by the server", "250 2.0.0 queued")
    with mail_server(tmp_path, mailbox) as credentials:
        with fails(AgencyUnavailable, r"does not take the message at present \(451\)"):
            send(credentials)
        assert mailbox.kept == []
        assert send(credentials).startswith(f"<{SENDING.reference}@")
    assert len(mailbox.kept) == 1


def test_if_one_address_is_refused_nobody_gets_it(tmp_path, fails):
    mailbox = Mailbox(refused=TO[1])
    with (
        mail_server(tmp_path, mailbox) as credentials,
        fails(ReportRefused, r"refuses an address of the contract \(550\)\. Check `to`"),
    ):
        send(credentials)
    assert mailbox.kept == []


@pytest.mark.parametrize(
    ("mailbox", "habits", "error", "says"),
    [
        (Mailbox("554 5.7.1 said by the server"), {}, ReportRefused, r"refuses the message \(554\)"),
        (Mailbox(drops=True), {}, AgencyUnavailable, "broke off the connection"),
        (
            Mailbox(),
            {"data_size_limit": 10_000},
            ReportRefused,
            r"\(552\)\. It is larger than the server",
        ),
    ],
)
def test_what_the_server_does_not_take_is_told_of(tmp_path: Path, fails: Fails, mailbox, habits, error, says):
    with mail_server(tmp_path, mailbox, **habits) as credentials, fails(error, says):
        send(credentials)
    assert mailbox.kept == []


def changed(credentials: Credentials, extra: dict[str, Any] | None = None, **fields: Any) -> Credentials:
    kept = {name: value.get_secret_value() for name, value in credentials.extra.items()}
    return Credentials.model_validate({**credentials.model_dump(), "extra": {**kept, **(extra or {})}, **fields})


def test_a_wrong_password_is_for_a_person(tmp_path, fails):
    mailbox = Mailbox()
    with (
        mail_server(tmp_path, mailbox) as credentials,
        fails(AccessDenied, r"refused login or password \(535\)"),
    ):
        send(changed(credentials, password="other"))  # pragma: allowlist secret


def test_nothing_is_sent_in_clear(tmp_path, fails):
    mailbox = Mailbox()
    with mail_server(tmp_path, mailbox, "clear") as credentials, fails(AccessDenied, "not sent in clear"):
        send(credentials)
    assert mailbox.kept == []


def test_a_server_that_waits_for_tls_later_is_not_spoken_to_at_once(tmp_path, fails):
    with mail_server(tmp_path, Mailbox()) as credentials, fails(AccessDenied, "does not begin with TLS on this port"):
        send(changed(credentials, {"tls": "implicit"}))


@pytest.mark.parametrize("how", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("host", "ends", "says"),
    [
        ("127.0.0.2", timedelta(days=1), "of another host"),
        ("127.0.0.1", timedelta(days=-1), "has expired"),
    ],
)
def test_a_certificate_that_is_wrong_gets_no_report(tmp_path: Path, fails: Fails, how, host, ends, says):
    mailbox, certificate = Mailbox(), own_word_for_it(tmp_path, host, ends)
    with mail_server(tmp_path, mailbox, how, certificate) as credentials, fails(AccessDenied, says):
        send(credentials)
    assert mailbox.kept == []


def test_a_certificate_that_nobody_vouches_for_gets_no_report(tmp_path, fails):
    mailbox = Mailbox()
    with mail_server(tmp_path, mailbox) as credentials, fails(AccessDenied, "nobody we trust vouches"):
        send(changed(credentials, {"ca_file": ""}))
    assert mailbox.kept == []


def test_a_ca_file_that_is_not_there_is_told_of(tmp_path, fails):
    with mail_server(tmp_path, Mailbox()) as credentials, fails(AccessDenied, "a certificate's file of the connection"):
        send(changed(credentials, {"ca_file": str(tmp_path / "missing.pem")}))


def test_a_server_that_says_nothing_does_not_hold_us(monkeypatch, fails):
    monkeypatch.setattr(mail, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = {"host": "127.0.0.1", "port": silent.getsockname()[1], "extra": {"sender": "hedui@office.example"}}
        with fails(AgencyUnavailable, "the mail server (does not answer|broke off)"):
            send(Credentials.model_validate({"conn_type": "smtp", **here}))


def test_a_server_that_is_not_there_is_tried_later(fails):
    here = {"host": "127.0.0.1", "port": 9, "extra": {"sender": "hedui@office.example"}}
    with fails(AgencyUnavailable, "the mail server does not answer"):
        send(Credentials.model_validate({"conn_type": "smtp", **here}))


def test_without_a_sender_nothing_is_tried(fails):
    with fails(AccessDenied, "names no `sender`"):
        send(Credentials(conn_type="smtp", host="127.0.0.1", port=9))


@pytest.mark.parametrize(
    "address", ["clerk", "clerk@health.example, x@y.example", "a b@c", "李@health.example", "<a@b>"]
)
def test_what_is_no_plain_address_is_no_declaration(address):
    with pytest.raises(ValueError, match="to"):
        MailChannel(kind="mail", connection="mail", to=(address,))
