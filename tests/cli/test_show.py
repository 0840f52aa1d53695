"""What listings look like to people."""

from dataclasses import dataclass

import pytest

from hedui.cli.show import Format, show
from hedui.model.declaration import Title

TITLE = Title(zh="身份证号校验不通过", en="Not a valid identity number")
BATCH = "civil_affairs.disability_subsidy-20260630-17aa444b"


@dataclass(frozen=True)
class Counted:
    batch: str
    again: str
    once_more: str
    title: Title | None
    rows: int | None


def test_names_and_numbers_stand_whole_however_many_columns_there_are(capsys):
    show([Counted(BATCH, BATCH, BATCH, TITLE, None), Counted(BATCH, BATCH, BATCH, TITLE, 12_345_678)], Format.TABLE)
    printed = capsys.readouterr().out
    assert printed.count(BATCH) == 6
    assert "12,345,678" in printed
    assert "…" not in printed


@pytest.mark.parametrize(("language", "told"), [("zh_CN.UTF-8", TITLE.zh), ("C.UTF-8", TITLE.en)])
def test_a_title_is_told_in_the_readers_language_alone(language, told, capsys, monkeypatch):
    monkeypatch.setenv("LANG", language)
    show([Counted("a", "b", "c", TITLE, 1)], Format.TABLE)
    printed = capsys.readouterr().out
    assert told in printed
    assert ({TITLE.zh, TITLE.en} - {told}).pop() not in printed


def test_brackets_are_text_and_no_colours(capsys):
    show([{"wrong": "[red]x[/red]"}], Format.TABLE)
    assert "[red]x[/red]" in capsys.readouterr().out


def test_numbers_that_name_something_can_be_typed_in_as_they_stand(capsys):
    show([{"row": 12_345, "rows": 67_890}], Format.TABLE)
    printed = capsys.readouterr().out
    assert "12345" in printed
    assert "67,890" in printed
