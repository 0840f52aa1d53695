"""`hedui report repairs`: what was put right in a batch, counted and with its places, and never a value."""

import json
from datetime import datetime

import pytest
from typer.testing import CliRunner

from hedui.cli import app
from hedui.reports.words import REPAIRS
from tests.pipeline.registry import CONTRACT, Register, days, death, open_register

SMALL_X = "11010519491231002x"  # nobody has this number


@pytest.fixture
def register(stores, monkeypatch) -> Register:
    for purpose, url in stores.settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    monkeypatch.setenv("HEDUI_HOME", str(stores.settings.home))
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    register.rows = [
        death("A1", deathDate="2026/06/20"),
        death("A2", idCard=SMALL_X, deathDate="2026年6月21日"),
        death("A3"),
    ]
    return register


def said(*arguments, language="en"):
    done = CliRunner().invoke(app, ["report", "repairs", *arguments], env={"LANG": f"{language}_X.UTF-8"})
    assert done.exit_code == 0, done.output
    assert SMALL_X not in done.output and "06/20" not in done.output
    return done


def test_repairs_are_counted_by_field_in_both_languages(register):
    batch = register.run(days(1, 2))
    english, chinese = said(batch).stdout, said(batch, language="zh").stdout
    assert "Date written as 2025-01-31" in english and REPAIRS["lower_case"].en.split()[0] in english
    assert "日期统一为 2025-01-31 格式" in chinese and "死亡日期" in chinese
    counted = [json.loads(line) for line in said(batch, "--format", "json").stdout.splitlines()]
    assert [(one["field"], one["repair"]["en"], one["rows"]) for one in counted] == [
        ("person", REPAIRS["lower_case"].en, 1),
        ("died_on", "Date written as 2025-01-31", 2),
    ]


def test_each_repair_stands_with_its_place(register):
    batch = register.run(days(1, 2))
    found = [json.loads(line) for line in said(batch, "--places", "--format", "json").stdout.splitlines()]
    assert [(one["source"], one["position"], one["field"]) for one in found] == [
        ("register", 1, "died_on"),
        ("register", 2, "person"),
        ("register", 2, "died_on"),
    ]


def test_where_their_places_are_deleted_they_are_counted_all_the_same(register):
    batch = register.run(days(1, 2))
    register.pipeline.housekeep(["quarantine"], now=datetime.fromisoformat("2036-07-01T00:00:00+08:00"))
    done = said(batch, "--places")
    assert "nothing to show" in done.stdout
    assert "0 of 3 repairs; their places were deleted with the batch's quarantine" in done.stderr
    assert "2" in said(batch).stdout


def test_a_batch_that_nobody_knows_is_refused(register):
    failed = CliRunner().invoke(app, ["report", "repairs", "no-such-batch"])
    assert failed.exit_code != 0 and "no such batch" in str(failed.exception)
