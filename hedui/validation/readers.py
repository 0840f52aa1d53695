"""Columns of text to typed columns: the usual form as a whole, every other form through its distinct values."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hedui.columns import COLUMN_TYPES
from hedui.identifiers.columns import offsets
from hedui.identifiers.person import APOSTROPHES, BLANKS
from hedui.identifiers.remarks import Mask, rows_by_remark, spread
from hedui.model.contract import FieldType
from hedui.model.interval import PROVINCE_TIME

OfForm = Literal["", "date_form", "month_form", "spreadsheet_date", "thousands_comma", "decimal_zeros"]
# One value in an unusual form: what it means and what of its form was repaired; ValueError if nobody can say.
Scalar = Callable[[str], tuple[Any, OfForm]]

_BLANK_FIRST, _BLANK_LAST = np.zeros((2, 256), dtype=np.bool_)
_BLANK_FIRST[[blank.encode()[0] for blank in BLANKS]] = True
_BLANK_LAST[[blank.encode()[-1] for blank in BLANKS]] = True
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
)
_MONTH = re.compile(r"(\d{4})(?:-(\d{1,2})|/(\d{1,2})|\.(\d{1,2})|年(\d{1,2})月份?|(\d{2}))")
_USUAL_MONTH = r"^(\d{4})-?(\d{2})$"
# January, or October typed as a number, of which a spreadsheet drops the nought.
_EITHER_MONTH = re.compile(r"\d{4}\.1")
# A day of the fifties, or a year and the digit of its month.
_EITHER_SERIAL = re.compile(r"(19|20)\d\d[1-9]")
_ZONE = r"(Z|[+-]\d{2}:?\d{2})"
_USUAL_MOMENT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?" + f"{_ZONE}?$"
_TO_THE_SECOND = len("2025-01-31 09:30:00")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
# Five digits: 1927 to 2173. Four would swallow years.
_SERIAL = re.compile(r"\d{5}(\.0+)?")
_SERIAL_MOMENT = re.compile(r"\d{5}(\.\d+)?")
_SECONDS_OF_A_DAY = 24 * 60 * 60
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
# The day zero of spreadsheets, which believe in a 29 February 1900; earlier serials than March 1900 do not occur.
_SERIAL_ZERO = date(1899, 12, 30)
_CENTS = Decimal("0.01")
# One day or moment beyond these, and the table's files, the SQL door and Python refuse the whole batch.
_CALENDAR = {
    COLUMN_TYPES["date"]: (date.min, date.max),
    COLUMN_TYPES["timestamp"]: (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
}


@dataclass(frozen=True)
class Reading:
    """A column after reading. `repairs` says which rows each repair changed; each changed some.

    `unreadable` is missing where everything could be read.
    """

    values: pa.Array
    repairs: Mapping[str, Mask] = field(default_factory=dict)
    unreadable: pa.BooleanArray | None = None


def as_text(column: pa.Array) -> pa.StringArray:
    """Any delivered column as text."""
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def without_nul(column: pa.StringArray) -> tuple[pa.StringArray, Mask | None]:
    """Without NUL characters, which PostgreSQL stores in no text; and which values had some, None if none had."""
    places = offsets(column)
    if places[-1] == places[0] or np.frombuffer(column.buffers()[2], dtype=np.uint8)[places[0] : places[-1]].min():
        return column, None
    had = pc.fill_null(pc.match_substring(column, "\0"), False)
    return pc.replace_substring(column, "\0", ""), had.to_numpy(zero_copy_only=False)


def trimmed(column: pa.StringArray) -> Reading:
    """Without blanks around; what then is empty is null. Only blanks around something count as repaired."""
    ragged = _ragged(column)
    if not ragged.any():
        return Reading(column)
    bare = pc.utf8_trim(column.filter(pa.array(ragged)), BLANKS)
    changed = pc.not_equal(bare, column.filter(pa.array(ragged))).to_numpy(zero_copy_only=False)
    bare = pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)
    repairs: dict[str, Mask] = {"blanks": changed & bare.is_valid().to_numpy(zero_copy_only=False)}
    return Reading(pc.replace_with_mask(column, pa.array(ragged), bare), spread(repairs, ragged))


def _ragged(column: pa.StringArray) -> Mask:
    """Which values are empty, or begin or end with a byte that a blank could have there: a look at two bytes each."""
    filled = offsets(column)
    starts, ends = filled[:-1], filled[1:]
    ragged: Mask = ends == starts
    if len(column) and filled[-1] > filled[0]:
        data, last = np.frombuffer(column.buffers()[2], dtype=np.uint8), filled[-1] - 1
        ragged |= _BLANK_FIRST[data[np.minimum(starts, last)]] | _BLANK_LAST[data[np.maximum(ends, 1) - 1]]
    return ragged & column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else ragged


def dates(column: pa.StringArray) -> Reading:
    """2025-01-31, 20250131, 2025-1-31, 2025/01/31, 2025.1.31, 2025年1月31日, each also at midnight."""
    return _typed(column, "date", r"^\d{4}-\d{2}-\d{2}$", _days, _date)


def spreadsheet_dates(column: pa.StringArray) -> Reading:
    """Like `dates`, and the day numbers that a spreadsheet leaves of a date."""
    return _typed(column, "date", r"^\d{4}-\d{2}-\d{2}$", _days, _date_or_serial)


def months(column: pa.StringArray) -> Reading:
    """2025-03, 202503, and repaired 2025/3, 2025.03, 2025年3月 and every form of a date; as the month's first day."""
    return _typed(column, "month", _USUAL_MONTH, _first_days, _month)


