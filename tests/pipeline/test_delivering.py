"""Reports go to their agency once, with a receipt; what fails on the way is not noted, and is sent again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default

import pytest
import sqlalchemy as sa

from hedui import shelves
from hedui.channels import webhook
from hedui.ledger.ledger import first_broken_link
from hedui.ledger.tables import AuditEntry, Batch, HeldRow
from hedui.model.credentials import Credentials
from hedui.model.declaration import Title
from hedui.model.errors import AgencyUnavailable, DeclarationInvalid, StoreBusy, TerminalError
from hedui.model.facts import Chosen, Said
from hedui.pipeline import delivering
from hedui.reports import alone
from simulator.agencies.certificates import kept_certificate
from tests.connectors.hostile_service import Answer, Asked, serving
from tests.pipeline.registry import CONTRACT, Register, days, death, open_register

TAKEN, BUSY = Answer(200, b'{"receipt": "R-17"}'), Answer(503, b"")
WRONG = {"idCard": "62010219800619001X"}
LATE = Title(zh="数据逾期未到", en="Not received in time")


@dataclass
class Inbox:
    """The agency's system: what came, and what is answered to it."""

    credentials: Credentials
    answers: list[Answer] = field(default_factory=lambda: [TAKEN])
    came: list[dict[str, bytes]] = field(default_factory=list)

    def of(self, _connection: str) -> Credentials:
        return self.credentials

    def answer(self, asked: Asked) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is TAKEN:
            self.came.append(_form(asked))
        return answer

    def all(self, name: str) -> list[str]:
        return [form[name].decode() for form in self.came]


def _form(asked: Asked) -> dict[str, bytes]:
    """The fields of the form, and its files by their names."""
    whole = b"Content-Type: " + asked.headers["content-type"].encode() + b"\r\n\r\n" + asked.body
    parts = BytesParser(policy=default).parsebytes(whole).iter_parts()
    named = {p.get_filename() or p["Content-Disposition"].params["name"]: p.get_payload(decode=True) for p in parts}
    return {str(name): content for name, content in named.items()}


@pytest.fixture
def register(stores, monkeypatch) -> Register:
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    register.rows = [death("a"), death("b", **WRONG)]
    return register


@pytest.fixture
def inbox(tmp_path, monkeypatch) -> Iterator[Inbox]:
    monkeypatch.setattr(webhook._PATIENCE.back_off, "multiplier", 0.0)
    inbox = Inbox(Credentials(conn_type=""))
    with serving(kept_certificate(tmp_path), inbox.answer) as inbox.credentials:
        yield inbox


def test_page_and_lists_go_with_a_letter_and_the_receipt_is_noted_and_audited(register, inbox):
    batch = register.run(days(1, 2))
    delivered = register.pipeline.deliver(batch, inbox.of)
    assert (delivered.agency, delivered.about, delivered.channel) == ("civil_affairs", batch, "webhook")
    assert delivered.receipt == "R-17"
    assert register.pipeline.deliveries() == [delivered]
    (form,) = inbox.came
    page = (register.stores.settings.reports / CONTRACT.table / batch / "report.zh.html").read_bytes()
    assert b'href="report.en.html"' in page
    sent = form["civil_affairs__deaths-20260701-report.html"]
    assert b"report.en.html" not in sent and sent == alone(page)
    assert {name.rpartition(".")[2] for name in form if "records" in name} == {"xlsx", "csv"}
    assert "收到 2 行，其中 1 行暂存" in form["text"].decode()
    office = shelves.agencies()["civil_affairs"].office
    assert f"{office.title.zh}，{office.telephone}" in form["text"].decode()
    with register.stores.ledger.session() as session:
        entry = session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "report delivered"))
        assert first_broken_link(session) is None
    assert (entry.detail["agency"], entry.detail["about"]) == ("civil_affairs", batch)
    assert "civil_affairs__deaths-20260701-report.html" in entry.detail["documents"]


def test_the_same_report_goes_once(register, inbox):
    batch = register.run(days(1, 2))
    first = register.pipeline.deliver(batch, inbox.of)
    with register.stores.ledger.session() as session:
        session.get_one(Batch, batch).seconds += 5  # how long a step took is no news to an agency
    register.pipeline.report(batch)
    assert register.pipeline.deliver(batch, inbox.of) == first
    assert len(inbox.came) == 1


def test_a_report_that_changed_goes_again_and_says_so(register, inbox):
    batch = register.run(days(1, 2))
    register.pipeline.deliver(batch, inbox.of)
    register.pipeline.discard(Chosen(batch, rows=(1,)), Said("马秀英", "申请作废"))
    register.pipeline.deliver(batch, inbox.of)
    assert len(register.pipeline.deliveries()) == 2
    first, second = (form["civil_affairs__deaths-20260701-report.html"].decode() for form in inbox.came)
    assert first != second  # the page, too, not the lists alone
    assert len({*inbox.all("reference")}) == 2
    assert ["更新" in subject for subject in inbox.all("subject")] == [False, True]


def answer(register, batch, said):
    with register.stores.ledger.session() as session:
        session.get_one(HeldRow, (batch, 1)).answer = said


