"""What is proposed for a source agrees with what its contract says, though nobody looked into that."""

import random
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from connectors.base import Connector, Offer, Wanted
from hedui import shelves
from hedui.identifiers.person import check_character
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken
from hedui.model.sources import DatabaseSource
from hedui.proposing.look import offered
from hedui.proposing.profile import profile
from hedui.proposing.proposal import propose
from hedui.proposing.words import Words

NOBODY = Words({})


def number(n: int) -> str:
    first = f"620000{1950 + n % 50}0101{n:03}"
    return first + check_character(first)


@pytest.mark.parametrize("name", shelves.datasets())
def test_whatever_names_somebody_becomes_a_pseudonym(name, proposed):
    fields = {field.source: field for field in proposed(name).fields.values()}
    for field in shelves.dataset(name).fields.values():
        if field.identifier:
            assert fields[field.source].identifier == field.identifier, field.source


@pytest.mark.parametrize("name", shelves.datasets())
def test_key_and_cursor_are_found(name, proposed):
    found, real = proposed(name), shelves.dataset(name)
    own, theirs = ({one.fields[name].source for name in one.key} for one in (found, real))
    # That a number means something beside another column alone, only people know.
    assert own == theirs or (own < theirs and len(own) == 1)
    assert found.fields[found.cursor].source == real.fields[real.cursor].source


@pytest.mark.parametrize("name", shelves.datasets())
def test_types_are_those_of_the_contract_where_a_value_is_there(name, proposed):
    found = proposed(name)
    types = {field.source: (field.type, found.profiles[own].filled) for own, field in found.fields.items()}
    for field in shelves.dataset(name).fields.values():
        kind, filled = types[field.source]
        # Digits alone may be codes, and counts may have decimals some day: only people know.
        plain = {("integer", "text"), ("decimal", "text"), ("decimal", "integer")}
        assert kind == field.type or not filled or (field.type, kind) in plain, field.source


def test_each_name_belongs_to_the_person_before_it(proposed):
    fields = proposed("civil_affairs.marriages").fields
    by_source = {field.source: (name, field) for name, field in fields.items()}
    assert by_source["spouseName"][1].of == by_source["spouseIdCard"][0]
    assert by_source["name"][1].of == by_source["idCard"][0]


def test_native_types_and_a_stated_key_are_believed():
    columns = {
        "id": pa.array(["B", "A"]),
        "serial": pa.array([1, 2]),
        "paid": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
        "seen": pa.array([datetime(2026, 6, 1, tzinfo=UTC)] * 2, pa.timestamp("us", tz="UTC")),
    }
    rows = pa.table(columns)
    found = propose(Offer(rows.schema, ("serial",)), rows, NOBODY)
    assert [field.type for field in found.fields.values()] == ["text", "text", "decimal", "timestamp"]
    assert (found.key, found.cursor) == (("record_no",), "updated_at")
    assert found.fields["record_no"].source == "serial"
    assert found.days is not None and found.days[0].isoformat() == "2026-06-01"


def test_what_the_source_says_of_a_column_is_its_title():
    rows = pa.table({"bzfs": ["租赁补贴"]})
    (field,) = propose(Offer(rows.schema, titles={"bzfs": "保障方式"}), rows, NOBODY).fields.values()
    assert (field.title.zh, field.title.en) == ("保障方式", "Bzfs")


def test_chinese_headers_of_usual_words_get_english_names():
    rows = pa.table([["1.00"], ["620102"], ["x"]], names=["补贴金额（元）", "乡镇代码", "罕见词"])
    fields = propose(Offer(rows.schema), rows, NOBODY).fields
    assert list(fields) == ["subsidy_amount", "township_code", "field_3"]
    assert fields["subsidy_amount"].title.model_dump() == {"zh": "补贴金额（元）", "en": "Subsidy amount"}


def test_columns_that_are_called_alike_keep_names_of_their_own():
    rows = pa.table([["620102"] * 2, ["620103"] * 2], names=["countyCode", "county_code"])
    assert list(propose(Offer(rows.schema), rows, NOBODY).fields) == ["county_code", "county_code_2"]


