"""`hedui identifier explain` as a clerk types it, and as a program reads it."""

import json

import pytest
from typer.testing import CliRunner

from hedui.cli import app


@pytest.fixture
def explain():
    def run(*arguments: str, lines: str = "") -> str:
        done = CliRunner().invoke(app, ["identifier", "explain", *arguments], input=lines)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_lines_of_standard_input_become_one_object_each(explain):
    said = [json.loads(line) for line in explain("--format", "json", lines="610104620927690\r\n\n１１").splitlines()]
    assert [list(one) for one in said] == [["input", "kind", "canonical", "repairs", "valid", "warnings", "reason"]] * 3
    assert [one["canonical"] for one in said] == ["610104196209276908", None, None]
    assert said[0]["repairs"] == ["fifteen_digits"]
    assert [one["reason"] for one in said] == ["", "empty", "length"]


@pytest.mark.parametrize(("language", "says"), [("zh", "校验码不符"), ("en", "the check character does not fit")])
def test_people_read_it_in_either_language(language, says, explain):
    assert says in explain("--language", language, "11010119900307867X")


def test_what_would_not_be_seen_stands_in_quotes(explain):
    said = explain("--language", "en", lines="\n11010119900307867X\t\n\x1b[2J\n11010119900307867X\n").splitlines()
    assert [line.split("  ")[0] for line in said[::2]] == [
        '""',
        r'"11010119900307867X\t"',
        r'"\u001b[2J"',
        "11010119900307867X",
    ]


def test_a_file_in_another_encoding_is_told_of_by_its_line():
    lines = "11010519491231002X\n440524188001010014 已故\n".encode("gb18030")
    done = CliRunner().invoke(app, ["identifier", "explain", "--language", "en"], input=lines)
    assert (done.exit_code, done.stdout) == (2, "11010519491231002X  valid  resident identity number\n")
    assert "line 2 is not in utf-8" in done.stderr
    assert "440524188001010014" not in done.stderr


def test_nothing_of_it_is_kept(explain, tmp_path, monkeypatch):
    monkeypatch.setenv("HEDUI_HOME", str(tmp_path / "home"))
    explain("11010519491231002X")
    assert not (tmp_path / "home").exists()