def spreadsheet_months(column: pa.StringArray) -> Reading:
    """Like `months`, and the day numbers that a spreadsheet leaves of a date."""
    return _typed(column, "month", _USUAL_MONTH, _first_days, _month_or_serial)


def timestamps(column: pa.StringArray) -> Reading:
    """ISO 8601 with or without zone; without one the province's time is meant."""
    return _moments(column, _moment)


def spreadsheet_timestamps(column: pa.StringArray) -> Reading:
    """Like `timestamps`, and the day numbers with decimals that a spreadsheet leaves of a time, to the second."""
    return _moments(column, _moment_or_serial)


def integers(column: pa.StringArray) -> Reading:
    """Digits; full-width ones, thousands' commas and a spreadsheet's `.0` are repaired."""
    return _numbers(column, "integer", r"^-?\d{1,18}$", _integer)


def decimals(column: pa.StringArray) -> Reading:
    """Amounts with at most two decimals; full-width digits and thousands' commas are repaired."""
    return _numbers(column, "decimal", r"^-?\d{1,16}(\.\d{1,2})?$", _decimal)


READERS: dict[FieldType, Callable[[pa.Array], Reading]] = {
    "date": dates,
    "month": months,
    "timestamp": timestamps,
    "integer": integers,
    "decimal": decimals,
}
# Where deliveries pass through spreadsheets.
SPREADSHEET_READERS = {
    **READERS,
    "date": spreadsheet_dates,
    "month": spreadsheet_months,
    "timestamp": spreadsheet_timestamps,
}


def _numbers(column: pa.Array, kind: FieldType, usual: str, scalar: Scalar) -> Reading:
    """Hardly two amounts are alike: those in the usual form are cast as a column, and only the others read singly."""
    text = as_text(column)
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(text, usual)), False)
    values = pc.if_else(odd, pa.scalar(None, pa.string()), text).cast(COLUMN_TYPES[kind])
    if not pc.any(odd).as_py():
        return Reading(values)
    rest = _typed(text.filter(odd), kind, usual, lambda usual_ones: usual_ones.cast(COLUMN_TYPES[kind]), scalar)
    chosen = odd.to_numpy(zero_copy_only=False)
    values = pc.replace_with_mask(values, odd, rest.values)
    if rest.unreadable is None:
        return Reading(values, spread(rest.repairs, chosen))
    unreadable = pc.replace_with_mask(pa.array(np.zeros(len(text), dtype=np.bool_)), odd, rest.unreadable)
    return Reading(values, spread(rest.repairs, chosen), unreadable)


