"""The tools for connectors, as somebody who adds or mends one uses them, on real agencies."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hedui import shelves
from hedui.cli import TRY_AGAIN, main
from simulator.agencies.running import in_clear
from tests.pipeline.sites import Province

Run = Callable[..., tuple[int, str, str]]
ONE_OF_EACH = ["civil_affairs.deaths", "health.settlements", "hr.public_employees", "police.dui_cases"]
SOURCES = {
    "civil_affairs.people": (
        "{kind: rest, path: /api/v1/deaths, records: data.items, paging: {by: cursor, next: data.nextCursor},"
        " signing: hmac_sha256}"
    ),
    "health.people": "{kind: database, table: exchange.settlement}",
    "hr.people": (
        "{kind: file_drop, folder: /outbox/public_employees, control: 'public_employees_{date}.ctl', encoding: gb18030}"
    ),
    "police.dui_cases": "{kind: sealed_drop, sender: police}",  # packages carry the name of their dataset
}
PEOPLE = ["--yes", "--set", "title.zh=人员", "--set", "legal_basis.zh=办法", "--set", "legal_basis.en=Measures"]


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lively_province: Province) -> Path:
    file = tmp_path / "connections.json"
    file.write_text(json.dumps({name: in_clear(c) for name, c in lively_province.connections.items()}))
    monkeypatch.setenv("HEDUI_CONNECTIONS", str(file))
    return file


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of contracts and suites that a test may change."""
    for name in ("CONTRACTS", "EXPECTATIONS"):
        shutil.copytree(getattr(shelves, name), tmp_path / name.lower())
        monkeypatch.setattr(shelves, name, tmp_path / name.lower())
    shelves._agencies.cache_clear()
    return tmp_path


