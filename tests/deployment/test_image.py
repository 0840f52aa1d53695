"""The image holds what runs and nothing else, and runs it as an account without rights."""

import re
from fnmatch import fnmatch
from pathlib import Path

from hedui import shelves
from tests.deployment.stack import CODE, IMAGE, read

LINES = (CODE / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def copied() -> list[str]:
    """What is copied out of the repository."""
    copies = [line.split()[1:] for line in LINES if line.startswith("COPY") and "--from" not in line]
    return [source for *sources, _ in copies for source in sources]


def test_everything_that_is_copied_exists_and_is_let_into_the_build() -> None:
    let_in = [
        line.removeprefix("!") for line in (CODE / ".dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"
    ]
    for source in copied():
        assert (CODE / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in let_in), source


def test_code_and_declarations_are_all_there_and_tests_are_not() -> None:
    wanted = {"hedui", "connectors", "plugins", "dags", "pyproject.toml", "uv.lock"}
    wanted |= {Path(folder).relative_to(CODE).parts[0] for folder in (shelves.EXPECTATIONS, shelves.RULES)}
    assert wanted <= set(copied())
    assert not {"tests", "docs", "secrets", ".", "var"}.intersection(copied())


def test_the_simulator_is_in_the_image_of_the_demo_alone() -> None:
    stage = ""
    for line in LINES:
        if found := re.match(r"FROM (\S+) AS (\S+)", line):
            stage = found[2]
        assert "simulator" not in line.replace("the simulated", "") or stage == "build-demo", line


def test_both_images_run_as_an_account_without_rights_and_from_the_lock_file() -> None:
    text = "\n".join(LINES)
    stages = {service["build"]["target"] for service in read()["services"].values() if "build" in service}
    assert stages == {"site", "demo"}
    for stage in stages:
        body = text.partition(f" AS {stage}\n")[2].partition("FROM ")[0]
        assert "USER hedui" in body
    syncs = [line for line in LINES if "uv sync" in line]
    assert syncs and all("--locked" in line for line in syncs)
    assert "UV_COMPILE_BYTECODE=1" in text


def test_the_images_places_are_those_that_the_services_mount() -> None:
    text = "\n".join(LINES)
    for variable, place in IMAGE.items():
        assert f"{variable}={place}" in text
    for place in ("/var/lib/hedui", "/var/lib/hedui/keys", "/var/lib/airflow/logs", "/site", "/drop", "/province"):
        assert re.search(rf"install -d .*{re.escape(place)}(\s|$)", text), place
