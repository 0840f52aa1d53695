"""What holds for the whole DAG bag, whoever adds a contract or a rule."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from hedui import shelves
from tests.dags.conftest import CODE


def of_kind(bag: BundleDagBag, kind: str) -> list[DAG]:
    found = [dag for dag in bag.dags.values() if kind in dag.tags]
    assert found
    return found


def test_every_file_is_read_without_error(bag: BundleDagBag) -> None:
    assert bag.import_errors == {}


def test_there_is_a_dag_for_every_dataset_rule_and_addressed_agency(bag: BundleDagBag) -> None:
    extracts = {dataset.table for dataset in shelves.datasets().values()}
    matches = {f"match__{rule}" for rule in shelves.rules()}
    releases = {f"release__{agency}" for rule in shelves.rules().values() for agency in rule.addressee.agencies}
    reports = {f"report__{agency}" for agency in shelves.agencies()}
    assert set(bag.dags) == extracts | matches | releases | reports | {"housekeeping", "quarantine"}


def test_every_dag_says_who_answers_for_it_and_what_to_do_when_it_fails(bag: BundleDagBag) -> None:
    for dag in bag.dags.values():
        assert dag.owner not in ("", "airflow"), dag.dag_id
        assert dag.tags, dag.dag_id
        assert dag.description, dag.dag_id
        assert "When it fails" in dag.doc_md, dag.dag_id
        assert any("\u4e00" <= sign <= "\u9fff" for sign in dag.dag_display_name), dag.dag_id


def test_every_extract_and_rule_states_its_legal_basis(bag: BundleDagBag) -> None:
    for dag in (*of_kind(bag, "extract"), *of_kind(bag, "match")):
        assert "法律依据" in dag.doc_md and "Legal basis" in dag.doc_md, dag.dag_id


def test_no_dataset_rule_or_release_is_worked_on_twice_at_once(bag: BundleDagBag) -> None:
    for dag in bag.dags.values():
        one_at_a_time = all(task.max_active_tis_per_dag == 1 for task in dag.tasks)
        assert dag.max_active_runs == 1 or one_at_a_time, dag.dag_id


def test_every_task_is_tried_again_by_the_kind_of_its_error(bag: BundleDagBag) -> None:
    from hedui_airflow.failures import RETRIES, RETRY_POLICY

    for dag in bag.dags.values():
        for task in dag.tasks:
            assert (task.retries, task.retry_policy) == (RETRIES, RETRY_POLICY), task


def test_what_calls_an_agency_runs_in_its_pool_and_nothing_else_does(bag: BundleDagBag) -> None:
    from hedui_airflow.pools import pools

    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    for calling in ("extract", "deliver"):
        assert {task.pool for task in tasks if task.task_id == calling} == set(pools())
    assert {task.pool for task in tasks if task.task_id not in ("extract", "deliver")} == {"default_pool"}
    for agency in shelves.agencies().values():
        assert pools()[f"agency_{agency.agency}"][0] == agency.calls_at_once


def test_extracts_follow_the_cron_and_zone_of_their_contract(bag: BundleDagBag) -> None:
    for dataset in shelves.datasets().values():
        timetable = DagSerialization.to_dict(bag.dags[dataset.table])["dag"]["timetable"]
        assert timetable["__type"].endswith("CronDataIntervalTimetable")
        kept = timetable["__var"]
        assert (kept["expression"], kept["timezone"]) == (dataset.schedule.cron, dataset.schedule.timezone)


def test_every_report_is_handed_over_once_it_is_written(bag: BundleDagBag) -> None:
    for dag in (*of_kind(bag, "extract"), *of_kind(bag, "report")):
        assert "report" in dag.get_task("deliver").upstream_task_ids
        assert dag.get_task("deliver").trigger_rule == "all_success"


def test_every_page_says_how_the_report_reaches_its_agency(bag: BundleDagBag) -> None:
    for agency in shelves.agencies().values():
        for dataset in agency.datasets.values():
            assert f"goes to the agency by {agency.report_channel.kind}" in bag.dags[dataset.table].doc_md


def test_a_months_report_is_written_once_the_months_deliveries_are_through(bag: BundleDagBag) -> None:
    for dag in of_kind(bag, "report"):
        kept = DagSerialization.to_dict(dag)["dag"]["timetable"]["__var"]
        assert (kept["expression"], kept["timezone"]) == ("0 8 3 * *", "Asia/Shanghai")
        assert not dag.catchup


def test_a_rule_is_woken_by_any_one_of_its_inputs(bag: BundleDagBag) -> None:
    for rule in shelves.rules().values():
        condition = bag.dags[f"match__{rule.rule}"].timetable.asset_condition
        assert type(condition).__name__ == "AssetAny"
        # The register of changed numbers decides who meets whom.
        assert {asset.name for asset in condition.objects} == {*rule.inputs, "police.id_changes"}


def test_loading_a_dataset_is_what_changes_its_asset(bag: BundleDagBag) -> None:
    for dataset in shelves.datasets().values():
        outlets = {task.task_id: [asset.uri for asset in task.outlets] for task in bag.dags[dataset.table].tasks}
        assert outlets.pop("load") == [f"hedui://warehouse/{dataset.full_name}"]
        assert not any(outlets.values())


def test_a_release_needs_two_approvals_in_a_row(bag: BundleDagBag) -> None:
    for dag in of_kind(bag, "release"):
        assert [task.task_id for task in dag.topological_sort()] == [
            "propose",
            "first_approval",
            "second_approval",
            "release",
        ]
        assert dag.get_task("second_approval").different_from == "first_approval"


def test_the_scheduler_can_keep_every_dag(bag: BundleDagBag) -> None:
    for dag in bag.dags.values():
        assert DagSerialization.to_dict(dag)


@pytest.mark.parametrize("file", sorted((CODE / "dags").glob("*.py")), ids=lambda file: file.name)
def test_dag_files_are_wiring_alone(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert all(module and module.split(".")[0] == "hedui_airflow" for module in imported)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.FunctionDef | ast.ClassDef)]


def test_reading_the_dags_opens_nothing_and_imports_nothing_slow() -> None:
    """A dag-processor reads every file again and again: no connection, no file written, no library of the hot path."""
    program = """
import socket, sys
def refuse(*_): raise AssertionError("a DAG file opened a connection")
socket.socket.connect = refuse
import hedui_airflow.factory as factory
from hedui_airflow.housekeeping import housekeeping_dag
built = (factory.extract_dags, factory.matching_dags, factory.release_dags, factory.report_dags)
for dags in (*(build() for build in built), [housekeeping_dag()]): list(dags)
print([m for m in ("duckdb", "pyarrow", "pandas", "great_expectations", "pyiceberg", "requests") if m in sys.modules])
"""
    environment = {**os.environ, "PYTHONPATH": str(CODE / "plugins")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr[-2000:]
