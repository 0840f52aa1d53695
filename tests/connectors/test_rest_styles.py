"""Any paging goes with any decoding; reading can go on behind any page; nothing is lost to the habits of services."""

import itertools
import re
from pathlib import Path
from socketserver import StreamRequestHandler

import pyarrow as pa
import pytest
import yaml
from tenacity import wait_none

from connectors import connector
from connectors.base import Wanted
from connectors.rest.client import Patience
from connectors.rest.connector import RestConnector
from connectors.rest.service import bounds
from connectors.text_rows import UnreadableError, json_lines
from hedui.model.errors import DeliveryBroken
from hedui.model.interval import Interval
from hedui.model.sources import RestSource
from tests.connectors import tiny_province
from tests.connectors.hostile_service import Answer, answering, listening, reset, talk
from tests.connectors.rest_service import PATH, Service, running

ROWS = [{"id": f"D{n:03}", "name": None if n % 7 == 0 else "张三", "amount": n / 4, "at": n} for n in range(23)]
PAGINGS = {
    "cursor": {"by": "cursor", "next": "next"},
    "number": {"by": "page"},
    "number from 0": {"by": "page", "first": 0, "parameter": "pageNum"},
    "offset": {"by": "offset"},
    "link in the page": {"by": "link", "next": "next"},
    "link in the header": {"by": "link"},
    "one page": {"by": "none"},
}
COUNTED = ["number", "number from 0", "offset"]
STYLES = [
    (paging, decoding)
    for paging, decoding in itertools.product(PAGINGS, ["json", "json_lines", "ocds"])
    if not (decoding == "json_lines" and "next" in PAGINGS[paging])
]


@pytest.fixture(autouse=True)
def haste(monkeypatch):
    monkeypatch.setattr(RestConnector, "patience", Patience(back_off=wait_none(), sleep=lambda _: None))


def source(paging="cursor", decoding="json", **more) -> RestSource:
    records = {"json": "data", "json_lines": "", "ocds": "lots"}[decoding]
    stated = {"kind": "rest", "path": PATH, "records": records, "decoding": decoding, "paging": PAGINGS[paging]}
    return RestSource.model_validate({"page_size": 5, **stated, **more})


def reader(stated: RestSource, credentials, columns=("id", "name", "amount")) -> RestConnector:
    prefix = "lots." if stated.decoding == "ocds" else ""
    named = tuple(prefix + column for column in columns)
    return connector(Wanted("civil_affairs.deaths", stated, named, key=named[:1]), credentials)


def rows_of(pages) -> list[tuple]:
    return [tuple(row.values())[:-1] for page in pages for row in page.rows.to_pylist()]


def expected(rows=ROWS) -> list[tuple]:
    return [(r["id"], r["name"], str(r["amount"]), PATH, n) for n, r in enumerate(rows, 1)]


@pytest.mark.parametrize(("paging", "decoding"), STYLES)
def test_every_row_arrives_once_and_in_order(paging, decoding, tmp_path):
    stated = source(paging, decoding)
    with running(tmp_path, Service(stated, ROWS)) as credentials:
        assert rows_of(reader(stated, credentials).pages(tiny_province.DAILY)) == expected()


@pytest.mark.parametrize(("paging", "decoding"), STYLES)
def test_reading_goes_on_behind_any_page(paging, decoding, tmp_path):
    """With a new connector, as a new process would, at the row behind the last one and under its number."""
    stated = source(paging, decoding)
    with running(tmp_path, Service(stated, ROWS)) as credentials:
        pages = list(reader(stated, credentials).pages(tiny_province.DAILY))
        places = [n for n, page in enumerate(pages) if page.position is not None]
        assert len(places) >= (0 if paging == "one page" else 4)
        for n in places:
            rest = reader(stated, credentials).pages(tiny_province.DAILY, after=pages[n].position)
            assert rows_of(pages[: n + 1]) + rows_of(rest) == expected()


@pytest.mark.parametrize("paging", [name for name in PAGINGS if name != "one page"])
def test_an_agency_that_gives_less_than_was_asked_for_loses_no_row(paging, tmp_path):
    stated = source(paging)
    with running(tmp_path, Service(stated, ROWS, largest=3)) as credentials:
        assert rows_of(reader(stated, credentials).pages(tiny_province.DAILY)) == expected()