def _moments(column: pa.StringArray, scalar: Scalar) -> Reading:
    text = as_text(column)
    # Each value that Arrow cannot cast costs it more than reading ten, so that the first one decides.
    whole = _zoned_moments if re.search(f"{_ZONE}$", pc.first(text).as_py() or "") else _local_moments
    try:
        # Hardly two are alike, so that distinct values would gain nothing.
        return Reading(whole(text))
    except pa.ArrowInvalid:
        return _typed(text, "timestamp", _USUAL_MOMENT, _written_moments, scalar)


def _zoned_moments(column: pa.StringArray) -> pa.Array:
    return in_calendar(column.cast(COLUMN_TYPES["timestamp"]))


def _local_moments(column: pa.StringArray) -> pa.Array:
    # Arrow reads a day or an hour as well. These must go one way only, alone or in company.
    if (pc.min(pc.binary_length(column)).as_py() or 0) < _TO_THE_SECOND:
        raise pa.ArrowInvalid("shorter than the usual form")
    return in_calendar(province_moments(column))


def _days(column: pa.StringArray) -> pa.Array:
    return in_calendar(column.cast(COLUMN_TYPES["date"]))


def _first_days(column: pa.StringArray) -> pa.Array:
    return in_calendar(pc.replace_substring_regex(column, _USUAL_MONTH, r"\1-\2-01").cast(COLUMN_TYPES["month"]))


def _typed(
    column: pa.Array, kind: FieldType, usual: str, whole: Callable[[pa.StringArray], pa.Array], scalar: Scalar
) -> Reading:
    """Read each distinct text once: a column of dates has few."""
    encoded = as_text(column).dictionary_encode()
    distinct = encoded.dictionary
    fits = pc.match_substring_regex(distinct, usual)
    try:
        values = whole(pc.if_else(fits, distinct, pa.scalar(None, pa.string())))
    except pa.ArrowInvalid:  # the form is usual, a value is not: 2025-02-31
        fits, values = pc.and_(fits, False), pa.nulls(len(distinct), COLUMN_TYPES[kind])
    unusual = np.flatnonzero(~fits.to_numpy(zero_copy_only=False))
    if not len(unusual):
        return Reading(values.take(encoded.indices))
    readings = [_read_one(text, scalar) for text in distinct.take(pa.array(unusual)).to_pylist()]
    found = pa.array([value for value, _ in readings], values.type)
    values = pc.replace_with_mask(values, pc.invert(fits), found)
    remarks = dict(zip(unusual.tolist(), (made for _, made in readings), strict=True))
    return _remarked(values.take(encoded.indices), encoded.indices, len(distinct), remarks)


def _remarked(values: pa.Array, indices: pa.Array, distinct: int, remarks: Mapping[int, tuple[str, ...]]) -> Reading:
    """The rows behind each distinct value's remarks: repairs, or that nobody can read it."""
    index = indices.fill_null(distinct).to_numpy()  # null is one more value, of which there is nothing to remark
    rows = rows_by_remark(remarks, distinct + 1, index)
    unreadable = rows.get("unreadable")
    repairs = {remark: made for remark, made in rows.items() if remark != "unreadable"}
    return Reading(values, repairs, None if unreadable is None else pa.array(unreadable))


def _read_one(text: str, scalar: Scalar) -> tuple[Any, tuple[str, ...]]:
    bare = text.strip(BLANKS)
    if not bare:
        return None, ()
    narrow = unicodedata.normalize("NFKC", bare)
    plain = narrow.lstrip(APOSTROPHES)
    try:
        value, form = scalar(plain)
    except (ValueError, OverflowError, InvalidOperation):
        return None, ("unreadable",)
    made = {"full_width": narrow != bare, "blanks": bare != text, "apostrophe": plain != narrow, form: form != ""}
    return value, tuple(repair for repair, done in made.items() if done)


def _date(text: str) -> tuple[date, OfForm]:
    parts = _DATE.fullmatch(_MIDNIGHT.sub("", text))
    if not parts:
        raise ValueError
    year, month, day = (int(part) for part in parts.groups() if part is not None)
    found = date(year, month, day)
    return found, "" if text.startswith(found.isoformat()) else "date_form"


