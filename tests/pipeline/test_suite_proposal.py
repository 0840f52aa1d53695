"""`hedui suite propose`: from a batch in the landing zone to a suite on the shelf."""

import json

import pytest
from typer.testing import CliRunner

from hedui import shelves
from hedui.cli import app
from hedui.model.errors import TerminalError
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from hedui.validation.suite import read_suite

# What names a record or a person is asked for however many rows lack it; all else holds for every row.
ALWAYS = {"为空", "校验不通过", "以 000 结尾", "无法识别", "内容不一致"}


@pytest.mark.parametrize("name", ["civil_affairs.dibao", "hr.payroll", "health.settlements"])
def test_a_batch_passes_the_suite_that_it_suggests(worked_site, name):
    with Pipeline.open(worked_site) as pipeline:
        history = next(b for b in pipeline.batches() if b.dataset == name)
        proposal = pipeline.propose_suite(name, history.batch)
    assert proposal.rows == history.pulled and proposal.rejected_because is None
    assert all(any(word in title.zh for word in ALWAYS) for title, _ in proposal.findings)
    assert proposal.held <= history.quarantined


def test_the_newest_batch_is_looked_at_and_no_other_datasets(worked_site: Settings):
    with Pipeline.open(worked_site) as pipeline:
        first, last = (b.batch for b in pipeline.batches() if b.dataset == "hr.payroll")
        assert pipeline.propose_suite("hr.payroll").batch == last != first
        with pytest.raises(TerminalError, match=r"a batch of hr\.payroll, not of hr\.pensions"):
            pipeline.propose_suite("hr.pensions", first)


def test_without_a_batch_it_says_what_to_do(settings):
    with Pipeline.open(settings) as pipeline, pytest.raises(TerminalError, match=r"no landed batch .*hedui run"):
        pipeline.propose_suite("hr.payroll")


def test_the_command_prints_or_writes_and_writes_over_nothing_unasked(worked_site, monkeypatch, tmp_path):
    monkeypatch.setattr(Settings, "from_environment", lambda *_: worked_site)
    file = tmp_path / "expectations" / "dibao.json"
    run = lambda *words: CliRunner().invoke(app, ["suite", "propose", "civil_affairs.dibao", *words])  # noqa: E731
    printed = run()
    assert json.loads(printed.stdout)["name"] == "civil_affairs.dibao" and "It would hold back" in printed.stderr
    assert run("--output", str(file)).exit_code == 0
    assert read_suite(shelves.dataset("civil_affairs.dibao"), file).json == json.loads(printed.stdout)
    file.write_text("mine", encoding="utf-8")
    assert run("--output", str(file)).exit_code != 0 and file.read_text("utf-8") == "mine"
    assert run("--output", str(file), "--replace").exit_code == 0 and file.read_text("utf-8") == printed.stdout
