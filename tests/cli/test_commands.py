"""The command does what the DAGs do, and bad input ends in one clear line with nothing half-loaded."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.sealed_drop.series import packages_in
from hedui import shelves
from hedui.cli import TRY_AGAIN, main
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from simulator.agencies.running import in_clear
from tests.pipeline.sites import Province

DAY = ["--from", "2026-06-30", "--to", "2026-07-01"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hedui(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    lively_province: Province,
) -> Run:
    """Run the command; return its exit code and what it printed."""
    for purpose, url in settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    monkeypatch.setenv("HEDUI_HOME", str(settings.home))
    monkeypatch.setenv("HEDUI_CONNECTIONS", str(settings.connections))
    monkeypatch.setenv("COLUMNS", "200")
    reach(settings, lively_province.connections)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["hedui", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def reach(settings: Settings, connections: Mapping[str, Credentials]) -> None:
    settings.connections.write_text(json.dumps({name: in_clear(c) for name, c in connections.items()}))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Copies of contracts and suites that a test may spoil."""
    for name in ("CONTRACTS", "EXPECTATIONS"):
        copy = tmp_path / name.lower()
        shutil.copytree(getattr(shelves, name), copy)
        monkeypatch.setattr(shelves, name, copy)
    return tmp_path


def nothing_is_known(settings: Settings) -> bool:
    with Pipeline.open(settings) as pipeline:
        landed = list(settings.landing.rglob("*.parquet")) + list(settings.landing.rglob("*.partial"))
        return pipeline.batches() == [] and landed == []


def test_a_report_is_handed_over_by_hand_once(hedui: Run, lively_province: Province) -> None:
    _, out, _ = hedui("run", "hr.public_employees", *DAY, "--format", "json")
    batch = json.loads(out)["batch"]
    delivered = [hedui("report", "deliver", batch, "--format", "json") for _ in range(2)]
    assert delivered[0] == delivered[1]
    code, out, _ = delivered[0]
    assert (code, json.loads(out)["channel"]) == (0, "sftp")
    assert hedui("report", "deliveries", "--agency", "hr", "--format", "json")[1] == out
    assert list((lively_province.folder / "agencies" / "hr" / "root" / "inbox").glob("*/*-report.html"))


def test_run_match_leads_and_sql_by_hand(hedui: Run) -> None:
    for dataset in ("police.dui_cases", "hr.public_employees"):
        code, out, _ = hedui("run", dataset, "--from", "2024-07-01", "--to", "2026-06-30")
        assert code == 0
        assert "loaded" in out
    code, out, _ = hedui("match", "dui_public_staff", "--format", "json")
    assert code == 0
    found = json.loads(out)["new"]
    assert found > 0
    code, out, _ = hedui("leads", "--rule", "dui_public_staff", "--format", "json")
    assert len(out.splitlines()) == found
    assert json.loads(out.splitlines()[0])["explanation"]["zh"]
    code, out, _ = hedui("sql", "SELECT count(*) AS n FROM police.dui_cases", "--format", "json")
    assert json.loads(out)["n"] > 0
    code, out, _ = hedui("batches", "--format", "json")
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["loaded", "loaded"]


def test_an_agency_that_is_down_is_worth_another_try(hedui: Run, settings: Settings, lively_province: Province) -> None:
    down = lively_province.connections["health"].model_copy(update={"port": 1})
    reach(settings, {"health": down})
    code, _, err = hedui("run", "health.settlements", *DAY)
    assert code == TRY_AGAIN
    assert err.startswith("health.settlements")
    assert len(err.strip().splitlines()) == 1
    assert nothing_is_known(settings)


@pytest.mark.parametrize("agency", ["health", "hr", "civil_affairs"])
def test_a_wrong_password_asks_a_person(hedui: Run, settings: Settings, lively_province: Province, agency: str) -> None:
    wrong = lively_province.connections[agency].model_copy(update={"password": SecretStr("wrong-password")})
    reach(settings, {agency: wrong})
    dataset = next(name for name in shelves.datasets() if name.startswith(agency))
    code, _, err = hedui("run", dataset, *DAY)
    assert code == 1
    assert err.startswith(dataset)
    assert len(err.strip().splitlines()) == 1
    assert "wrong-password" not in err
    assert nothing_is_known(settings)


def test_a_missing_connection_says_where_to_put_it(hedui: Run, settings: Settings) -> None:
    reach(settings, {})
    code, _, err = hedui("run", "hr.public_employees", *DAY)
    assert (code, "no connection `hr` in connections.json" in err) == (1, True)


