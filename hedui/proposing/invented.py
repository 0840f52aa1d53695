"""Rows in the form of a delivery, of people who do not exist: what stands on a shelf as a sample."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from hedui.identifiers.person import check_character
from hedui.model.contract import ContractField, Dataset
from hedui.proposing.profile import Profile

ROWS: Final = 10
_FIRST_DAY: Final = date(2026, 1, 5)
# The region 620000 is nobody's: no number with it was ever given out.
_REGION: Final = "620000"
_NAMES: Final = ("甲一", "乙二", "丙三", "丁四", "戊五", "己六", "庚七", "辛八", "壬九", "癸十")


def invented(dataset: Dataset, profiles: Mapping[str, Profile]) -> list[dict[str, str]]:
    """Ten rows under the agency's names, all text. No value comes from the source but codes of its lists."""
    return [
        {field.source: _value(dataset, name, field, profiles.get(name), row) for name, field in dataset.fields.items()}
        for row in range(ROWS)
    ]


def _value(dataset: Dataset, name: str, field: ContractField, seen: Profile | None, row: int) -> str:
    if field.identifier == "person":
        people = [name for name, field in dataset.fields.items() if field.identifier == "person"]
        return _number(row + ROWS * people.index(name))
    if field.identifier == "name":
        return _NAMES[row % len(_NAMES)]
    if name in dataset.key or field.identifier == "record":
        return f"{name[:1].upper()}{row + 1:06}"
    if seen and seen.codes:
        return seen.codes[row % len(seen.codes)]
    if seen and seen.six_digits and field.type == "text":
        return _REGION
    return _typed(field, row)


def _typed(field: ContractField, row: int) -> str:
    day = _FIRST_DAY + timedelta(days=row)
    match field.type:
        case "date":
            return day.isoformat()
        case "month":
            return f"{day:%Y-%m}"
        case "timestamp":
            return datetime(day.year, day.month, day.day, 9, row).isoformat(" ")  # noqa: DTZ001 - the province's
        case "integer":
            return str(row + 1)
        case "decimal":
            return f"{100 + row}.00"
        case _:
            return f"{field.title.zh}{row + 1}"


def _number(row: int) -> str:
    """A valid identity number of a region that does not exist."""
    born = date(1960, 1, 1) + timedelta(days=397 * row)
    first = f"{_REGION}{born:%Y%m%d}{row + 1:03}"
    return first + check_character(first)
