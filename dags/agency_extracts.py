"""One DAG per dataset of the contracts. Wiring only: hedui_airflow builds the DAGs."""

from hedui_airflow.factory import extract_dags

globals().update({dag.dag_id: dag for dag in extract_dags()})