def test_a_broken_package_loads_nothing(
    hedui: Run, settings: Settings, lively_province: Province, tmp_path: Path
) -> None:
    police = lively_province.connections["police"]
    folder = tmp_path / "drop"
    shutil.copytree(police.secret("folder"), folder)
    package = max(p.file for p in packages_in(folder) if p.header["dataset"] == "police.dui_cases")
    content = bytearray(package.read_bytes())
    content[-100] ^= 1
    package.write_bytes(content)
    reach(settings, {"police": police.model_copy(update={"extra": {**police.extra, "folder": SecretStr(str(folder))}})})
    code, _, err = hedui("run", "police.dui_cases", *DAY)
    assert code == 1
    assert err.startswith("police.dui_cases")
    assert package.name in err
    assert len(err.strip().splitlines()) == 1
    assert nothing_is_known(settings)


def test_a_contract_with_a_typo_names_file_line_and_field(hedui: Run, shelf: Path, settings: Settings) -> None:
    contract = shelf / "contracts" / "hr.yaml"
    contract.write_text(contract.read_text("utf-8").replace("encoding: gb18030", "encodign: gb18030"), encoding="utf-8")
    code, _, err = hedui("run", "hr.public_employees", *DAY)
    assert code == 1
    assert "hr.yaml:" in err
    assert "encodign" in err
    assert len(err.strip().splitlines()) == 1
    assert nothing_is_known(settings)


def test_a_suite_that_names_an_unknown_column_stops_the_pull(hedui: Run, shelf: Path, settings: Settings) -> None:
    suite = shelf / "expectations" / "hr" / "public_employees.json"
    suite.write_text(suite.read_text("utf-8").replace('"column": "staffing"', '"column": "stafing"'), encoding="utf-8")
    code, _, err = hedui("run", "hr.public_employees", *DAY)
    assert code == 1
    assert err.startswith("hr.public_employees")
    assert "stafing" in err
    assert len(err.strip().splitlines()) == 1
    assert nothing_is_known(settings)


def test_a_damaged_landing_file_is_mended_by_extracting_again(
    hedui: Run, lively_province: Province, settings: Settings
) -> None:
    with Pipeline.open(settings) as pipeline:  # landed, not validated
        day = Interval.parse("2026-06-30", "2026-07-01")
        pipeline.extract("hr.public_employees", day, lively_province.of("hr.public_employees"))
    (landed,) = settings.landing.rglob("*.parquet")
    landed.write_bytes(landed.read_bytes()[:-50])
    code, out, _ = hedui("run", "hr.public_employees", *DAY, "--format", "json")
    assert (code, json.loads(out)["state"]) == (0, "loaded")
    assert list(settings.landing.rglob("*.parquet")) == [landed]


def test_another_pseudonym_key_over_a_filled_site_is_refused(hedui: Run, settings: Settings) -> None:
    assert hedui("run", "hr.public_employees", *DAY)[0] == 0
    (settings.keys / "pseudonym.key").unlink()
    code, _, err = hedui("run", "hr.public_employees", "--from", "2024-07-01", "--to", "2026-06-30")
    assert code == 1
    assert err.startswith("keys/pseudonym.key: this is not the key that this site has worked with")
    code, out, _ = hedui("sql", "SELECT count(*) AS n FROM hr.public_employees", "--format", "json")
    assert json.loads(out)["n"] == json.loads(hedui("batches", "--format", "json")[1].splitlines()[0])["loaded"]


def test_a_database_that_is_down_is_worth_another_try(hedui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDUI_DATABASE_URL_CATALOG", "postgresql+psycopg2://nobody@127.0.0.1:1/none")
    code, _, err = hedui("run", "hr.public_employees", *DAY)
    assert code == TRY_AGAIN
    assert len(err.strip().splitlines()) == 1
    assert "PostgreSQL does not answer" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sql", "SELECT CAST('x' AS INTEGER)"], "sql: "),
        (["run", "hr.unknown", *DAY], "hr.unknown: no such dataset"),
        (["match", "unknown"], "unknown: no such rule"),
        (["sql", "SELECT * FROM nowhere"], "sql: "),
    ],
)
def test_a_wrong_name_is_one_line(hedui: Run, arguments: list[str], says: str) -> None:
    code, _, err = hedui(*arguments)
    assert code == 1
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_an_error_nobody_foresaw_says_its_place_and_not_its_words(hedui: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a row's value")

    monkeypatch.setattr(Pipeline, "batches", fail)
    code, _, err = hedui("batches")
    assert code == 1
    assert err.startswith("hedui: RuntimeError at test_commands.py:")
    assert "value" not in err


def test_an_interval_that_ends_before_it_starts_is_refused(hedui: Run) -> None:
    code, _, err = hedui("run", "hr.public_employees", "--from", "2026-07-01", "--to", "2026-06-30")
    assert code == 2
    assert "must end after it starts" in err
