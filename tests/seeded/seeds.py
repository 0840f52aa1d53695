"""What an agency can get wrong, and what becomes of it: each defect, and how many rows have it.

A figure of a report is the sum of some of these, and no two figures of a kind are equal: what is mixed up shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, cycle, islice
from typing import Literal

from hedui.identifiers.person import check_character
from tests.seeded.agency import PAYMENTS, UNITS, Cells

Fate = Literal["let pass", "repaired", "held back", "told", "taken once", "superseded"]
Named = tuple[str, str]  # a field, and a repair or what is wrong with it

UNIT, RIGHT_X = "91620102000000025P", "11010519491231002X"
DISGUISES = {
    "lower_case": ("11010519491231002x",),
    "apostrophe": (f"'{RIGHT_X}", f"‘{RIGHT_X}"),
    "blanks": ("110105 19491231 002X", f"{RIGHT_X}\t", f"\u3000{RIGHT_X}", f"{RIGHT_X}\u200b"),
}
# The numbers that repaired ones stand for.
MEANT = {
    "610104620927690": "610104196209276908",
    "610104010927996": "610104180109279961",
    "610104620908100": "610104196209081000",
    "４４０５２４１８８００１０１００１４": "440524188001010014",
    **{written: RIGHT_X for several in DISGUISES.values() for written in several},
}


@dataclass(frozen=True)
class Seed:
    """`rows` rows with one defect, of which each takes the next of `cells`; `of_one_record` of them share a key."""

    defect: str
    fate: Fate
    rows: int
    cells: tuple[Cells, ...]
    repairs: tuple[Named, ...] = ()
    problems: tuple[Named, ...] = ()
    of_one_record: int = 1


@dataclass(frozen=True)
class Row:
    """A row as it is delivered; without a fate it is a plain right one."""

    cells: Cells
    fate: Fate | None = None
    repairs: tuple[Named, ...] = ()
    problems: tuple[Named, ...] = ()


def passed(defect: str, rows: int, name: str, *written: object, **beside: object) -> Seed:
    return Seed(defect, "let pass", rows, _cells(name, written, beside))


def repaired(defect: str, rows: int, name: str, repair: str, *written: object, **beside: object) -> Seed:
    return Seed(defect, "repaired", rows, _cells(name, written, beside), ((name, repair),))


def held(defect: str, rows: int, name: str, problem: str, *written: object, **beside: object) -> Seed:
    return Seed(defect, "held back", rows, _cells(name, written, beside), (), ((name, problem),))


def _cells(name: str, written: Sequence[object], beside: Mapping[str, object]) -> tuple[Cells, ...]:
    return tuple({name: one, **beside} for one in written)  # type: ignore[dict-item]


_NO_NUMBER, _CUT = ("person", "No valid number"), ("person", "Perhaps cut")

# --- identity numbers and names, of which sheets do the worst ---

PEOPLE = [
    passed("permits for residents of Hong Kong, Macao and Taiwan", 3, "person", "810000199408230021",
           "820000199408230023", "830000199201300022"),
    passed("foreigners' cards of 2023", 4, "person", "911124198108030024", "932682198501010017"),
    passed("foreigners' cards of old: three letters, twelve digits", 2, "person", "USA110098050612"),
    passed("a region that has retired, or that no table knows", 5, "person", "622123194503120019",
           "620102194503120015", "62230119380705002X"),
    repaired("a number of 15 digits", 7, "person", "fifteen_digits", "610104620927690", 610104620927690),
    repaired("a number of 15 digits of somebody born before 1900", 4, "person", "fifteen_digits", "610104010927996"),
    repaired("a number of 15 digits that ends in 000 once it has 18", 2, "person", "fifteen_digits", "610104620908100"),
    repaired("full-width digits", 3, "person", "full_width", "４４０５２４１８８００１０１００１４"),
    repaired("small x", 5, "person", "lower_case", *DISGUISES["lower_case"]),
    repaired("leading apostrophe", 6, "person", "apostrophe", *DISGUISES["apostrophe"]),
    repaired("blanks within a number, or a tab behind it", 8, "person", "blanks", *DISGUISES["blanks"]),
    held("wrong check character", 5, *_NO_NUMBER, "11010119900307867X"),
    held("no day of birth", 4, *_NO_NUMBER, "110105194902300023", "620102199013010010"),
    held("too short, too long, or masked", 6, *_NO_NUMBER, "1101051949123100", f"{RIGHT_X}1", "110105********002X"),
    held("a note after the number", 5, *_NO_NUMBER, "620102194503120015（已去世）", f"{RIGHT_X} 本人"),
    held("a number as 1.23E+17", 7, *_NO_NUMBER, "1.23E+17", "6.20102E+17"),
    Seed("…000 from a spreadsheet, with a right check character", "held back", 8,
         ({"person": "620102194503061000"}, {"person": 620102194503061000}), (), (_CUT,)),
    Seed("…000 from a spreadsheet, with a wrong check character", "held back", 9,
         ({"person": 110105194912310021}, {"person": 1.23e17}), (), (_NO_NUMBER, _CUT)),
    held("no number", 2, "person", "Missing", None, " \t"),
    held("somebody's own number for another person", 3, "carer", "The carer is the person", RIGHT_X, person=RIGHT_X),
    passed("䶮 as U+4DAE, and characters of four bytes", 4, "name", "䶮小", "㛃𬱖", person=RIGHT_X),
    passed("middle dots of every kind", 5, "name", "测·试", "测•试", "测・试", "测．试", person=RIGHT_X),
    repaired("䶮 as U+E863", 9, "name", "private_use", "\ue863小", person=RIGHT_X),
    repaired("letters in pieces", 10, "name", "composed", "Zoe\u0308", person=RIGHT_X),
    repaired("blanks around a name", 11, "name", "blanks", " 测试\u3000", person=RIGHT_X),
    held("no name", 10, "name", "Missing", None, " "),
    Seed("several faults in one record", "held back", 1,
         ({"person": "11010119900307867X", "name": None, "from_on": "2025/1/31"},),
         (("from_on", "date_form"),), (_NO_NUMBER, ("name", "Missing"))),
]  # fmt: skip

# --- everything else in sheets ---

AMOUNTS = [
    passed("a date with midnight behind it", 2, "from_on", "2025-01-31 00:00:00"),
    repaired("a date in another form", 15, "from_on", "date_form", "20250131", 20250131, "2025-1-31", "2025/01/31",
             "2025.1.31", "2025年1月31日", "2025/1/31 0:00:00"),
    repaired("the day number of a spreadsheet", 12, "from_on", "spreadsheet_date", 45688, "45688"),
    repaired("full-width digits", 13, "from_on", "full_width", "２０２５－０１－３１"),
    Seed("a date in another form, full-width and with blanks", "repaired", 1, ({"from_on": "　２０２５/1/31 "},),
         (("from_on", "date_form"), ("from_on", "full_width"), ("from_on", "blanks"))),
    held("a date in words, or of no calendar", 11, "from_on", "Cannot be read", "昨天", "2025-02-30", "0000-00-00",
         "25-1-31"),
    held("a cell that shows an error where a date should stand", 1, "from_on", "Cannot be read", "#N/A"),
    held("a day before 1900 or in the future", 13, "from_on", "No plausible day", "1899-12-31", "2099-01-01"),
    held("no date", 14, "from_on", "Missing", None),
    held("a period that ends before it begins", 15, "to_on", "Ends before it begins", "2024-12-31"),
    passed("a month of six digits", 3, "month", "202606", 202606),
    repaired("a month in another form", 15, "month", "month_form", "2026年6月", "2026/6", date(2026, 6, 1)),
    repaired("the day number of a spreadsheet", 23, "month", "spreadsheet_date", 46174),
    held("a month that can be read in two ways, or in none", 16, "month", "Cannot be read", "2026.1", "20261",
         "2026-13", "第二季度"),
    held("a month before 1990", 10, "month", "Before 1990", "1989-12"),
    held("no month", 18, "month", "Missing", None),
    repaired("a time in another form", 18, "updated_at", "date_form", "2026/07/03 08:00:00", "2026年7月3日"),
    repaired("the day number of a spreadsheet", 19, "updated_at", "spreadsheet_date", 46206.5),
    held("a time in words", 19, "updated_at", "Cannot be read", "昨天下午"),
    held("a time before 2000 or in the future", 20, "updated_at", "No plausible time", "1970-01-01 08:00:00",
         "2099-01-01 08:00:00"),
    held("no time of update", 21, "updated_at", "Missing", None),
    repaired("leading apostrophe", 24, "from_on", "apostrophe", "'2025-01-31", "’2025-01-31"),
    repaired("leading apostrophe", 25, "paid_yuan", "apostrophe", "'250"),
    repaired("thousands' commas", 20, "paid_yuan", "thousands_comma", "2,050.00", monthly_yuan=1000, base_yuan=2000,
             total_yuan=2050),
    repaired("full-width digits", 21, "paid_yuan", "full_width", "２５０．００"),
    repaired("decimals after a whole number", 22, "months", "decimal_zeros", "2.0"),
    held("an amount in words, or finer than a fen", 22, "total_yuan", "Cannot be read", "1.2万", "三百元", "250.005"),
    held("a number in words", 23, "months", "Cannot be read", "两个月"),
    held("no amount", 24, "total_yuan", "Missing", None, paid_yuan=None),
    held("an amount below zero", 25, "extra_yuan", "Negative", -50, total_yuan=150, paid_yuan=150),
    held("amounts whose product is wrong", 26, "base_yuan", "Not months times rate", 300, total_yuan=350),
    held("amounts whose sum is wrong", 27, "total_yuan", "Not the sum", 260),
    held("more paid than the total", 28, "paid_yuan", "More than the total", 2500),
    held("a word that is not in the list", 29, "subsidy", "Not in the list", "老龄津贴"),
    held("a word that is not in the list", 30, "way", "No such way", "支付宝"),
    held("empty where another field asks for it", 31, "account", "No account", None),
    held("an account as 6.2E+18", 32, "account", "No account number", "6.2E+18"),
    passed("a division code that has retired", 6, "township", "622123100", 622123100),
    held("a division code that never was, or a name", 33, "township", "No code of a township", "620102999", "620102",
         "990102001", "酒泉路街道"),
    Seed("unknown in another dataset", "told", 34, ({"unit": "52620102000000017X"},), (),
         (("unit", "Unit not registered"),)),
    held("no number of the record", 35, "record_no", "Missing", None),
    Seed("the same row twice", "taken once", 2 * 36, ({},), of_one_record=2),
    Seed("a newer version of a record", "superseded", 2 * 37,
         ({"updated_at": "2026-07-03 07:00:00"}, {"updated_at": "2026-07-03 08:00:00", "subsidy": "护理补贴"}),
         of_one_record=2),
    Seed("rows of one version that contradict each other", "held back", 2 * 20, ({}, {"subsidy": "护理补贴"}), (),
         (("record_no", "Contradict each other"),), of_one_record=2),
]  # fmt: skip

# --- the register of units, which comes as text ---

CODES = [
    passed("credit codes that begin with A, N or Y", 3, "credit", "A1620102000000017U", "N16201020000000335",
           "Y26201020000000174"),
    repaired("small letters in a credit code", 4, "credit", "lower_case", UNIT.lower()),
    repaired("full-width credit code", 5, "credit", "full_width", "９１６２０１０２０００００００２５Ｐ"),
    repaired("blanks in a credit code", 6, "credit", "blanks", f" {UNIT} ", "91620102 000000025P"),
    repaired("leading apostrophe", 7, "credit", "apostrophe", f"'{UNIT}"),
    held("wrong check character of a credit code", 4, "credit", "No valid credit code", "916201020000000250"),
    held("O for 0 in a credit code", 2, "credit", "No valid credit code", "9162O102000000025P"),
    held("no credit code", 3, "credit", "Missing", ""),
    passed("organisation codes with and without hyphen", 5, "organisation", "MA7XYZ123", "MA7XYZ12-3"),
    held("wrong check character of an organisation code", 5, "organisation", "No valid organisation code", "000000175"),
    held("small letters in an organisation code", 2, "organisation", "No valid organisation code", "ma7xyz123"),
    passed("䶮 as FE9F, and characters of four bytes", 6, "name", "䶮小", "㛃𬱖"),
    repaired("䶮 as U+E863", 8, "name", "private_use", "\ue863小"),
    repaired("NUL characters", 9, "name", "nul", "测\0试"),
    passed("a division code that has retired", 8, "county", "622123"),
    held("a division code that never was, or a name", 9, "county", "No code of a county", "620199", "城关区",
         "620102001"),
]  # fmt: skip

SEEDS: Mapping[str, Sequence[Seed]] = {PAYMENTS: [*PEOPLE, *AMOUNTS], UNITS: CODES}
# What a suite says of the batch as a whole, beside batches of another kind before it.
OF_THE_WHOLE = {
    PAYMENTS: [
        ("", "Unusual number of rows"),
        ("carer", "Unusual share filled"),
        ("subsidy", "Unusual mixture"),
        ("updated_at", "A working day without updates"),
    ]
}


def rows_of(seeds: Sequence[Seed], prefix: str, right: Cells, plain: int) -> list[Row]:
    """So many plain right rows, and those of the seeds, each record with a key and a person of its own."""
    rows = [Row({**right, "record_no": f"{prefix}P{n}", "person": _person(n)}) for n in range(plain)]
    return [*rows, *chain.from_iterable(_grown(seed, f"{prefix}{n}", right) for n, seed in enumerate(seeds))]


def _grown(seed: Seed, prefix: str, right: Cells) -> Iterator[Row]:
    for number, cells in enumerate(islice(cycle(seed.cells), seed.rows)):
        record = number // seed.of_one_record
        own = {"record_no": f"{prefix}R{record}", "person": _person(record)}
        yield Row({**right, **own, **cells}, seed.fate, seed.repairs, seed.problems)


def _person(number: int) -> str:
    """None of these ends in 000."""
    first = f"620102{1950 + number // 28 % 50}03{number % 28 + 1:02d}{number // 1400 + 1:03d}"
    return first + check_character(first)
