"""`hedui report list`: an operator's copy of the list that an agency receives."""

import stat

import pytest
from typer.testing import CliRunner

from hedui.cli import app
from hedui.model.facts import Document
from hedui.pipeline import Pipeline

BATCH = "civil_affairs.deaths-20260701-1f2e3d4c"


@pytest.fixture
def listing(monkeypatch, tmp_path):
    """What the command says and writes where the batch has these documents."""
    monkeypatch.setenv("HEDUI_HOME", str(tmp_path / "home"))

    def run(name, *documents, language="en"):
        monkeypatch.setattr(Pipeline, "lists", lambda self, batch, lang: [*documents] if lang == language else [])
        command = ["report", "list", BATCH, "--output", str(tmp_path / name), "--language", language]
        return CliRunner().invoke(app, command), tmp_path / name

    return run


DOCUMENTS = Document("a.xlsx", "x", b"workbook"), Document("a.csv", "text/csv", b"plain")


@pytest.mark.parametrize(("name", "content"), [("list.xlsx", b"workbook"), ("list.csv", b"plain")])
def test_the_ending_says_which_file_is_written_and_its_owner_alone_reads_it(listing, name, content):
    said, file = listing(name, *DOCUMENTS)
    assert said.exit_code == 0 and file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def unboxed(output):
    """What an error says, without the frame and its breaks, which depend on how long paths are."""
    return " ".join(output.replace("│", " ").split())


def test_another_ending_is_refused_before_anything_is_opened(listing):
    said, file = listing("list.pdf", *DOCUMENTS)
    assert said.exit_code == 2 and "neither .xlsx nor .csv" in unboxed(said.output) and not file.exists()


def test_a_file_that_is_there_is_left_alone(listing, tmp_path):
    (tmp_path / "list.csv").write_text("ours")
    said, file = listing("list.csv", *DOCUMENTS)
    assert said.exit_code == 2 and "there is such a file" in unboxed(said.output) and file.read_text() == "ours"


def test_where_nothing_is_to_be_mended_no_file_is_written(listing):
    said, file = listing("list.csv")
    assert said.exit_code == 0 and "nothing to mend" in said.output and not file.exists()