@pytest.mark.parametrize("paging", COUNTED)
@pytest.mark.parametrize("past", ["empty", "404", "last"])
def test_a_page_behind_the_last_may_be_empty_missing_or_the_last_again(paging, past, tmp_path):
    stated = source(paging)
    with running(tmp_path, Service(stated, ROWS, past=past)) as credentials:
        assert rows_of(reader(stated, credentials).pages(tiny_province.DAILY)) == expected()


@pytest.mark.parametrize("paging", COUNTED)
def test_an_agency_that_does_not_know_our_paging_is_an_error(paging, tmp_path, fails):
    """It gives the first page for ever."""
    stated = source(paging)
    service = Service(source("one page"), ROWS[:5])
    with running(tmp_path, service) as credentials, fails(DeliveryBroken, "same page twice"):
        list(reader(stated, credentials).pages(tiny_province.DAILY))


def test_pages_without_end_are_an_error(tmp_path, fails, monkeypatch):
    monkeypatch.setattr(RestConnector, "most_pages", 4)
    stated = source("number")
    with (
        running(tmp_path, Service(stated, ROWS, largest=1)) as credentials,
        fails(DeliveryBroken, "more pages than any delivery"),
    ):
        list(reader(stated, credentials).pages(tiny_province.DAILY))


@pytest.mark.parametrize("paging", ["cursor", "link in the page"])
def test_a_full_page_that_says_nothing_of_a_next_one_is_an_error(paging, tmp_path, fails):
    """Its field may have been renamed, and a delivery must not end after its first page for that."""
    stated = source(paging)
    page = b'{"data": [{"id": "1", "name": "", "amount": 1}], "nextPage": "2"}'
    with answering(tmp_path, Answer(200, page)) as credentials:
        assert len(rows_of(reader(stated, credentials).pages(tiny_province.DAILY))) == 1
        with fails(DeliveryBroken, "nothing of a next one at `next`"):
            list(reader(source(paging, page_size=1), credentials).pages(tiny_province.DAILY))


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.invalid/api",
        "http://127.0.0.1/api",
        "//elsewhere.invalid/",
        "https://127.0.0.1:1/",
        "http://[",
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_no_link_leads_our_credentials_elsewhere(link, header, tmp_path, fails):
    stated = source("link in the header" if header else "link in the page")
    page = b'{"data": [{"id": "1", "name": "", "amount": 1}], "next": "%s"}' % (b"" if header else link.encode())
    headers = {"Link": f"<{link}>; rel=next"} if header else {}
    with answering(tmp_path, Answer(200, page, headers)) as credentials, fails(DeliveryBroken, "on another host"):
        list(reader(stated, credentials).pages(tiny_province.DAILY))


@pytest.mark.parametrize("packed", ["encoding", "file"])
@pytest.mark.parametrize("decoding", ["json", "json_lines"])
def test_packed_answers_are_unpacked(packed, decoding, tmp_path):
    stated = source("number", decoding)
    with running(tmp_path, Service(stated, ROWS, packed=packed)) as credentials:
        assert rows_of(reader(stated, credentials).pages(tiny_province.DAILY)) == expected()


def test_long_lines_come_in_bounded_pieces(tmp_path):
    many = [{"id": f"D{n:06}", "name": "张" * 300, "amount": n} for n in range(12_000)]
    stated = source("one page", "json_lines")
    with running(tmp_path, Service(stated, many, largest=10**6)) as credentials:
        pages = list(reader(stated, credentials).pages(tiny_province.DAILY))
    assert rows_of(pages) == expected(many)
    assert max(page.rows.nbytes for page in pages) < 8 * 1024 * 1024


def test_lines_cut_anywhere_are_the_same_lines():
    text = '\ufeff{"a": "张\\n"}\r\n\n{"a": 1.50}\n{"a": null}'.encode()
    for size in range(1, len(text) + 1):
        cut = [text[at : at + size] for at in range(0, len(text), size)]
        assert [row for rows in json_lines(cut) for row in rows] == [{"a": "张\n"}, {"a": "1.50"}, {"a": None}]


@pytest.mark.parametrize("wrong", ['{"a": 1},{"a": 2}', "[1]", '{"a":', "7", '{"a": "\n"}', "<html>"])
def test_a_line_that_is_no_object_is_named_by_its_number(wrong):
    with pytest.raises(UnreadableError, match=r"^line 3 is no JSON object$"):
        list(json_lines([b'{"a": 1}\n\n', wrong.encode(), b"\n"]))


