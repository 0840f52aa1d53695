"""A LocalExecutor whose workers are born with the slow imports done."""

from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

_SLOW_OF_AIRFLOW = ("hedui_airflow.factory", "airflow.sdk.execution_time.task_runner", "airflow.providers_manager")


class WarmLocalExecutor(LocalExecutor):
    """Set it as `[core] executor = hedui_airflow.executor.WarmLocalExecutor`.

    Great Expectations takes seconds to import. A task is a fork of a worker and a worker a fork of the scheduler, so an
    import here is paid once; elsewhere every task would pay it.
    """

    def start(self) -> None:
        from hedui.pipeline.warming import warm

        warm()
        for module in _SLOW_OF_AIRFLOW:
            import_module(module)
        super().start()
