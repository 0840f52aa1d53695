"""`hedui check` beside an older copy of the contracts, and what it says of rules that read too early."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hedui import shelves
from hedui.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hedui(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return its exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["hedui", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the contracts that stands for today's; the repository's own are those of before."""
    monkeypatch.setattr(shelves, "CONTRACTS", shutil.copytree(shelves.CONTRACTS, tmp_path / "contracts"))
    return tmp_path / "contracts"


BEFORE = str(shelves.CONTRACTS)


def changed(shelf: Path, *words: tuple[str, str]) -> None:
    """Each of the words in the contract of the deaths is another one now."""
    file = shelf / "civil_affairs.yaml"
    text = file.read_text("utf-8")
    for old, new in words:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")


def test_without_changes_there_is_nothing_to_say(hedui: Run, shelf: Path) -> None:
    code, out, _ = hedui("check", "--against", BEFORE)
    assert (code, len(out.splitlines())) == (0, 1)


def test_a_change_that_says_no_new_version_is_listed_and_refused(hedui: Run, shelf: Path) -> None:
    changed(shelf, ("landing_retention_days: 7", "landing_retention_days: 5"), ("page_size: 500", "page_size: 50"))
    code, out, err = hedui("check", "--against", BEFORE)
    assert code == 1
    assert out.splitlines() == [
        "civil_affairs.deaths, version 1 → 1",
        "  `landing_retention_days` was 7, is 5: asks for a new version",
        "  `source.page_size` was 500, is 50: changes no version",
    ]
    assert err.startswith("civil_affairs.deaths: version 1 of the contract was used with other words")


def test_under_a_new_version_it_is_listed_and_good(hedui: Run, shelf: Path) -> None:
    changed(shelf, ("version: 1", "version: 2"), ("landing_retention_days: 7", "landing_retention_days: 5"))
    code, out, _ = hedui("check", "--against", BEFORE)
    assert (code, out.splitlines()[0]) == (0, "civil_affairs.deaths, version 1 → 2")


def test_what_breaks_is_refused_in_a_new_version_as_well(hedui: Run, shelf: Path) -> None:
    changed(shelf, ("version: 1", "version: 2"), ("type: date", "type: date, form: month"))
    code, out, err = hedui("check", "--against", BEFORE)
    assert (code, "`fields.died_on.form` was full, is month: breaks what was loaded" in out) == (1, True)
    assert "share it as a dataset of a new name" in err


def test_a_rule_that_reads_a_dataset_which_is_onboarding_is_refused(hedui: Run, shelf: Path) -> None:
    changed(shelf, ("version: 1", "version: 1\n    stage: onboarding"))
    code, _, err = hedui("check")
    assert code == 1
    assert "reads civil_affairs.deaths, and nothing is kept of a dataset that is onboarding" in err


def test_a_folder_that_is_not_there_is_named(hedui: Run, tmp_path: Path) -> None:
    code, _, err = hedui("check", "--against", str(tmp_path / "nowhere"))
    assert (code, err.startswith("nowhere: there is no such folder")) == (1, True)
    assert "--against" in err


def test_a_folder_without_contracts_is_no_older_copy(hedui: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, err = hedui("check", "--against", str(tmp_path / "empty"))
    assert (code, out) == (1, "")
    assert "there is no contract in this folder" in err