def test_names_are_paths(tmp_path):
    stated = source("one page")
    page = '{"data": [{"p": {"id": "1"}, "l": [{"v": 1}], "a.b": "x"}, {"p": null, "l": []}, {"p": {"id": 2.50}}]}'
    with answering(tmp_path, Answer(200, page.encode())) as credentials:
        (rows,) = reader(stated, credentials, ("p.id", "l.0.v", "a.b")).read(tiny_province.DAILY)
    assert rows["p.id"].to_pylist() == ["1", None, "2.50"]
    assert rows["l.0.v"].to_pylist() == ["1", None, None]
    assert rows["a.b"].to_pylist() == ["x", None, None]


def test_a_release_gives_one_row_for_each_element_of_a_list_within(tmp_path):
    stated = source("one page", "ocds", records="awards.items")
    package = """{"version": "1.1", "releases": [
        {"ocid": "o1", "id": "r1", "buyer": {"id": "N"}, "awards": [
            {"id": "a1", "suppliers": [{"id": "S"}], "items": [{"id": "i1", "unit": {"value": {"amount": 1.10}}}]},
            {"id": "a2", "items": [{"id": "i2"}, {"id": "i3"}]}, {"id": "a3"}]},
        {"ocid": "o2", "id": "r2"}, {"ocid": "o3", "id": "r3", "awards": []}]}"""
    columns = ("ocid", "buyer.id", "awards.id", "awards.suppliers.0.id", "awards.items.id",
               "awards.items.unit.value.amount")  # fmt: skip
    with answering(tmp_path, Answer(200, package.encode())) as credentials:
        wanted = Wanted("trading.awards", stated, columns)
        (rows,) = connector(wanted, credentials).read(tiny_province.DAILY)
    assert [tuple(row.values())[:6] for row in rows.to_pylist()] == [
        ("o1", "N", "a1", "S", "i1", "1.10"),
        ("o1", "N", "a2", None, "i2", None),
        ("o1", "N", "a2", None, "i3", None),
    ]


@pytest.mark.parametrize(
    ("written", "expect"),
    [
        ("iso", ("2026-06-20T08:30:00+08:00", "2026-06-21T00:00:00+08:00")),
        ("date", ("2026-06-20", "2026-06-21")),
        ("epoch_seconds", ("1781915400", "1781971200")),
        ("epoch_milliseconds", ("1781915400000", "1781971200000")),
    ],
)
def test_an_interval_is_written_as_the_agency_reads_it(written, expect):
    assert bounds(Interval.parse("2026-06-20T08:30", "2026-06-21"), written) == expect


def test_coarse_bounds_leave_nothing_out():
    odd = Interval.parse("2026-06-20T08:30:00.5", "2026-06-21T09:00:00.0000015")
    assert bounds(odd, "date") == ("2026-06-20", "2026-06-22")
    assert bounds(odd, "epoch_seconds") == ("1781915400", "1782003601")


def test_parameters_have_the_names_of_the_contract_or_are_not_sent(tmp_path):
    stated = source("number", from_parameter="since", to_parameter="", size_parameter="size", moments="date")
    service = Service(stated, ROWS[:3])
    with running(tmp_path, service) as credentials:
        rows_of(reader(stated, credentials).pages(tiny_province.DAILY))
    assert service.asked[0].query == {"since": "2026-06-30", "size": "5", "page": "1"}


def test_columns_that_nobody_asked_for_are_told_and_not_fetched(tmp_path):
    stated = source()
    with running(tmp_path, Service(stated, ROWS)) as credentials:
        page = next(reader(stated, credentials).records(tiny_province.DAILY, None))
    assert page.further.names == ["at"]
    assert "at" not in page.rows.schema.names


def test_what_is_there_is_offered_with_native_types(tmp_path):
    stated = source("number")
    rows = [{"id": "1", "n": 1, "x": 1, "yes": True, "none": None, "in": {"a": 1.5}, "list": [1]}, {"id": 2, "x": 0.5}]
    with running(tmp_path, Service(stated, rows)) as credentials:
        offer = connector(Wanted("civil_affairs.deaths", stated), credentials).offer()
    text = pa.string()
    assert offer.schema == pa.schema(
        {"id": text, "n": pa.int64(), "x": pa.float64(), "yes": pa.bool_(), "none": text, "in.a": pa.float64()}
    )