def _date_or_serial(text: str) -> tuple[date, OfForm]:
    if _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + timedelta(days=int(float(text))), "spreadsheet_date"
    return _date(text)


def _month(text: str) -> tuple[date, OfForm]:
    parts = _MONTH.fullmatch(text)
    if not parts:
        return _date(text)[0].replace(day=1), "month_form"
    if _EITHER_MONTH.fullmatch(text):
        raise ValueError
    year, month = (int(part) for part in parts.groups() if part is not None)
    return date(year, month, 1), "" if re.fullmatch(_USUAL_MONTH, text) else "month_form"


def _month_or_serial(text: str) -> tuple[date, OfForm]:
    if _SERIAL.fullmatch(text) and not _EITHER_SERIAL.fullmatch(text):
        day, repair = _date_or_serial(text)
        return day.replace(day=1), repair
    return _month(text)


def in_calendar(column: pa.Array) -> pa.Array:
    """Days or moments as they are. Raises ArrowInvalid where one is not in the years 1 to 9999, in UTC.

    An empty time of many systems is midnight of 1 January 0001, which in the province is the year 0 of UTC.
    """
    found, (first, last) = pc.min_max(column), _CALENDAR[column.type]
    if pc.less(found["min"], first).as_py() or pc.greater(found["max"], last).as_py():
        raise pa.ArrowInvalid("beyond the calendar")
    return column


def province_moments(column: pa.Array) -> pa.Array:
    """Dates, or times without zone, native or as text, as moments: the province's time is meant."""
    local = column.cast(pa.timestamp("us"))
    # China had summer time until 1991: an hour a year stood twice, or not at all.
    aware = pc.assume_timezone(local, PROVINCE_TIME.key, ambiguous="earliest", nonexistent="earliest")
    return aware.cast(COLUMN_TYPES["timestamp"])


def _written_moments(column: pa.StringArray) -> pa.Array:
    """Times with and without zone in one column, each cast as a whole: Arrow refuses the mixture."""
    zoned, nothing = pc.match_substring_regex(column, f"{_ZONE}$"), pa.scalar(None, pa.string())
    aware = pc.if_else(zoned, column, nothing).cast(COLUMN_TYPES["timestamp"])
    return in_calendar(pc.coalesce(aware, province_moments(pc.if_else(zoned, nothing, column))))


def _moment(text: str) -> tuple[datetime, OfForm]:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        day, repair = _date(text)
        return _utc(datetime.combine(day, time.min, PROVINCE_TIME)), repair
    return _utc(moment), "date_form" if "/" in text else ""


def _moment_or_serial(text: str) -> tuple[datetime, OfForm]:
    if _SERIAL_MOMENT.fullmatch(text):
        seconds = round(Decimal(text) * _SECONDS_OF_A_DAY)
        day, second = divmod(seconds, _SECONDS_OF_A_DAY)
        local = datetime.combine(_SERIAL_ZERO + timedelta(days=day), time.min) + timedelta(seconds=second)
        return _utc(local), "spreadsheet_date"
    return _moment(text)


def _utc(moment: datetime) -> datetime:
    """Without a zone the province's time is meant. Raises OverflowError beyond the calendar."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=PROVINCE_TIME)).astimezone(UTC)


def _integer(text: str) -> tuple[int, OfForm]:
    number, repair = _number(text)
    if number != number.to_integral_value() or abs(number) >= 10**18:
        raise ValueError
    return int(number), repair or ("decimal_zeros" if not text.lstrip("+-").isdigit() else "")


def _decimal(text: str) -> tuple[Decimal, OfForm]:
    number, repair = _number(text)
    cents = number.quantize(_CENTS)
    if cents != number or abs(cents) >= 10**16:
        raise ValueError
    return cents, repair


def _number(text: str) -> tuple[Decimal, OfForm]:
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", plain, re.ASCII):
        raise ValueError
    return Decimal(plain), "thousands_comma" if plain != text else ""