def test_a_source_without_rows_is_proposed_by_its_names_alone():
    schema = pa.schema([("身份证号", pa.string()), ("姓名", pa.string()), ("更新时间", pa.timestamp("us"))])
    found = propose(Offer(schema), schema.empty_table(), NOBODY)
    assert [field.identifier for field in found.fields.values()] == ["person", "name", None]
    assert (found.key, found.cursor) == ((), "updated_at")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["620102"] * 30, "text"),  # no month of the year 6201
        (["202506"] * 30, "month"),
        (["2025-06-01", "2025年6月2日"], "date"),
        (["2025-06-01 10:00:00", "2025/06/02 11:00:00"], "timestamp"),
        (["14", "21", "390"], "text"),
        (["1.50", "20.00"], "decimal"),
    ],
)
def test_text_is_read_for_what_it_is(values, kind):
    assert profile("x", pa.array(values)).type == kind


def test_codes_are_shown_only_where_each_stands_in_several_rows():
    often, seldom = ["一类"] * 6 + ["二类"] * 5, ["一类"] * 6 + ["二类"] * 4
    assert profile("class", pa.array(often)).codes == ("一类", "二类")
    assert profile("class", pa.array(seldom)).codes == ()


@pytest.mark.parametrize(
    "few",
    [
        ["马建国", "杨秀英", "周海"],
        ["欧阳娜", "买买提·艾力"],
        ["Wang Hai", "LI Wei"],
        ["13900000001", "13900000002"],
        ["0931-8000001", "0931 8000002"],
        ["a@example.cn", "b@example.cn"],
        ["甘A00001", "甘A00002"],
    ],
)
def test_what_names_or_reaches_a_few_people_is_no_code_under_any_header(few):
    assert profile("c3", pa.array(few * 9)).codes == ()


@pytest.mark.parametrize(
    "few", [["高中", "初中", "小学"], ["620102101", "620102102"], ["IN", "Out"], ["金昌市", "兰州市"]]
)
def test_codes_that_are_a_little_like_names_are_codes(few):
    assert set(profile("c3", pa.array(few * 9)).codes) == set(few)


def test_most_numbers_have_to_be_valid_before_a_column_is_taken_for_persons():
    numbers = [number(n) for n in range(8)]
    spoilt = [*numbers, "620102194901176221", "62010219490117622"]
    assert profile("x", pa.array(spoilt)).personal == "person"
    assert profile("x", pa.array([*numbers[:2], *(f"A{n}" for n in range(8))])).personal == "record"


def test_names_are_known_without_their_header():
    random.seed(1)
    names = [
        "".join(random.choices("王李张刘陈杨赵周", k=1) + random.choices("建国秀英海兰磊梅", k=2)) for _ in range(99)
    ]
    assert profile("x", pa.array(names)).personal == "name"
    assert profile("county_name", pa.array(["城关区", "七里河区", "安宁区"])).personal is None


@pytest.mark.parametrize("header", ["phone", "联系电话", "bank_account", "家庭住址"])
def test_what_singles_somebody_out_is_a_record_whatever_stands_in_it(header):
    assert profile(header, pa.array(["x", "y", "y"])).personal == "record"


def test_a_profile_quotes_no_value():
    said = profile("id_card", pa.array([number(n) for n in range(9)])).in_words
    assert said == "text: 100% filled, 9 different, 18 characters, 100% valid identity numbers"


def test_people_may_name_another_key_and_cursor():
    rows = pa.table({"a": ["x", "x"], "b": ["y", "y"], "day": ["2026-06-01", "2026-06-02"]})
    found = propose(Offer(rows.schema), rows, NOBODY).led_by(("a", "b"), "day")
    assert (found.key, found.cursor, found.fields["day"].type) == (("a", "b"), "day", "timestamp")
    assert found.fields["a"].identifier == found.fields["b"].identifier == "record"


def test_a_record_in_place_of_a_header_is_not_shown():
    class Headless(Connector):
        def records(self, interval, after):
            yield from ()

        def steps(self):
            yield from ()

        def offer(self):
            return Offer(pa.schema([(number(1), pa.string()), ("张三", pa.string())]))

    source = DatabaseSource(kind="database", table="x")
    with pytest.raises(DeliveryBroken, match="where the header should") as told:
        offered(Headless(Wanted("a.b", source), Credentials(conn_type="x")))
    assert "张三" not in str(told.value) and number(1) not in str(told.value)
