"""One DAG per agency: its monthly report. Wiring only: hedui_airflow builds the DAGs."""

from hedui_airflow.factory import report_dags

globals().update({dag.dag_id: dag for dag in report_dags()})
