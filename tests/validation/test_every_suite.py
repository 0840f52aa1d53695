"""Every dataset has a suite, and what a suite asks follows from its contract."""

import re
from itertools import pairwise

import pytest
import yaml

from hedui import shelves
from hedui.validation.judging import NOT_NULL
from hedui.validation.suite import read_suite

# A lessee is a person or a firm: some rows have no person.
FILLED_WHERE = "expect_column_pair_values_a_to_be_filled_where_b_in_set"
DATASETS = shelves.datasets()
ENGLISH = re.compile(r"[A-Za-z ]+")  # the same choice once more, for lists in English
WORDS_OF_A_PROGRAM = re.compile(r"[a-z]+_[a-z_]+|null|NULL|regex|column")


def asked(name, kind):
    """The expectations of one kind in the suite of a dataset."""
    return [one for one in read_suite(DATASETS[name]).expectations if one.type == kind]


def columns_asked(name, kind):
    return {one.columns[0] for one in asked(name, kind)}


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_has_a_suite_that_names_fields_of_its_contract_only(name):
    suite = read_suite(DATASETS[name])  # which raises for any other
    (columns,) = asked(name, "expect_table_columns_to_match_set")
    assert suite.json["name"] == name and columns.arguments["column_set"] == list(DATASETS[name].fields)


@pytest.mark.parametrize("name", DATASETS)
def test_every_expectation_tells_the_clerk_in_both_languages_and_without_a_programs_words(name):
    for one in read_suite(DATASETS[name]).expectations:
        for said in (one.meta.title, one.meta.advice):
            assert re.search(r"[\u4e00-\u9fff]", said.zh) and not WORDS_OF_A_PROGRAM.search(said.zh), one
            assert re.search(r"[A-Za-z]{2}", said.en) and not WORDS_OF_A_PROGRAM.search(said.en), one


@pytest.mark.parametrize("name", DATASETS)
def test_what_names_a_record_or_a_person_is_filled_in_and_valid(name):
    dataset = DATASETS[name]
    asked_for = columns_asked(name, NOT_NULL) | columns_asked(name, FILLED_WHERE)
    filled = {dataset.fields[field].source for field in asked_for}
    named = {*dataset.key, dataset.cursor, *(f for f, field in dataset.fields.items() if field.identifier)}
    assert {dataset.fields[field].source for field in named} <= filled
    persons = {f for f, field in dataset.fields.items() if field.identifier == "person"}
    assert columns_asked(name, "expect_column_values_to_be_valid_person_identifier") == persons
    from_sheets = persons if dataset.source.kind == "file_drop" else set()
    assert columns_asked(name, "expect_column_pair_values_a_to_be_uncut_unless_b_names_it") == from_sheets
    # A list that several offices answer comes back in parts, each with all of its rows.
    one_version = [] if dataset.answers else [[*dataset.key, dataset.cursor]]
    assert [one.columns for one in asked(name, "expect_rows_of_one_version_to_agree")] == one_version


@pytest.mark.parametrize("name", DATASETS)
def test_months_and_amounts_are_plausible(name):
    bounded = columns_asked(name, "expect_column_values_to_be_between")
    ordered = {
        column for one in asked(name, "expect_column_pair_values_a_to_be_greater_than_b") for column in one.columns
    }
    types = {f: field.type for f, field in DATASETS[name].fields.items()}
    assert {f for f, kind in types.items() if kind in {"month", "decimal"}} <= bounded | ordered
    assert {f for f, kind in types.items() if kind == "date"} <= ordered


def codes_in_comments(name):
    """The codes that the comment above a field of the contract explains: Chinese words, or numbers before a meaning."""
    agency, dataset = name.split(".")
    lines = (shelves.CONTRACTS / f"{agency}.yaml").read_text(encoding="utf-8").splitlines()
    start = lines.index(f"  {dataset}:")
    found = {}
    for comment, line in pairwise(lines[start + 1 :]):
        if re.match(r"  \w", line):
            break
        if comment.strip().startswith("# "):
            said = comment.strip()[2:]
            codes = re.findall(r"[\u4e00-\u9fff]+", said) or re.findall(r"(?:^|, )(\d+) ", said)
            (field,) = yaml.safe_load(line)
            found |= {field: set(codes)} if codes else {}
    return found


@pytest.mark.parametrize("name", DATASETS)
def test_the_codes_that_a_contract_explains_are_those_that_its_suite_admits(name):
    sets = {one.columns[0]: one.arguments["value_set"] for one in asked(name, "expect_column_values_to_be_in_set")}
    codes = {field: {code for code in of if not ENGLISH.fullmatch(code)} for field, of in sets.items()}
    assert codes == codes_in_comments(name)


def test_comments_of_contracts_are_read_at_all():
    assert codes_in_comments("civil_affairs.dibao")["class"] == {"一类", "二类", "三类", "四类"}
    assert len(codes_in_comments("health.settlements")["visit_type"]) == 8