def test_a_report_that_is_again_what_it_was_before_goes_once_more_under_another_reference(register, inbox):
    batch = register.run(days(1, 2))
    for said in (None, "right", None):
        answer(register, batch, said)
        for _ in range(2):
            register.pipeline.deliver(batch, inbox.of)
    first, second, third = inbox.all("reference")
    assert third == f"{first}-2" and second not in (first, third)
    page = "civil_affairs__deaths-20260701-report.html"
    assert inbox.came[0][page] == inbox.came[2][page] != inbox.came[1][page]


def test_what_is_not_taken_is_not_noted_and_goes_when_it_is_tried_again(register, inbox):
    batch = register.run(days(1, 2))
    inbox.answers = [BUSY]
    with pytest.raises(AgencyUnavailable):
        register.pipeline.deliver(batch, inbox.of)
    assert register.pipeline.deliveries() == []
    inbox.answers = [TAKEN]
    assert register.pipeline.deliver(batch, inbox.of).receipt == "R-17"


def test_killed_before_it_was_noted_it_goes_once_more_under_the_same_reference(register, inbox, monkeypatch):
    batch = register.run(days(1, 2))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(delivering, "_note", killed)
        register.pipeline.deliver(batch, inbox.of)
    register.pipeline.deliver(batch, inbox.of)
    register.pipeline.deliver(batch, inbox.of)
    first, second = inbox.all("reference")
    assert first == second
    assert ["更新" in subject for subject in inbox.all("subject")] == [False, False]


def test_while_one_run_puts_a_report_together_no_other_hands_one_over(register, inbox, monkeypatch):
    batch, compose = register.run(days(1, 2)), delivering.lists

    def meanwhile(*which):
        with pytest.raises(StoreBusy):
            register.pipeline.deliver(batch, inbox.of)
        return compose(*which)

    monkeypatch.setattr(delivering, "lists", meanwhile)
    register.pipeline.deliver(batch, inbox.of)
    assert len(inbox.came) == 1


def test_without_a_channel_the_report_waits_here(register, inbox, monkeypatch):
    batch = register.run(days(1, 2))
    agency = shelves.agencies()["civil_affairs"].model_copy(update={"report_channel": None})
    monkeypatch.setattr(shelves, "agencies", lambda: {"civil_affairs": agency})
    assert register.pipeline.deliver(batch, inbox.of) is None
    assert register.pipeline.tell("civil_affairs", LATE, LATE, inbox.of) is None
    assert inbox.came == []


def test_what_is_not_written_is_not_sent(register, inbox):
    batch = register.extract(days(1, 2))
    with pytest.raises(TerminalError, match="no report is written of it"):
        register.pipeline.deliver(batch, inbox.of)
    assert inbox.came == []


def test_a_notice_is_a_letter_and_is_told_once(register, inbox):
    for _ in range(2):
        told = register.pipeline.tell("civil_affairs", LATE, Title(zh="请尽快报送。", en="Please deliver."), inbox.of)
    assert (told.about, told.receipt) == ("notice to civil_affairs", "R-17")
    assert inbox.all("text") == ["请尽快报送。"]
    register.pipeline.tell("civil_affairs", LATE, Title(zh="仍未收到。", en="Still not received."), inbox.of)
    assert len(inbox.came) == 2


def test_the_report_of_a_month_goes_once_with_the_lists_of_all_datasets(register, inbox, monkeypatch):
    agency = shelves.agencies()["civil_affairs"].model_copy(update={"datasets": {"deaths": CONTRACT}})
    monkeypatch.setattr(shelves, "agencies", lambda: {"civil_affairs": agency})
    register.run(days(1, 2))
    month = "2026-07"
    for _ in range(2):
        delivered = register.pipeline.deliver_month("civil_affairs", month, inbox.of)
    assert (delivered.about, delivered.receipt) == (f"civil_affairs {month}", "R-17")
    (form,) = inbox.came
    page = register.stores.settings.reports / "civil_affairs" / month / "report.zh.html"
    assert form[f"civil_affairs-{month}-report.html"] == alone(page.read_bytes())
    assert f"civil_affairs__deaths-{month}-records.xlsx" in form


def test_what_changed_since_a_months_page_was_written_stands_on_the_page_that_goes(register, inbox, monkeypatch):
    agency = shelves.agencies()["civil_affairs"].model_copy(update={"datasets": {"deaths": CONTRACT}})
    monkeypatch.setattr(shelves, "agencies", lambda: {"civil_affairs": agency})
    batch = register.run(days(1, 2))
    register.pipeline.month_report("civil_affairs", "2026-07")
    answer(register, batch, "right")
    register.pipeline.deliver_month("civil_affairs", "2026-07", inbox.of)
    (form,) = inbox.came
    assert list(form.keys() - {"reference", "language", "subject", "text"}) == ["civil_affairs-2026-07-report.html"]
    assert "本月没有待更正的记录" in form["civil_affairs-2026-07-report.html"].decode()


def test_nobody_is_told_who_is_no_agency(register, inbox):
    with pytest.raises(DeclarationInvalid, match="no such agency"):
        register.pipeline.tell("nobody", LATE, LATE, inbox.of)
