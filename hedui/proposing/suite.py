"""The suite that follows from a contract: what names a record or a person is there, and the rest makes sense."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from hedui.model.contract import ContractField, Dataset
from hedui.model.declaration import Title
from hedui.model.interval import PROVINCE_TIME
from hedui.proposing.told import Bound, Told

Expectation = dict[str, Any]

_REJECTED_FROM: Final = {"share": 0.1, "rows": 100}
_OLDEST: Final = date(1900, 1, 1)
_OLDEST_MONTH: Final = date(1990, 1, 1)


def suite(dataset: Dataset, told: Mapping[str, Told], received_on: date | None = None) -> dict[str, Any]:
    """In Great Expectations' own form, of what rows that were received on that day told of the fields.

    What names a record, a person or a time is asked for in any case; of the rest, what all those rows meet.
    """
    day = received_on or datetime.now(PROVINCE_TIME).date()
    return {
        "name": dataset.full_name,
        "meta": {"reject_above": _REJECTED_FROM},
        "expectations": [*_of_the_table(dataset), *_of_fields(dataset, told, day)],
    }


def _of_the_table(dataset: Dataset) -> Iterator[Expectation]:
    columns = {"column_set": list(dataset.fields), "exact_match": False}
    yield _says(
        "expect_table_columns_to_match_set",
        columns,
        Title(zh="缺少契约规定的字段", en="Fields of the contract are missing"),
        Title(zh="按数据共享契约补齐字段后重新报送", en="Add the fields and deliver again"),
        severity="critical",
        on_failure="reject_batch",
    )
    yield _says(
        "expect_column_values_to_be_null",
        {"column": "_unreadable"},
        Title(zh="日期、月份或数字无法识别", en="Not a date, month or number that can be read"),
        Title(
            zh="日期写成 2025-01-31，月份写成 2025-01，数字只写数字",
            en="Write dates as 2025-01-31, months as 2025-01, and numbers as digits only",
        ),
    )
    yield _says(
        "expect_rows_of_one_version_to_agree",
        {"column_list": [*dataset.key, dataset.cursor]},
        Title(
            zh="同一编号、同一更新时间的记录内容不一致",
            en="Records with one number and one time of update contradict each other",
        ),
        Title(
            zh="确认哪一条正确，更正后会产生新的更新时间",
            en="Confirm which one is right; the correction gets a new time of update",
        ),
    )
    yield _says(
        "expect_table_row_count_to_be_usual",
        {"earlier": {"$PARAMETER": "earlier_batches"}},
        Title(zh="行数与以往相差很大", en="Far more or fewer rows than usual"),
        Title(
            zh="确认数据是否报全、有无重复报送；情况属实的不用处理",
            en="Make sure that all was delivered, and once; if it is so, nothing is to be done",
        ),
        severity="info",
        on_failure="warn",
        scored=False,
    )


def _of_fields(dataset: Dataset, told: Mapping[str, Told], received_on: date) -> Iterator[Expectation]:
    for name, field in dataset.fields.items():
        seen = told.get(name, Told())
        if name in (*dataset.key, dataset.cursor) or field.identifier or seen.filled:
            yield _filled(name, field.title, name == dataset.cursor)
        if field.identifier == "person":
            yield from _identity_number(name, dataset.source.kind == "file_drop")
        elif field.type == "text":
            yield from _of_codes(name, field, seen)
        else:
            yield from _of_bounds(name, field, seen, received_on)


def _of_codes(name: str, field: ContractField, seen: Told) -> Iterator[Expectation]:
    if seen.credit_codes:
        yield _credit_code(name, field.title)
    elif seen.codes:
        yield _one_of(name, field.title, seen.codes)
    elif seen.divisions:
        yield _division(name, field.title, seen.divisions)
    elif seen.six_digits and not field.identifier:
        yield _six_digits(name, field.title)


def _of_bounds(name: str, field: ContractField, seen: Told, received_on: date) -> Iterator[Expectation]:
    """What nobody looked at all of is held to the usual bounds; a date only where it is known to keep to them."""
    first, last = _day(seen.first), _day(seen.last)
    if field.type == "month" and (first is None or first >= _OLDEST_MONTH):
        yield _not_before_1990(name, field.title)
    if field.type in ("date", "timestamp") and first and last and first >= _OLDEST and last <= received_on:
        yield _not_in_the_future(name, field.title)
    if field.type == "decimal" and not (isinstance(seen.first, Decimal) and seen.first < 0):
        yield _not_negative(name, field.title)


def _day(bound: Bound | None) -> date | None:
    if isinstance(bound, datetime):
        return (bound if bound.tzinfo else bound.replace(tzinfo=UTC)).astimezone(PROVINCE_TIME).date()
    return bound if isinstance(bound, date) else None


def _filled(name: str, title: Title, by_a_system: bool) -> Expectation:
    advice = Title(zh=f"补填{title.zh}", en="Enter it")
    if by_a_system:
        advice = Title(zh="由系统写入，请技术人员检查", en="Written by the system: ask its technicians")
    missing = Title(zh=f"{title.zh}为空", en="Missing")
    return _says("expect_column_values_to_not_be_null", {"column": name}, missing, advice)


def _identity_number(name: str, from_sheets: bool) -> Iterator[Expectation]:
    yield _says(
        "expect_column_values_to_be_valid_person_identifier",
        {"column": name},
        Title(zh="身份证号校验不通过", en="Not a valid identity number"),
        Title(zh="对照证件原件核对后重新录入", en="Compare with the document and enter it again"),
    )
    if from_sheets:
        yield _says(
            "expect_column_pair_values_a_to_be_uncut_unless_b_names_it",
            {"column_A": name, "column_B": "_lengthened"},
            Title(
                zh="身份证号以 000 结尾，可能被电子表格截断",
                en="The identity number ends in 000: a spreadsheet may have cut it",
            ),
            Title(
                zh="与证件原件核对：无误的，在清单中选“确认无误”；有误的，单元格设为文本格式后重新录入",
                en="Compare with the document. If right, choose “Right as it is” in the list; "
                "else enter it anew as text",
            ),
            confirmable=True,
        )


def _one_of(name: str, title: Title, codes: tuple[str, ...]) -> Expectation:
    return _says(
        "expect_column_values_to_be_in_set",
        {"column": name, "value_set": list(codes)},
        Title(zh=f"{title.zh}不在代码表内", en="Not in the list of codes"),
        Title(zh=f"只能填：{'、'.join(codes)}", en=f"One of: {', '.join(codes)}"),
    )


def _credit_code(name: str, title: Title) -> Expectation:
    return _says(
        "expect_column_values_to_be_valid_credit_code",
        {"column": name},
        Title(zh=f"{title.zh}校验不通过", en="Not a valid credit code"),
        Title(
            zh="对照营业执照或登记证书核对 18 位代码",
            en="Compare the 18 characters with the licence or certificate",
        ),
    )


def _division(name: str, title: Title, digits: tuple[int, ...]) -> Expectation:
    zh, en = "、".join(map(str, digits)), " or ".join(map(str, digits))
    return _says(
        "expect_column_values_to_be_valid_division_code",
        {"column": name, "digits": list(digits)},
        Title(zh=f"{title.zh}不是有效的 {zh} 位行政区划代码", en=f"Not a division code of {en} digits"),
        Title(
            zh="填写行政区划代码，如 620102；撤并前的旧代码也可以",
            en="Enter the division code, such as 620102; one that has been retired since will do",
        ),
    )


def _six_digits(name: str, title: Title) -> Expectation:
    return _says(
        "expect_column_values_to_match_regex",
        {"column": name, "regex": "^[0-9]{6}$"},
        Title(zh=f"{title.zh}不是 6 位代码", en="Not a code of six digits"),
        Title(zh="填写 6 位代码，如 620102", en="Enter the six digits of the code, such as 620102"),
    )


def _not_before_1990(name: str, title: Title) -> Expectation:
    return _says(
        "expect_column_values_to_be_between",
        {"column": name, "min_value": _OLDEST_MONTH.isoformat()},
        Title(zh=f"{title.zh}早于 1990 年", en="Before 1990"),
        Title(zh="核对年份", en="Check the year"),
    )


def _not_in_the_future(name: str, title: Title) -> Expectation:
    return _says(
        "expect_column_values_to_be_plausible_date",
        {"column": name, "earliest": _OLDEST.isoformat(), "latest": {"$PARAMETER": "received_on"}},
        Title(zh=f"{title.zh}早于 1900 年或在将来", en="Before 1900 or in the future"),
        Title(zh="核对日期", en="Check the date"),
    )


def _not_negative(name: str, title: Title) -> Expectation:
    return _says(
        "expect_column_values_to_be_between",
        {"column": name, "min_value": 0.0},
        Title(zh=f"{title.zh}为负数", en="Below zero"),
        Title(zh="核对金额，单位为元；冲减请更正原记录", en="Check it; for a deduction correct the original record"),
    )


def _says(
    kind: str,
    arguments: Mapping[str, Any],
    title: Title,
    advice: Title,
    *,
    severity: str = "warning",
    on_failure: str = "quarantine_rows",
    **more: bool,
) -> Expectation:
    meaning = {"on_failure": on_failure, "title": title.model_dump(), "advice": advice.model_dump(), **more}
    return {"type": kind, "kwargs": dict(arguments), "severity": severity, "meta": meaning}
