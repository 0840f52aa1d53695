"""What counties are called, by the tables of a site."""

import pytest

from hedui.pipeline.division_names import division_name, known_codes
from simulator.identity import COUNTY_CODES
from simulator.introducing import introduce


@pytest.fixture(autouse=True)
def no_table(settings, monkeypatch):
    settings.home.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HEDUI_HOME", str(settings.home))
    monkeypatch.delenv("HEDUI_DIVISIONS", raising=False)


def test_without_a_table_nothing_has_a_name():
    assert division_name("620102") is None
    assert not known_codes()


def test_a_table_in_the_home_is_taken_unless_others_are_named(settings, tmp_path, monkeypatch):
    (settings.home / "divisions.csv").write_text("code,name\n620102,城关区\n", encoding="utf-8")
    assert division_name("620102") == "城关区"
    (tmp_path / "own.csv").write_text("代码,名称\n620102,中心城区\n", encoding="utf-8")
    monkeypatch.setenv("HEDUI_DIVISIONS", str(tmp_path / "own.csv"))
    assert division_name("620102") == "中心城区"


def test_every_county_of_the_simulated_province_has_a_name(settings, tmp_path):
    introduce(tmp_path / "province", {}, settings)
    assert all(division_name(code) for code in COUNTY_CODES)
    assert known_codes() == set(COUNTY_CODES)