@pytest.fixture
def connector(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], connections: Path) -> Run:
    """Run `hedui connector …`; return its exit code and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        shelves._agencies.cache_clear()
        monkeypatch.setattr("sys.argv", ["hedui", "connector", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def identifiers(province: Province, dataset: str) -> set[str]:
    """Every number and name in the feed of a dataset."""
    import pyarrow.parquet as pq

    feed = pq.read_table(province.folder / "feeds" / f"{dataset}.parquet")
    fields = shelves.dataset(dataset).fields.values()
    columns = [field.source for field in fields if field.identifier]
    return {value for column in columns for value in feed[column].to_pylist() if value and len(value) > 1}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_check_says_step_by_step_what_works(name: str, connector: Run) -> None:
    code, out, _ = connector("check", name)
    assert code == 0, out
    lines = out.splitlines()
    assert all(line.startswith(f"{name}  ✓ ") for line in lines)
    assert len(lines) > 4


def test_a_check_of_an_agency_looks_at_all_its_datasets(connector: Run) -> None:
    code, out, _ = connector("check", "health", "--format", "json")
    steps = [json.loads(line) for line in out.splitlines()]
    assert {step["dataset"] for step in steps} == {n for n in shelves.datasets() if n.startswith("health.")}
    assert code == 0


def test_what_does_not_work_comes_with_a_remedy(connector: Run, connections: Path) -> None:
    known = json.loads(connections.read_text())
    known["health"]["password"] = "wrong-password"  # pragma: allowlist secret
    connections.write_text(json.dumps(known))
    code, out, _ = connector("check", "health.settlements", "--format", "json")
    last = json.loads(out.splitlines()[-1])
    assert (code, last["works"]) == (1, False)
    assert last["remedy"]
    assert "wrong-password" not in out


def test_what_may_work_later_is_worth_another_try(connector: Run, connections: Path) -> None:
    known = json.loads(connections.read_text())
    known["health"]["port"] = 1
    connections.write_text(json.dumps(known))
    code, out, _ = connector("check", "health.settlements")
    assert code == TRY_AGAIN
    assert "✗" in out.splitlines()[-1]


def test_a_missing_suite_and_a_missing_connection_are_both_told(connector: Run, connections: Path, shelf: Path) -> None:
    connections.write_text("{}")
    (shelf / "expectations" / "hr" / "payroll.json").unlink()
    code, out, _ = connector("check", "hr.payroll")
    assert code == 1
    assert "the dataset has no suite" in out
    assert "no connection `hr` in connections.json" in out


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_sample_shows_rows_and_nobody(name: str, connector: Run, lively_province: Province) -> None:
    code, out, err = connector("sample", name, "--rows", "5", "--format", "json")
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 5
    assert rows[0].keys() == {field.source for field in shelves.dataset(name).fields.values()}
    assert not any(one in out for one in identifiers(lively_province, name))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_source_is_what_its_contract_says(name: str, connector: Run) -> None:
    code, out, err = connector("diff", name, "--format", "json")
    assert code == 0, out + err
    assert {json.loads(line)["sign"] for line in out.splitlines()} <= {"+"}  # columns that no field reads


def test_a_column_that_went_stops_an_extract_and_says_so(connector: Run, shelf: Path) -> None:
    contract = shelf / "contracts" / "health.yaml"
    contract.write_text(contract.read_text("utf-8").replace("source: begndate", "source: begin_date"), encoding="utf-8")
    code, out, _ = connector("diff", "health.settlements")
    assert code == 1
    assert "- begin_date: missing" in out
    assert "perhaps it is called begndate now" in out
    assert "an extract would stop" in out


@pytest.mark.parametrize(("name", "source"), SOURCES.items())
def test_discovering_proposes_a_contract_and_shows_nobody(
    name: str, source: str, connector: Run, lively_province: Province
) -> None:
    code, out, err = connector("discover", name, "--source", source)
    assert code == 0, err
    (proposed,) = yaml.safe_load(out).values()
    fields = proposed["fields"]
    assert {field.get("identifier") for field in fields.values()} >= {"person", "name", "record"}
    assert fields[proposed["cursor"]]["type"] == "timestamp"
    assert fields[proposed["key"][0]]["identifier"] == "record"
    assert "% valid identity numbers" in out
    for dataset in ONE_OF_EACH:
        assert not any(one in out for one in identifiers(lively_province, dataset) if len(one) > 4)


@pytest.mark.parametrize(
    ("name", "source", "there"),
    [
        ("health.people", "{kind: database}", "exchange.settlement"),
        ("police.people", "{kind: sealed_drop}", "police.dui_cases"),
        ("hr.people", "{kind: file_drop, folder: /outbox/payroll}", "payroll_"),
    ],
)
def test_without_a_table_or_a_name_it_lists_what_there_is(name: str, source: str, there: str, connector: Run) -> None:
    code, out, err = connector("discover", name, "--source", source)
    assert code == 0, err
    assert there in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "{kind: database, tabel: x}"], "tabel"),
        (["--source", "{kind: fax}"], "fax"),
        ([], "the kind of source is not said"),
        (["--source", "{kind: rest}"], "`path`: it is missing"),
        (["--source", "{kind: database, table: exchange.no_such_table}"], "the database lacks the table"),
    ],
)
def test_a_wrong_source_is_one_line(arguments: list[str], says: str, connector: Run) -> None:
    code, _, err = connector("discover", "health.people", *arguments)
    assert code == 1
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_of_a_table_too_only_rows_of_the_interval_are_looked_at(connector: Run) -> None:
    looking = ("discover", "health.people", "--source", SOURCES["health.people"])
    assert "# rows looked at: 0\n" not in connector(*looking)[1]
    code, out, err = connector(*looking, "--set", "key=record_no", "--from", "1991-01-01", "--to", "1991-01-02")
    assert code == 0, err
    assert "# rows looked at: 0\n" in out


@pytest.mark.parametrize(
    ("entry", "says"), [({"conn_type": "oracle", "host": "h"}, "no driver"), ("x", "Write it as JSON")]
)
def test_a_connection_that_cannot_be_meant_is_one_line(
    entry: object, says: str, connector: Run, connections: Path
) -> None:
    connections.write_text(json.dumps(json.loads(connections.read_text()) | {"health": entry}))
    code, _, err = connector("discover", "health.people", "--source", "{kind: database}")
    assert (code, says in err, len(err.strip().splitlines())) == (1, True, 1)


@pytest.mark.parametrize("name", ["health", "Health.People", "health.people.old"])
def test_a_name_that_no_dataset_can_have_is_refused(name: str, connector: Run) -> None:
    code, _, err = connector("discover", name, "--source", "{kind: database}")
    assert code == 1
    assert "no name of the form agency.dataset" in err


def test_of_a_known_agency_only_its_own_datasets_are_named(connector: Run) -> None:
    code, _, err = connector("sample", "health.people")
    assert code == 1
    assert "health.settlements" in err and "police" not in err


@pytest.mark.parametrize(("name", "source"), [item for item in SOURCES.items() if item[0].endswith("people")])
def test_a_new_dataset_of_a_known_agency_stands_in_its_file(
    name: str, source: str, connector: Run, shelf: Path
) -> None:
    agency = name.partition(".")[0]
    before = (shelf / "contracts" / f"{agency}.yaml").read_text("utf-8")
    code, out, err = connector("new", name, "--source", source, *PEOPLE, "--into", str(shelf / "site"))
    assert code == 0, err
    assert (shelf / "contracts" / f"{agency}.yaml").read_text("utf-8").startswith(before)
    assert len(out.splitlines()) == 4
    shutil.copy(shelf / "site" / "expectations" / agency / "people.json", shelf / "expectations" / agency)
    assert connector("check", name)[0] == 0
    assert connector("diff", name)[0] == 0


def test_what_nobody_said_is_named_all_at_once(connector: Run, shelf: Path) -> None:
    code, _, err = connector("new", "housing.support", "--source", SOURCES["health.people"], "--yes")
    assert code == 1
    for word in ("title.zh", "legal_basis.zh", "agency.title.zh", "agency.office.telephone"):
        assert word in err
    assert not (shelf / "contracts" / "housing.yaml").exists()


def test_questions_are_asked_for_what_was_not_said(
    connector: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers in the order of the questions; an empty one takes what is proposed."""
    answers = ["database", "exchange.settlement", "住建", "", "", "", "0931-8000009"]
    answers += ["待遇", "", "办法", "Measures", "", ""]
    monkeypatch.setattr("typer.prompt", lambda text, default=None, **_: answers.pop(0) or default)
    into = shelf / "site"
    code, _, err = connector("new", "housing.support", "--connection", "health", "--into", str(into))
    assert (code, answers) == (0, []), err
    assert "exchange.settlement" in err  # the tables to choose from
    contract = yaml.safe_load((into / "contracts" / "housing.yaml").read_text("utf-8"))
    assert contract["office"] == {"title": {"zh": "住建", "en": "Housing"}, "telephone": "0931-8000009"}
    assert contract["datasets"]["support"]["stage"] == "onboarding"
    assert contract["datasets"]["support"]["source"] == {"kind": "database", "table": "exchange.settlement"}


def test_a_source_that_cannot_be_read_gets_a_contract_to_begin_with(
    connector: Run, shelf: Path, connections: Path
) -> None:
    connections.write_text("{}")
    into = ["--set", "agency.title.zh=住建", "--set", "agency.office.telephone=1", "--into", str(shelf / "site")]
    code, _, err = connector("new", "housing.support", "--source", SOURCES["health.people"], *PEOPLE, *into)
    assert code == 0, err
    assert "change them to those of the source" in err


def test_a_dataset_that_has_a_contract_is_left_alone(connector: Run, shelf: Path) -> None:
    code, _, err = connector("new", "health.settlements", "--yes")
    assert (code, "it has a contract already" in err) == (1, True)


def test_the_schema_is_printed_for_editors(connector: Run) -> None:
    code, out, _ = connector("schema")
    assert code == 0
    assert json.loads(out)["properties"]["datasets"]["description"]
