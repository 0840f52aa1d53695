"""Words of a contract on the command line."""

import pytest
import typer

from hedui.cli.connector.words import at, source_of, stated
from hedui.model.errors import DeclarationInvalid


def test_words_are_nested_as_in_a_contract():
    words = stated(["title.zh=补贴", "source.table=a.b", "key=[x, y]"], "{kind: database}", "grain")
    assert words == {
        "title": {"zh": "补贴"},
        "source": {"kind": "database", "table": "a.b"},
        "key": ["x", "y"],
        "agency": {"connection": "grain"},
    }
    assert (at(words, "title.zh"), at(words, "title.en"), at(words, "nothing.at.all")) == ("补贴", None, None)


def test_what_is_written_is_meant():
    assert stated(["agency.office.telephone=0931-12", "source.delimiter=\t", "source.files=a={date}"]) == {
        "agency": {"office": {"telephone": "0931-12"}},
        "source": {"delimiter": "\t", "files": "a={date}"},
    }


def test_numbers_are_taken_as_the_contract_wants_them():
    words = stated(["source.kind=file_drop", "source.folder=/x", "source.files={date}", "source.title_rows=2"])
    assert source_of("a.b", words).title_rows == 2


@pytest.mark.parametrize("setting", ["title", "title=x,title.zh=y"])
def test_what_makes_no_sense_is_said(setting):
    with pytest.raises(typer.BadParameter):
        stated(setting.split(","))


def test_each_fault_of_a_source_is_named_in_one_line():
    with pytest.raises(DeclarationInvalid) as told:
        source_of("a.b", stated(["source.kind=rest", "source.page_size=0"]))
    assert "\n" not in str(told.value)
    for word in ("path", "paging", "page_size"):
        assert word in str(told.value)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (["source.kind=oracle"], "`source`: `kind` is oracle, none of rest, database, file_drop, sealed_drop."),
        (["source.kind=database", "source.tabel=x"], "`table`: it is missing; `tabel`: no such word here."),
        (["source.kind=file_drop", "source.folder=/x", "source.files=x.csv"], "`x.csv` names no {date}, or several."),
        (
            ["source.kind=file_drop", "source.folder=/x", "source.files={date}", "source.encoding=klingon"],
            "`encoding`: `klingon` is no encoding: utf-8, gb18030 and utf-16 are.",
        ),
    ],
)
def test_faults_are_told_in_words_of_ours(said, fault):
    with pytest.raises(DeclarationInvalid) as told:
        source_of("a.b", stated(said))
    assert fault in str(told.value)
