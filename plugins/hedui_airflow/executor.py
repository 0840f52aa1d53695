"""A LocalExecutor whose workers are born with the slow imports done."""

from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

# Great Expectations takes three seconds to import. A task is a fork of a worker and a worker a fork of the
# scheduler, so an import here is paid once; elsewhere every task would pay it.
HEAVY = ("great_expectations", "duckdb", "pyarrow.parquet", "pyiceberg.catalog.sql", "hedui.pipeline")


class WarmLocalExecutor(LocalExecutor):
    """Set it as `[core] executor = hedui_airflow.executor.WarmLocalExecutor`."""

    def start(self) -> None:
        for module in HEAVY:
            import_module(module)
        super().start()
