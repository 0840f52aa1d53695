"""The DAG that a person starts once a contract or a suite was mended: held rows are judged again."""

from typing import Any

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AssetAlias, Context, Param, TriggerRule

from hedui import shelves
from hedui.pipeline import Pipeline
from hedui_airflow.assets import warehouse_asset
from hedui_airflow.failures import RETRIES, RETRY_POLICY
from hedui_airflow.operators import Step

# Which tables were added to is known only afterwards.
_REPLAYED = AssetAlias(name="replayed", group="warehouse")
_PAGE = """\
### 隔离数据重放 · replay of held rows

Judges rows in the quarantine again, by the contract and suite of today. Those that pass come into the warehouse at
their own place in time, and the rules that read it are woken; the others stay. Start it after a contract or a suite
was mended; the form asks for one dataset, or for none: then all. By hand: `hedui quarantine replay`.
What else becomes of held rows: `docs/quarantine.md`.

**When it fails.** The last line of the task's log says where, what happened and what to do. When that is done, clear
the task. Doing it twice changes nothing.
"""


def quarantine_dag() -> DAG:
    """Never by itself: before something was mended the same rows would fail again."""
    dataset: dict[str, Any] = {"type": ["null", "string"], "enum": [None, *shelves.datasets()]}
    with DAG(
        dag_id="quarantine",
        dag_display_name="隔离数据重放  replay of held rows",
        description="Judges held rows again and lets those in that pass",
        doc_md=_PAGE,
        tags={"quarantine"},
        default_args={"owner": "Platform operations", "retries": RETRIES, "retry_policy": RETRY_POLICY},
        schedule=None,
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
        max_active_runs=1,
        params={"dataset": Param(None, title="数据集 dataset", description="empty: all", **dataset)},
    ) as dag:
        replay = Replay(task_id="replay", task_display_name="重放 replay", where="quarantine")
        wake = Wake(
            task_id="wake", task_display_name="唤醒模型 wake", where="quarantine", trigger_rule=TriggerRule.ALL_DONE
        )
        # A run ends as its last task does: this one keeps a replay that failed a run that failed.
        replay >> wake >> (whole := EmptyOperator(task_id="whole", task_display_name="全部完成 whole"))
        replay >> whole
    return dag


class Replay(Step):
    """Replay held rows, of all batches there are: what is wrong with one keeps no other back."""

    def work(self, pipeline: Pipeline, context: Context) -> None:
        for replayed in pipeline.replay(context["params"]["dataset"]):
            self.log.info("%s", replayed)


class Wake(Step):
    """Wake the rules that have not seen all there is. What a task changed that failed, Airflow would tell nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(outlets=[_REPLAYED], **kwargs)

    def work(self, pipeline: Pipeline, context: Context) -> None:
        behind = [shelves.rules()[rule] for rule in pipeline.behind()]
        for dataset in sorted({name for rule in behind for name in shelves.read_by(rule)}):
            context["outlet_events"][_REPLAYED].add(warehouse_asset(shelves.dataset(dataset)))