def test_a_service_without_records_offers_nothing(tmp_path):
    with running(tmp_path, Service(source(), [])) as credentials:
        assert reader(source(), credentials).offer().schema == pa.schema([])


def test_steps_tell_what_works(tmp_path):
    stated = source()
    with running(tmp_path, Service(stated, ROWS)) as credentials:
        said = [checked.title for checked in reader(stated, credentials).check()]
    assert [line.split("20")[0] for line in said] == [
        "the host answers; its certificate is good until ",
        "we are admitted",
        "a page of the last 30 days holds 5 records",
        "the page after it is found",
    ]


@pytest.mark.parametrize(
    ("wrong", "worked", "says"),
    [
        ({"host": "no-such-agency.invalid"}, 0, "host name"),
        ({"port": 1}, 0, "refuses connections"),
        ({"extra": {"ca_file": ""}}, 0, "vouches"),
        ({"extra": {"token": "x"}}, 1, "refused us"),
    ],
)
def test_the_first_step_that_does_not_work_is_told(wrong, worked, says, connections, contracts, changed):
    found = connector(Wanted.of(contracts["civil_affairs.deaths"]), changed(connections["civil_affairs"], **wrong))
    *good, bad = found.check()
    assert len(good) == worked
    assert all(checked.error is None for checked in good)
    assert says in str(bad.error)


def test_leaving_early_leaves_no_connection_open(tmp_path, recwarn):
    stated = source("one page", "json_lines")
    with running(tmp_path, Service(stated, ROWS * 1_000, largest=10**6)) as credentials:
        pages = reader(stated, credentials).pages(tiny_province.DAILY)
        next(pages)
        pages.close()
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


def test_many_pages_take_one_connection(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("tests.connectors.hostile_service.talk", lambda *args: (opened.append(1), talk(*args)))
    with running(tmp_path, Service(source(), ROWS)) as credentials:
        rows_of(reader(source(), credentials).pages(tiny_province.DAILY))
    assert len(opened) == 1


@pytest.mark.parametrize("by_reset", [True, False])
def test_a_check_that_is_cut_off_says_so(by_reset, connections, contracts, changed):
    """In the handshake, before anything was asked."""
    with listening(cutting(by_reset)) as port:
        found = connector(
            Wanted.of(contracts["civil_affairs.deaths"]), changed(connections["civil_affairs"], port=port)
        )
        (only,) = found.check()
    assert "broke off the connection" in str(only.error)


def cutting(by_reset):
    class Cutting(StreamRequestHandler):
        def handle(self) -> None:
            self.connection.recv(10)
            if by_reset:
                reset(self.connection)

    return Cutting


def test_lines_have_no_page_that_could_name_the_next():
    with pytest.raises(ValueError, match="nothing can name the next page"):
        source("cursor", "json_lines")


def test_an_envelope_says_inside_a_200_that_later_is_better(tmp_path):
    stated = source("one page", envelope={"code": "state.no", "good": ["ok"], "busy": ["E9", "false"]})
    busy = [Answer(200, b'{"state": {"no": %s}}' % code) for code in (b'"E9"', b"false")]
    good = Answer(200, b'{"state": {"no": "ok"}, "data": [{"id": "1", "name": null, "amount": 0}]}')
    with answering(tmp_path, *busy, good) as credentials:
        assert len(rows_of(reader(stated, credentials).pages(tiny_province.DAILY))) == 1


def test_an_envelope_may_come_instead_of_lines(tmp_path, fails):
    stated = source("one page", "json_lines", envelope={"busy": ["9"]})
    busy, bad = Answer(200, b'{"code": 9}'), Answer(200, b'{"code": 7, "message": "x"}\n')
    record = Answer(200, b'{"id": "1", "name": "x", "amount": 1, "code": 7}')
    with answering(tmp_path, busy, record, bad) as credentials:
        assert len(rows_of(reader(stated, credentials).pages(tiny_province.DAILY))) == 1
        with fails(DeliveryBroken, "error code 7"):
            rows_of(reader(stated, credentials).pages(tiny_province.DAILY))


def test_the_page_about_services_shows_a_source_that_can_be_written():
    page = Path(__file__).parents[2] / "docs" / "rest-services.md"
    (shown,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert RestSource.model_validate(yaml.safe_load(shown)["source"]).signing == "hmac_sm3"
