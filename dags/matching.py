"""One DAG per rule. Wiring only: hedui_airflow builds the DAGs."""

from hedui_airflow.factory import matching_dags

globals().update({dag.dag_id: dag for dag in matching_dags()})
